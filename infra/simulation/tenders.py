"""Tenders and their lots: who bids, who leads, and what the trading system announces."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from infra.simulation.firms import Firm, Firms
from infra.simulation.months import Window, at
from infra.simulation.people import Person
from infra.simulation.wire import TRADING, Post, stamp

DISTRICTS = {
    "440103": "荔湾区",
    "440104": "越秀区",
    "440105": "海珠区",
    "440106": "天河区",
    "440111": "白云区",
    "440112": "黄埔区",
    "440113": "番禺区",
    "440114": "花都区",
    "440115": "南沙区",
    "440117": "从化区",
    "440118": "增城区",
}
"""The districts of Guangzhou, the jurisdictions of the city's tenders."""
_WORKS = (
    "中学扩建工程",
    "社区卫生中心工程",
    "道路改造工程",
    "安置房工程",
    "污水管网工程",
    "图书馆工程",
    "河涌整治工程",
)
SYNTHETIC = "【模拟 synthetic】"
"""Stands before every title, so that nobody takes the city for a real one."""


@dataclass(frozen=True)
class Bid:
    """``first_lead``, ``first_price`` and ``first_staff`` were read out first and corrected afterwards."""

    bidder: Firm
    lead: Person
    certificate_no: str
    scenario: str
    price: str
    first_lead: tuple[Person, str] | None = None
    correction_first: bool = False
    staff: tuple[Person, ...] = ()
    technical_lead: Person | None = None
    disqualified: bool = False
    first_price: str | None = None
    first_staff: tuple[Person, ...] | None = None

    @property
    def is_corrected(self) -> bool:
        return not (self.first_lead is None and self.first_price is None and self.first_staff is None)

    def as_corrected(self) -> dict[str, Any]:
        return self._said(self.lead, self.certificate_no, self.price, self.staff)

    def as_read_out(self) -> dict[str, Any]:
        person, certificate_no = self.first_lead or (self.lead, self.certificate_no)
        staff = self.staff if self.first_staff is None else self.first_staff
        return self._said(person, certificate_no, self.first_price or self.price, staff)

    def _said(self, person: Person, certificate_no: str, price: str, staff: tuple[Person, ...]) -> dict[str, Any]:
        lead = {"person": person.door, "certificate_no": certificate_no, "qualification": "一级注册建造师"}
        said: dict[str, Any] = {"bidder": self.bidder.org, "lead": lead, "price": price}
        named = [(each, "安全员") for each in staff]
        if self.technical_lead:
            named.append((self.technical_lead, "项目技术负责人"))
        if named:
            said["staff"] = [{"person": person.door, "role": role} for person, role in named]
        if self.disqualified:
            said["disqualified"] = True
        return said


@dataclass
class Lot:
    """``winner`` is who must get the award; where it is None, chance decides."""

    tender_id: str
    lot_id: str
    project_code: str
    title: str
    jurisdiction: str
    tenderer: Firm
    opened_at: datetime
    bids: list[Bid] = field(default_factory=list)
    winner: Firm | None = None

    @property
    def opened_on(self) -> date:
        return self.opened_at.date()

    def named(self) -> dict[str, Any]:
        return {"tender_id": self.tender_id, "lot_id": self.lot_id}


def plan_lots(window: Window, firms: Firms, lots: int, rng: Random) -> list[Lot]:
    """Lots in the order of their openings; one to three of a tender open together."""
    planned: list[Lot] = []
    tenders = 0
    days = sorted(rng.choices(window.opening_days(), k=lots))
    while len(planned) < lots:
        tenders += 1
        together = min(rng.choices((1, 2, 3), (60, 25, 15))[0], lots - len(planned))
        planned += _tender(tenders, days[len(planned)], together, firms, rng)
    return planned


def _tender(number: int, day: date, lots: int, firms: Firms, rng: Random) -> list[Lot]:
    jurisdiction = rng.choice(list(DISTRICTS))
    tender_id = f"JG{day.year}-{number:05d}"
    project_code = f"{day:%y}{day.month:02d}-{jurisdiction}-04-01-{rng.randrange(10**6):06d}"
    title = f"{SYNTHETIC}{DISTRICTS[jurisdiction]}第{number}号{rng.choice(_WORKS)}施工总承包"
    tenderer = rng.choice(firms.tenderers)
    opened_at = at(day, rng.choice((9, 10, 14, 15)), rng.choice((0, 30)))
    return [
        Lot(tender_id, f"{n:02d}", project_code, f"{title}（标段{n}）", jurisdiction, tenderer, opened_at)
        for n in range(1, lots + 1)
    ]


def announce(lot: Lot, post: Post, rng: Random) -> None:
    """Plan the messages of one lot: opening, correction if any, candidates, award."""
    _open(lot, post, rng)
    ranked = rng.sample(lot.bids, len(lot.bids))
    ranked = sorted(ranked, key=lambda bid: bid.bidder is not lot.winner)[:3]
    announced_at = lot.opened_at + timedelta(days=rng.randrange(3, 8), hours=2)
    candidates = [{"rank": rank, "bidder": bid.bidder.org} for rank, bid in enumerate(ranked, 1)]
    data = lot.named() | {"announced_at": stamp(announced_at), "candidates": candidates}
    post.send("candidates-announced", TRADING, data, happened=announced_at)
    awarded_at = announced_at + timedelta(days=rng.randrange(4, 12))
    winner = ranked[0]
    data = lot.named() | {"awarded_at": stamp(awarded_at), "bidder": winner.bidder.org, "amount": winner.price}
    post.send("award-announced", TRADING, data, happened=awarded_at)


def _open(lot: Lot, post: Post, rng: Random) -> None:
    """The opening reaches the monitor within seconds; seldom the trading system is hours or days late."""
    overtaken = any(bid.correction_first for bid in lot.bids)
    late = overtaken or rng.random() < 0.03
    arrival = lot.opened_at + timedelta(seconds=rng.randrange(1, 20), hours=rng.randrange(2, 80) if late else 0)
    data = opening_of(lot, [bid.as_read_out() for bid in lot.bids])
    opening = post.send("bid-opened", TRADING, data, happened=lot.opened_at, arrives=arrival)
    if any(bid.is_corrected for bid in lot.bids):
        happened = lot.opened_at + timedelta(minutes=45)
        post.correct(
            opening,
            "开标记录录入错误",
            happened=happened,
            kind="bid-opened",
            data=opening_of(lot, [bid.as_corrected() for bid in lot.bids]),
            arrives=happened + timedelta(minutes=3) if overtaken else None,
        )


def opening_of(lot: Lot, bids: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return lot.named() | {
        "project_code": lot.project_code,
        "building_codes": [f"{lot.project_code}-{lot.lot_id}"],
        "title": lot.title,
        "jurisdiction": lot.jurisdiction,
        "tenderer": lot.tenderer.org,
        "opened_at": stamp(lot.opened_at),
        "required_qualification": "一级注册建造师",
        "bids": list(bids),
    }
