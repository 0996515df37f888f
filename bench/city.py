"""An endless stream of a made-up city's messages: cheap to draw, valid, realistic in its proportions.

300,000 workers of 3,000 firms. One worker in a hundred is a project lead, each of another firm;
before an opening the facts about its leads come in as they would from the authorities. Three
leads in a hundred are insured by another firm than their own. Everybody here is invented.
"""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from itertools import count

from stdnum.cn import uscc

WORKERS = 300_000
FIRMS = 3_000
LEADS = 3_000
BIDS_PER_LOT = 8
EVENTS_PER_LOT = 3_000
EVENTS_PER_DAY = 30_000
FIRST_DAY = date(2025, 1, 1)
DISTRICTS = ("440103", "440104", "440105", "440106", "440111", "440112", "440113", "440114", "440115", "440117")
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高"
GIVEN = "伟芳娜敏静强磊军洋勇艳杰娟涛明超秀霞平刚桂英文华建国志海玉兰"
TRADES = ("建设工程", "建筑安装", "市政工程", "机电安装", "装饰工程")
SCHEMES = ("pension", "medical", "unemployment", "injury", "housing-fund")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


class Firm:
    """A contractor, written as JSON where messages name it."""

    def __init__(self, number: int) -> None:
        name = "".join(GIVEN[number // step % len(GIVEN)] for step in (1, 30, 900))
        start = f"91{DISTRICTS[number % len(DISTRICTS)]}MA{number:07d}"
        self.uscc = start + uscc.calc_check_digit(start)
        self.json = f'{{"name":"广州{name}{TRADES[number % len(TRADES)]}有限公司","uscc":"{self.uscc}"}}'


class City:
    """Draws the stream; the same ``name`` draws the same one, another one shares no message or tender with it.

    ``source`` sends everything, where one is given: a token speaks for one source.
    """

    def __init__(self, name: str = "city", *, source: str | None = None) -> None:
        self._name = name
        self._source = source
        self._random = random.Random(name)
        self._firms = [Firm(number) for number in range(FIRMS)]
        self._told: set[tuple[object, ...]] = set()
        self._number = 0

    def tender(self, lot: int) -> str:
        return f"{self._name}-{lot:06d}"

    def bulk(self) -> Iterator[str]:
        """What the authorities send of everybody, as NDJSON; never ends."""
        while True:
            yield from self._some_bulk()

    def lines(self) -> Iterator[str]:
        """Bulk with the bid openings of a city in between, in the order of arrival; never ends."""
        for lot in count(1):
            while self._number < (lot - 1) * EVENTS_PER_LOT:
                yield from self._some_bulk()
            yield from self._opening(lot)

    def lead_with_a_clue(self) -> int:
        """A lead insured by another firm than the own."""
        return 33 * self._random.randrange(LEADS // 33)

    def facts_about(self, lead: int, *, day: date) -> Iterator[str]:
        """What the authorities say of a lead before an opening on ``day``; each line only once."""
        who, firm = person(lead), self._firms[lead % FIRMS]
        if self._is_news("registration", lead):
            yield self._registration(who, firm, lead, day)
        if self._is_news("assessment", lead):
            yield self._licence(f"粤建安B{lead:07d}", "safety-assessment-b", who, day)
        if self._is_news("licence", lead % FIRMS):
            yield self._licence(f"粤JZ安许证字{lead % FIRMS:06d}", "safety-production-licence", firm.json, day)
        for back in (1, 2, 3):
            month = _month_before(day, back)
            if self._is_news("payment", lead, month):
                yield self._payment(lead, "pension", month, day)

    def opening(self, tender: str, leads: list[int], *, day: date) -> str:
        """The bids of ``leads``, each in the name of the own firm."""
        bids = ",".join(
            f'{{"bidder":{self._firms[lead % FIRMS].json},"price":"{9_000_000 + lead}.00",'
            f'"lead":{{"person":{person(lead)},"certificate_no":"粤1442{lead:08d}"}}}}'
            for lead in leads
        )
        at = f"{day}T09:30:00+08:00"
        data = (
            f'{{"tender_id":"{tender}","lot_id":"1","project_code":"{_project(leads[0])}",'
            f'"title":"道路改造工程施工","jurisdiction":"440106","tenderer":{{"name":"广州市天河区建设中心"}},'
            f'"opened_at":"{at}","bids":[{bids}]}}'
        )
        return self._message("trading", "bid-opened", at, data)

    def _opening(self, lot: int) -> Iterator[str]:
        day = self._today()
        leads = self._random.sample(range(LEADS), BIDS_PER_LOT)
        for lead in leads:
            yield from self.facts_about(lead, day=day)
        tender = self.tender(lot)
        yield self.opening(tender, leads, day=day)
        candidates = ",".join(
            f'{{"rank":{rank},"bidder":{self._firms[lead % FIRMS].json}}}' for rank, lead in enumerate(leads[:3], 1)
        )
        at = f"{day + timedelta(7)}T10:00:00+08:00"
        data = f'{{"tender_id":"{tender}","lot_id":"1","announced_at":"{at}","candidates":[{candidates}]}}'
        yield self._message("trading", "candidates-announced", at, data)

    def _registration(self, who: str, firm: Firm, lead: int, day: date) -> str:
        data = (
            f'{{"person":{who},"employer":{firm.json},"certificate_no":"粤1442{lead:08d}",'
            f'"qualification":"一级建造师","valid_from":"2023-01-01","valid_to":"2027-12-31"}}'
        )
        return self._message("registrations", "registration-recorded", f"{day}T08:00:00+08:00", data)

    def _licence(self, number: str, kind: str, holder: str, day: date) -> str:
        data = (
            f'{{"certificate_no":"{number}","kind":"{kind}","holder":{holder},"status":"valid",'
            f'"valid_from":"2023-01-01","valid_to":"2027-12-31"}}'
        )
        return self._message("certificates", "certificate-issued", f"{day}T08:00:00+08:00", data)

    def _is_news(self, *key: object) -> bool:
        told = key in self._told
        self._told.add(key)
        return not told

    def _some_bulk(self) -> Iterator[str]:
        """What one authority says of one person at once."""
        draw, worker, day = self._random.random(), self._random.randrange(WORKERS), self._today()
        if draw < 0.35:
            month = _month_before(day, 1)
            for scheme in SCHEMES:
                yield self._payment(worker, scheme, month, day)
        elif draw < 0.65:
            for direction, hour in (("in", 7), ("out", 18)):
                yield self._attendance(worker, direction, f"{day}T{hour:02d}:{worker % 60:02d}:00+08:00")
        else:
            yield self._certificate(worker, day) if draw < 0.85 else self._inspection(worker, day)

    def _attendance(self, worker: int, direction: str, at: str) -> str:
        data = (
            f'{{"person":{person(worker)},"project_code":"{_project(worker)}","checked_at":"{at}",'
            f'"direction":"{direction}","method":"face","device":"gate-{worker % 900}",'
            f'"lat":23.1{worker % 1000:03d},"lng":113.3{worker % 1000:03d}}}'
        )
        return self._message("attendance", "attendance-recorded", at, data)

    def _certificate(self, worker: int, day: date) -> str:
        data = (
            f'{{"certificate_no":"T{worker:06d}","kind":"special-operations","type_code":"01",'
            f'"holder":{person(worker)},"status":"valid","valid_from":"{day}","valid_to":"{day.year + 2}-12-31"}}'
        )
        return self._message("certificates", "certificate-issued", f"{day}T08:00:00+08:00", data)

    def _inspection(self, worker: int, day: date) -> str:
        at = f"{day}T15:{worker % 60:02d}:00+08:00"
        data = (
            f'{{"project_code":"{_project(worker)}","person":{person(worker)},"inspected_at":"{at}",'
            f'"inspector":"监督员{worker % 40:02d}","present":true,"answered":true}}'
        )
        return self._message("inspections", "site-inspected", at, data)

    def _payment(self, worker: int, scheme: str, month: str, day: date) -> str:
        payer = self._firms[(worker + 7 if worker < LEADS and worker % 33 == 0 else worker) % FIRMS]
        paid = f'"month":"{month}","scheme":"{scheme}","paid_on":"{day}"'
        data = f'{{"person":{person(worker)},"payer":{payer.json},{paid}}}'
        return self._message(f"insurance:{worker % 10}", "insurance-paid", f"{day}T02:00:00+08:00", data)

    def _message(self, source: str, kind: str, at: str, data: str) -> str:
        self._number += 1
        named = self._source or f"urn:bench:{self._name}:{source}"
        return (
            f'{{"specversion":"1.0","id":"{self._number}","source":"{named}",'
            f'"type":"tender-integrity.{kind}.v1","time":"{at}","datacontenttype":"application/json","data":{data}}}\n'
        )

    def _today(self) -> date:
        return FIRST_DAY + timedelta(self._number // EVENTS_PER_DAY)


@lru_cache(maxsize=WORKERS)
def person(number: int) -> str:
    """A worker as a source names one, with a valid ID number."""
    born = date(1962, 1, 1) + timedelta(number % 14_000)
    start = f"{DISTRICTS[number % 10]}{born:%Y%m%d}{number // 14_000:03d}"
    check = "10X98765432"[sum(int(digit) * weight for digit, weight in zip(start, _WEIGHTS, strict=True)) % 11]
    name = SURNAMES[number % 20] + GIVEN[number // 20 % 30] + GIVEN[number // 600 % 30]
    return f'{{"name":"{name}","id_number":"{start}{check}"}}'


def _month_before(day: date, months: int) -> str:
    counted = day.year * 12 + day.month - 1 - months
    return f"{counted // 12:04d}-{counted % 12 + 1:02d}"


def _project(worker: int) -> str:
    return f"2501-440106-04-01-{worker % 300:06d}"
