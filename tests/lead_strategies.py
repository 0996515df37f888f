"""Random histories about the leads of bids, in which every field that a rule about leads reads can decide.

Two people, a dozen names of firms and few days, so that facts meet: late, early, doubled, corrected, taken back.
"""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from hypothesis import strategies as st

from domain.facts.attendance import LeadChanged
from domain.facts.bidding import AwardAnnounced, Bid, BidOpened, Candidate, CandidatesAnnounced, StaffMember
from domain.facts.employers import ExemptionRecorded
from domain.facts.fact import FactData, Org, Person
from domain.facts.unread import LEAD_UNIDENTIFIED, Unread
from domain.policy import Policy, PolicyBook
from infra.identity.keys import KEY_BYTES, Keys
from infra.identity.vault import Pseudonymiser
from infra.installation import KEYS_FOLDER
from tests.builders import (
    BIDDER,
    BRANCH,
    RIVAL,
    THIRD,
    a_bid,
    a_bid_opening,
    a_cancellation,
    a_closing,
    a_firm,
    a_licence,
    a_licence_change,
    a_payment,
    a_registration,
    a_renaming,
    a_statement,
    an_exemption,
)
from tests.monitor import Message, correction, said
from tests.site_builders import (
    ELSEWHERE,
    PROJECT,
    THIRD_PLACE,
    a_start,
    a_stop,
    an_acceptance,
    an_inspection,
    checked,
)

_KEY: Final = bytes(KEY_BYTES)
_NUMBERS: Final = ("440106199003078513", "440106195503078511")
"""The identity numbers of two people, of whom the second can have retired."""
_pseudonym: Final = Pseudonymiser(Keys(_KEY, _KEY, 1, _KEY))
YOUNG, OLD = (Person(person_id=_pseudonym.person_id(f"rid:v1:{number}")) for number in _NUMBERS)
PEOPLE: Final = {YOUNG: _NUMBERS[0], OLD: _NUMBERS[1]}

FORMER = a_firm("广州旧名建设有限公司")
AGENT = a_firm("广州众才人力资源服务有限公司", 31)
INSTITUTE = a_firm("广州市市政设计研究院", 32)
UNREADABLE = a_firm("广州宏?建设工程有限公司")
OTHER_FORM = a_firm("广州宏图建设工程有限责任公司")
HERSELF = a_firm("个人缴费")
JOINT = a_firm(f"{BIDDER.name}、{RIVAL.name}联合体")
BIDDERS = (BIDDER, BIDDER, BIDDER, RIVAL, FORMER, JOINT)
EMPLOYERS = (BIDDER, BIDDER, BIDDER, RIVAL, RIVAL, THIRD, a_firm(BIDDER.name), FORMER, BRANCH, OTHER_FORM, UNREADABLE)
PAYERS = (*EMPLOYERS, THIRD, AGENT, INSTITUTE, HERSELF)
STAFF: Final[tuple[tuple[str, ...], ...]] = ((), ("技术负责人", "资料员"))
CERTIFICATES = ("粤1", "粤2")
QUALIFICATIONS = (
    "一级注册建造师（市政公用工程）",
    "二级注册建造师（市政公用工程）",
    "一级注册建造师（公路工程）",
    "建造师",
)
LEAD_ROLE = "项目负责人"
LOOK_BACK = ("2025-03", "2025-04", "2025-05")
UNREAD = Unread(field="bids[0].lead", digest="0" * 16)
"""What intake notes of a lead whose number cannot be read."""
SITES = (PROJECT, ELSEWHERE, THIRD_PLACE)

people = st.sampled_from([*PEOPLE])
employers: st.SearchStrategy[Org] = st.sampled_from(EMPLOYERS)
payers: st.SearchStrategy[Org] = st.sampled_from(PAYERS)
lots = st.sampled_from(["1", "1", "2"])
certificates = st.sampled_from(CERTIFICATES)
days = st.sampled_from(
    # The 120th day before the usual opening and the next; the day of the opening, and those around it.
    ["2024-06-18", "2024-09-01", "2025-02-18", "2025-02-19", "2025-05-05", "2025-06-17", "2025-06-18", "2025-06-19"]
)
later_days = st.one_of(st.none(), days, st.sampled_from(["2025-06-17", "2025-06-18", "2025-07-02"]))
months = st.sampled_from([f"2025-{month:02d}" for month in (2, 3, 4, 5, 5, 6, 7, 8)])
schemes = st.sampled_from(["pension", "pension", "medical", "unemployment", "maternity", "injury", "housing-fund"])
change_days = st.sampled_from(["2025-06-30", "2025-07-01", "2025-07-15"])
opening_days = st.sampled_from(["2025-06-18", "2025-06-18", "2025-06-18", "2025-06-19", "2025-07-01"])
paying_days = {
    "in its month": "20",
    "on the last lawful day": None,
    "after the opening": "2025-06-19",
    "late": "2025-07-01",
    "very late": "2025-08-05",
}

a_yes = st.sampled_from([None, None, True, False])


def _policy(**given: Any) -> Policy:
    """Whether an opening was recorded late depends on when it came, so here none is."""
    return Policy(oldest_notice_days=36_500, **given)


policies = st.sampled_from(
    [
        PolicyBook(default=_policy()),
        PolicyBook(default=_policy()),
        PolicyBook(default=_policy(required_areas={"insurance-paid": ("city", "省直统筹")})),
        PolicyBook(default=_policy(required_areas={"insurance-paid": ("province",), "certificate-issued": ("city",)})),
        PolicyBook(default=_policy(agent_payers="accept", branch_payers="refuse", consortium_leads="any")),
        PolicyBook(default=_policy(agent_payers="refuse", branch_payers="accept", payable_months=0)),
        PolicyBook(default=_policy(lookback_months=1, payable_months=2)),
        PolicyBook(
            default=_policy(lookback_months=6),
            jurisdictions={"440300": _policy(lookback_months=2, consortium_leads="any")},
        ),
        PolicyBook(
            default=_policy(
                thresholds={"E103": {"fewest_days": 1}, "E107": {"fewest_moves": 1}, "L201": {"fewest_projects": 1}}
            ),
            jurisdictions={"440300": _policy(registered_enterprises=frozenset({OTHER_FORM.name}))},
        ),
    ]
)


def _a_bid(draw: st.DrawFn) -> Bid:
    bidder = draw(st.sampled_from(BIDDERS))
    consortium = draw(st.sampled_from([None, None, None, (BIDDER, RIVAL), (RIVAL, BIDDER)]))
    if draw(st.integers(0, 7)) == 0:
        return Bid(bidder=bidder, consortium=consortium, lead_unidentified=UNREAD)
    return a_bid(
        person=draw(people),
        bidder=bidder,
        consortium=consortium,
        certificate_no=draw(certificates),
        price=draw(st.sampled_from([None, Decimal(100), Decimal(102)])),
        disqualified=draw(st.booleans()),
        staff=tuple(StaffMember(person=draw(people), role=role) for role in draw(st.sampled_from(STAFF))),
    )


@st.composite
def openings(draw: st.DrawFn) -> FactData:
    day = draw(opening_days)
    return a_bid_opening(
        lot_id=draw(lots),
        bids=tuple(_a_bid(draw) for _ in range(draw(st.integers(1, 3)))),
        opened_at=f"{day}T09:30:00+08:00",
        jurisdiction=draw(st.sampled_from(["440100", "440100", "440300"])),
        required_qualification=draw(st.sampled_from([None, *QUALIFICATIONS])),
    )


def _paid_on(month: str, when: str) -> str:
    given = paying_days[when]
    if given is None:
        following = {"2025-02": "03-31", "2025-04": "05-31", "2025-06": "07-31", "2025-07": "08-31"}
        return f"2025-{following.get(month, f'{int(month[5:]) + 1:02d}-30')}"
    return given if len(given) > 2 else f"{month}-{given}"


paid: st.SearchStrategy[FactData] = st.builds(
    lambda person, payer, month, scheme, when: a_payment(
        person=person, payer=payer, month=month, scheme=scheme, paid_on=_paid_on(month, when)
    ),
    people,
    payers,
    months,
    schemes,
    st.sampled_from([*paying_days]),
)
registered: st.SearchStrategy[FactData] = st.builds(
    lambda person, employer, number, held, begins, ends: a_registration(
        person=person, employer=employer, certificate_no=number, qualification=held, valid_from=begins, valid_to=ends
    ),
    people,
    employers,
    certificates,
    st.sampled_from(QUALIFICATIONS),
    days,
    later_days,
)
cancelled: st.SearchStrategy[FactData] = st.builds(
    lambda person, number, day: a_cancellation(person=person, certificate_no=number, cancelled_on=day),
    people,
    certificates,
    days,
)


def _exemption(person: Person, ground: str, **given: Any) -> FactData:
    return an_exemption(
        person=person, ground=ground, of_retirement_age=person == OLD if ground == "retired" else None, **given
    )


exempt: st.SearchStrategy[FactData] = st.builds(
    lambda person, ground, workplace, payer, begins, ends, authority: _exemption(
        person,
        ground,
        workplace=workplace,
        payer=payer,
        valid_from=begins,
        valid_to=ends,
        authority=authority,
    ),
    people,
    st.sampled_from(["retired", "public-institution", "university", "ex-military", "buy-out", "other"]),
    st.sampled_from([BIDDER, BIDDER, BRANCH, RIVAL, INSTITUTE]),
    st.one_of(st.none(), st.sampled_from([INSTITUTE, THIRD, RIVAL])),
    st.sampled_from(["2024-06-18", "2025-06-18", "2025-06-19"]),
    st.sampled_from([None, None, "2025-06-18", "2025-06-17"]),
    st.sampled_from([None, "广州市人力资源和社会保障局"]),
)
licensed: st.SearchStrategy[FactData] = st.builds(
    lambda make, holder, number, status, begins, ends: make(
        holder=holder,
        certificate_no=number,
        status=status,
        valid_from=begins,
        valid_to=ends,
        kind="safety-assessment-b" if isinstance(holder, Person) else "safety-production-licence",
    ),
    st.sampled_from([a_licence, a_licence_change]),
    st.one_of(people, st.sampled_from([BIDDER, BIDDER, RIVAL, FORMER, a_firm(BIDDER.name)])),
    st.sampled_from(["L-1", "L-2"]),
    st.sampled_from(["valid", "valid", "suspended", "revoked"]),
    days,
    later_days,
)
renamed: st.SearchStrategy[FactData] = st.builds(
    lambda uscc, names, day: a_renaming(uscc=uscc, old_name=names[0], new_name=names[1], on=day),
    st.sampled_from([BIDDER.uscc, RIVAL.uscc, THIRD.uscc]),
    st.sampled_from([(FORMER.name, BIDDER.name), (FORMER.name, RIVAL.name), (RIVAL.name, FORMER.name)]),
    days,
)
led: st.SearchStrategy[FactData] = st.one_of(
    st.builds(
        lambda make, site, lead, contractor, day, adjacent: make(
            project_code=site, lead=lead, contractor=contractor, on=day, adjacent_to=adjacent
        ),
        st.sampled_from([a_start, a_start, an_acceptance]),
        st.sampled_from(SITES),
        people,
        st.sampled_from([BIDDER, RIVAL]),
        days,
        st.sampled_from([None, None, ELSEWHERE]),
    ),
    st.builds(
        lambda site, lead, day, until, agreed, fault, reason: a_stop(
            project_code=site,
            lead=lead,
            on=day,
            until=until,
            agreed_by_owner=agreed,
            contractor_at_fault=fault,
            reason=reason,
        ),
        st.sampled_from(SITES),
        people,
        days,
        later_days,
        a_yes,
        a_yes,
        st.sampled_from([None, "因施工单位原因停工"]),
    ),
    st.builds(
        lambda site, old, new, day: LeadChanged(
            project_code=site, old=old, new=new, on=day, reason="调离", document_no="变更-1"
        ),
        st.sampled_from(SITES),
        people,
        people,
        days,
    ),
)
acting: st.SearchStrategy[FactData] = st.one_of(
    st.builds(
        lambda day, site, person, role: checked(f"{day} 08:00", site, person=person, trade=role),
        st.sampled_from(["07-01", "07-02", "07-20", "08-05"]),
        st.sampled_from(SITES),
        people,
        st.sampled_from([LEAD_ROLE, LEAD_ROLE, "建筑电工"]),
    ),
    st.builds(
        lambda person, role: an_inspection(person=person, role=role, project_code=PROJECT),
        people,
        st.sampled_from([LEAD_ROLE, None]),
    ),
)
announced: st.SearchStrategy[FactData] = st.builds(
    lambda lot, bidder, day: CandidatesAnnounced(
        tender_id="T-2025-001",
        lot_id=lot,
        announced_at=datetime.fromisoformat(f"{day}T10:00:00+08:00"),
        candidates=(Candidate(rank=1, bidder=bidder),),
    ),
    lots,
    st.sampled_from(BIDDERS),
    st.sampled_from(["2025-06-25", "2025-06-26"]),
)
awarded: st.SearchStrategy[FactData] = st.builds(
    lambda lot, bidder: AwardAnnounced(
        tender_id="T-2025-001",
        lot_id=lot,
        awarded_at=datetime.fromisoformat("2025-07-01T10:00:00+08:00"),
        bidder=bidder,
    ),
    lots,
    st.sampled_from(BIDDERS),
)
_by_month: st.SearchStrategy[FactData] = st.builds(
    lambda month, area, replaced: a_closing(
        period=month, area=area, replaces=f"insurance-paid/{area}/{replaced}" if replaced else None
    ),
    months,
    st.sampled_from(["440100", "440000", "4403", "省直统筹"]),
    st.sampled_from([None, None, None, "2025-04", "2025-05"]),
)
_register: st.SearchStrategy[FactData] = st.builds(
    a_closing,
    st.sampled_from(
        ["registration-recorded", "safety-assessment-b", "safety-production-licence", "certificate-issued"]
    ),
    st.sampled_from(["2025-06-17", "2025-06-18", "2025-06-30", "2025-07"]),
)
stated: st.SearchStrategy[FactData] = st.builds(
    lambda person, asked, payments, area: a_statement(person=person, months=asked, payments=payments, area=area),
    people,
    st.sampled_from([LOOK_BACK, LOOK_BACK, LOOK_BACK[1:], ("2025-06",)]),
    st.lists(
        st.builds(
            lambda payer, month, scheme: {"payer": payer, "month": month, "scheme": scheme, "paid_on": f"{month}-20"},
            payers,
            months,
            schemes,
        ),
        max_size=1,
    ).map(tuple),
    st.sampled_from(["440100", "440100", "440300"]),
)
closed: st.SearchStrategy[FactData] = st.one_of(_by_month, _register, stated)
ALL_CLOSED: Final = (
    *(a_closing(period=month, area="440000") for month in LOOK_BACK),
    a_closing("registration-recorded", "2025-07-31"),
)
"""Of the look-back of the usual opening nothing that is missing is still to come."""
evidence: st.SearchStrategy[FactData] = st.one_of(
    paid, paid, paid, registered, registered, cancelled, exempt, licensed, renamed, led, acting, announced, awarded
)
facts: st.SearchStrategy[FactData] = st.one_of(evidence, evidence, evidence, openings())


def _paid(
    person: Person, payer: Org, *months: str, when: str = "in its month", scheme: str = "pension"
) -> list[FactData]:
    return [
        a_payment(person=person, payer=payer, scheme=scheme, month=month, paid_on=_paid_on(month, when))
        for month in months
    ]


@st.composite
def _insured(draw: st.DrawFn, person: Person) -> list[FactData]:
    """Somebody pays for one of the schemes, for some of the months; often the bidder, and mostly in time."""
    payer, scheme, when = draw(payers), draw(schemes), draw(st.sampled_from([*paying_days, "in its month"]))
    paid_for = draw(st.sets(st.sampled_from(LOOK_BACK), min_size=1))
    return _paid(person, payer, *sorted(paid_for), when=when, scheme=scheme)


@st.composite
def _changed_payer(draw: st.DrawFn, person: Person) -> list[FactData]:
    """A rival or a stranger paid, then the bidder: in time, within the lawful term, or back."""
    when, over = draw(st.sampled_from([*paying_days])), draw(st.integers(1, 3))
    before = _paid(person, draw(st.sampled_from([RIVAL, THIRD])), *LOOK_BACK[:over])
    return [*before, *_paid(person, BIDDER, draw(st.sampled_from(LOOK_BACK)), when=when)]


@st.composite
def _newly_hired(draw: st.DrawFn, person: Person) -> list[FactData]:
    """Nobody paid in the look-back; somebody does from the month of the opening, or of the next one, on."""
    payer, month = draw(st.sampled_from([BIDDER, BIDDER, THIRD])), draw(st.sampled_from(["2025-06", "2025-07"]))
    return _paid(person, payer, month)


@st.composite
def _exempted(draw: st.DrawFn, person: Person) -> list[FactData]:
    """An institution pays for somebody who works for the bidder, as an exemption says that fits, or nearly."""
    ground = draw(st.sampled_from(["public-institution", "retired", "ex-military", "other"]))
    valid_from = draw(st.sampled_from(["2024-06-18", "2025-06-18", "2025-06-19"]))
    exemption = _exemption(
        person,
        ground,
        payer=INSTITUTE,
        valid_from=valid_from,
        authority=draw(st.sampled_from([None, "广州市人力资源和社会保障局"])),
    )
    paid_by = draw(st.sampled_from([INSTITUTE, INSTITUTE, THIRD]))
    registration = a_registration(person=person, certificate_no="粤1", employer=draw(st.sampled_from([BIDDER, BRANCH])))
    return [exemption, registration, *_paid(person, paid_by, *LOOK_BACK)]


@st.composite
def _moves(draw: st.DrawFn, person: Person) -> list[FactData]:
    """The registration goes from firm to firm within the year; each employer may be any."""
    through = draw(st.lists(employers, min_size=1, max_size=4))
    begun = ["2024-01-10", "2024-09-01", "2025-02-01", "2025-05-05"][-len(through) :]
    return [
        a_registration(person=person, employer=employer, certificate_no="粤1", valid_from=day)
        for employer, day in zip(through, begun, strict=True)
    ]


@st.composite
def _leads_twice(draw: st.DrawFn, person: Person) -> list[FactData]:
    """Two projects under construction; one of them may have stopped, for long enough or a day less."""
    started: list[FactData] = [a_start(project_code=site, lead=person, on="2025-01-05") for site in SITES[1:]]
    stop = a_stop(
        project_code=ELSEWHERE,
        lead=person,
        on=draw(st.sampled_from(["2025-02-18", "2025-02-19"])),
        agreed_by_owner=draw(a_yes),
        contractor_at_fault=draw(a_yes),
    )
    return [*started, stop] if draw(st.booleans()) else started


@st.composite
def _won(draw: st.DrawFn, person: Person) -> list[FactData]:
    """The bidder wins, and the project goes on with its lead, with another one, or with a stranger's payments."""
    award = AwardAnnounced(
        tender_id="T-2025-001",
        lot_id="1",
        awarded_at=datetime.fromisoformat("2025-06-25T10:00:00+08:00"),
        bidder=BIDDER,
    )
    other = next(each for each in PEOPLE if each != person)
    change = LeadChanged(
        project_code=PROJECT,
        old=person,
        new=other,
        on=date.fromisoformat(draw(change_days)),
        reason="调离",
        document_no="变更-1",
    )
    held = [
        a_registration(person=each, certificate_no=number, qualification=draw(st.sampled_from(QUALIFICATIONS)))
        for each, number in zip((person, other), CERTIFICATES, strict=True)
    ]
    told: list[FactData] = [award, *_paid(person, BIDDER, *LOOK_BACK), *_paid(person, draw(payers), "2025-07")]
    lent: list[FactData] = [
        *_paid(person, INSTITUTE, "2025-07"),
        _exemption(person, "public-institution", payer=INSTITUTE),
    ]
    told += draw(st.sampled_from([[], [change, *held], [*held, *lent]]))
    starts = st.builds(
        lambda lead, day: a_start(project_code=PROJECT, lead=lead, contractor=BIDDER, on=day), people, change_days
    )
    return [*told, *draw(st.lists(st.one_of(starts, acting), max_size=3))]


def _story(person: Person) -> st.SearchStrategy[list[FactData]]:
    unknown: st.SearchStrategy[list[FactData]] = st.just([])
    return st.one_of(
        unknown,
        _insured(person),
        _insured(person),
        _changed_payer(person),
        _exempted(person),
        _newly_hired(person),
        _newly_hired(person),
        _won(person),
        _leads_twice(person),
    )


@st.composite
def told(draw: st.DrawFn) -> list[FactData]:
    """An opening, what is usually known of its leads and bidders, and anything more."""
    known: list[FactData] = [draw(openings())]
    for person in PEOPLE:
        known += [*draw(_story(person)), *draw(st.one_of(st.just([]), _moves(person)))]
    licence = a_licence(valid_to=draw(later_days))
    more = [*([licence] if draw(st.booleans()) else []), *draw(st.lists(facts, min_size=1, max_size=6))]
    return [*known, *more, *draw(st.sampled_from([ALL_CLOSED, ()])), *draw(st.lists(closed, max_size=3))]


_loaded: st.SearchStrategy[dict[str, Any]] = st.sampled_from([{}, {}, {}, {"history": True}])


@st.composite
def histories(draw: st.DrawFn) -> list[Message]:
    """What is told, and corrections of any of it and of one another, also before what they are about."""
    content = draw(told())
    messages: list[Message] = [at_the_door(data, f"m{number}", **draw(_loaded)) for number, data in enumerate(content)]
    corrections = draw(st.integers(0, 4))
    for number in range(len(content), len(content) + corrections):
        retracted = draw(st.integers(0, len(content) + corrections))
        replacement = draw(st.one_of(st.none(), facts, facts))
        corrected = correction(f"m{number}", f"m{retracted}", replacement)
        if isinstance(replacement, BidOpened):
            _make_unreadable(corrected["data"]["replacement"]["data"])
        messages.append(corrected)
    return messages


def at_the_door(data: FactData, id: str, **given: Any) -> Message:
    """``data`` as a source sends it; who has retired is known by the number only, which intake then forgets."""
    message = said(data, id, **given)
    if isinstance(data, ExemptionRecorded) and data.ground == "retired":
        message["data"]["person"] = {"name": "张三", "id_number": PEOPLE[data.person]}
    if isinstance(data, BidOpened):
        _make_unreadable(message["data"])
    return message


def _make_unreadable(opening: dict[str, Any]) -> None:
    """Give the bids whose lead is noted as unread a lead with a wrong number."""
    for bid in opening["bids"]:
        if bid.pop(LEAD_UNIDENTIFIED, None):
            bid["lead"] = {"person": {"name": "李四", "id_number": _NUMBERS[0][:-1] + "0"}, "certificate_no": "粤1"}


def put_keys(folder: Path) -> None:
    """The keys with which :data:`PEOPLE` have their pseudonyms, into a new data folder."""
    keys = folder / KEYS_FOLDER
    keys.mkdir(mode=0o700, parents=True)
    for name in ("vault", "pseudonyms-1", "tokens"):
        path = keys / f"{name}.key"
        path.touch(mode=0o600)
        path.write_bytes(_KEY)
