"""For each rule, cases that make it speak: every outcome and severity that its page names, at least once.

A new rule needs cases here; ``test_explanations.py`` reads what it says about them in both languages.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from domain.evidence.ocds import Process
from domain.evidence.ocds_market import Market
from domain.facts.fact import FactData
from domain.policy import Policy
from domain.rule import Case
from tests import approval_builders as approvals
from tests.approval_builders import accepted, approved, moment
from tests.builders import (
    BIDDER,
    BRANCH,
    FOURTH,
    RIVAL,
    SOMEONE_ELSE,
    THIRD,
    a_bid,
    a_bid_opening,
    a_candidacy,
    a_case,
    a_firm,
    a_licence,
    a_licence_change,
    a_member,
    a_payment,
    a_registration,
    a_safety_certificate,
    a_won_case,
    an_appointment,
    an_exemption,
    asking_of,
    closings,
    in_order,
    payments,
    payments_closed,
    recorded,
)
from tests.cross_bid_builders import a_lot, a_statement, bids, insured_leads, payers, supplied
from tests.domain.rules.test_lead_not_identified import an_opening, an_unread, without_lead
from tests.ocds_builders import a_duel, a_process, an_award, an_offer
from tests.site_builders import (
    ATTENDANCE_CLOSED,
    ELSEWHERE,
    GUANGZHOU,
    SHENZHEN,
    a_lead_change,
    a_start,
    an_inspection,
    an_operators_certificate,
    checked,
    history,
    present_on,
    stayed,
    working_days,
)
from tests.source_builders import NOW, a_source


@dataclass(frozen=True)
class Firing:
    """Cases that make a rule speak; ``computed`` are the values in its texts that stand in no fact."""

    cases: tuple[Case, ...]
    computed: frozenset[str]


def fires(*cases: Case, computed: str = "") -> Firing:
    return Firing(cases, frozenset(computed.split()))


def a_lead(*facts: FactData, computed: str = "", policy: Policy | None = None) -> Firing:
    return fires(a_case(*facts, policy=policy), computed=computed)


def after_award(*facts: FactData, computed: str = "") -> Firing:
    case = a_won_case(*facts)
    assert case is not None
    return fires(case, computed=computed)


def on_site(*facts: FactData, computed: str = "", policy: Policy | None = None) -> Firing:
    """The attendance of August is complete."""
    found = history(in_order(facts), policy=policy)
    cases = found.site_cases(asking_of(closings(ATTENDANCE_CLOSED[7:8])))
    return fires(*cases, *found.movements_cases(), computed=computed)


def a_market(*processes: Process, computed: str = "", thresholds: Mapping[str, object] | None = None) -> Firing:
    """The market of the processes, each of which is a case too."""
    market = Market(Policy.model_validate({"thresholds": thresholds or {}}), None)
    alone: Iterable[Case] = list(market.take(processes))
    return fires(*alone, market.case(), computed=computed)


def losing(number: int) -> Process:
    winner = f"投标人{number}建设有限公司"
    return a_process(f"P{number}", an_offer(FREQUENT), an_offer(winner), awards=(an_award(winner),))


def received(buyer: str, disqualified: int) -> Process:
    """20 bids of as many bidders."""
    offers = [
        an_offer(f"{buyer}投标人{number}", status="disqualified" if number < disqualified else "valid")
        for number in range(20)
    ]
    return a_process(f"采购-{buyer}", *offers, buyer=buyer)


WINNER, RUNNER_UP, FREQUENT = "中标建设有限公司", "次低建设有限公司", "常投建设有限公司"
BROKER = a_firm("广州中间人科技有限公司", 77)
AGENT = a_firm("广州众才人力资源服务有限公司", 78)
FLOOR = working_days()
BEGINS = datetime(2025, 3, 15, 9, tzinfo=UTC)
AT_WORK = checked("08-04 08:00", trade="建筑电工")
WON = an_award(WINNER)
OUT = an_offer("出局建设有限公司", 90, status="disqualified")
IN_TIME = an_offer(WINNER, 100)

FIRING: Final[Mapping[str, tuple[Firing, ...]]] = {
    "E101": (
        a_lead(*payments(RIVAL)),
        a_lead(*payments(BRANCH)),
        a_lead(*payments(THIRD, ["2025-03"]), *payments(months=["2025-04", "2025-05"])),
        a_lead(an_appointment(rivals=(RIVAL.uscc,)), *payments(RIVAL, ["2025-03"]), *payments(months=["2025-05"])),
        a_lead(*payments(RIVAL, ["2025-03", "2025-04"]), a_payment(paid_on="2025-07-15")),
        a_lead(*payments(RIVAL), a_registration(), an_exemption(ground="retired", payer=None, of_retirement_age=False)),
    ),
    "E102": (
        a_lead(*payments(), a_registration(employer=RIVAL)),
        a_lead(*payments(BRANCH), a_registration()),
    ),
    "E103": (
        a_lead(a_registration(), a_registration(employer=RIVAL, certificate_no="川1512020202100009")),
        a_lead(a_registration(), a_registration(employer=BRANCH, certificate_no="川1512020202100009")),
    ),
    "E104": (a_lead(*payments(), a_payment(payer=RIVAL, month="2025-04")),),
    "E105": (
        a_lead(computed="2025-03 2025-05"),
        a_lead(a_payment(month="2025-06"), computed="2025-03 2025-05"),
    ),
    "E106": (
        a_lead(*payments(paid_on="2025-07-15")),
        a_lead(*payments(RIVAL), a_payment(paid_on="2025-07-01")),
    ),
    "E107": (
        a_lead(
            *(
                a_registration(employer=employer, valid_from=day)
                for employer, day in (
                    (BIDDER, "2020-01-01"),
                    (RIVAL, "2024-09-01"),
                    (THIRD, "2025-01-01"),
                    (FOURTH, "2025-06-01"),
                )
            ),
            computed="2024-06-18 3",
        ),
    ),
    "E108": (a_lead(a_registration(employer=RIVAL)), a_lead(a_registration(employer=BRANCH))),
    "E109": (
        after_award(a_candidacy(rank=None), *payments(), a_payment(payer=RIVAL, month="2025-07")),
        after_award(*payments(), a_start(), a_payment(payer=RIVAL, month="2025-08")),
        after_award(a_candidacy(rank=None), *payments(), *payments_closed(["2025-07", "2025-08"])),
    ),
    "E110": (
        a_lead(a_member(), *payments(RIVAL)),
        a_lead(a_member(), *payments(), a_registration(employer=THIRD)),
    ),
    "L202": (
        after_award(a_candidacy(rank=None), a_start(lead=SOMEONE_ELSE)),
        after_award(a_start(), an_inspection(person=SOMEONE_ELSE, role="项目经理")),
    ),
    "L203": (
        after_award(
            a_start(),
            a_registration(),
            a_lead_change(),
            a_registration(person=SOMEONE_ELSE, certificate_no="粤2", qualification="二级注册建造师（市政公用工程）"),
        ),
    ),
    "L201": (a_lead(a_start(on="2025-01-10"), a_start(on="2025-02-10", project_code=ELSEWHERE), computed="2"),),
    "C301": (
        a_lead(a_licence(), a_licence_change(status="suspended")),
        a_lead(a_licence(valid_to="2025-06-01")),
    ),
    "C302": (
        a_lead(a_registration(valid_to="2025-06-01")),
        a_lead(a_registration(), a_safety_certificate(status="revoked")),
    ),
    "C303": (
        a_lead(
            an_appointment(required_qualification="市政公用工程一级建造师"),
            a_registration(qualification="二级注册建造师（市政公用工程）"),
        ),
    ),
    "D901": (fires(a_source(heard=((1, 500), (503, 900))), computed="2 501 502"),),
    "D902": (fires(a_source(interval_seconds=300, heard_at=NOW - timedelta(hours=1))),),
    "D903": (
        a_lead(*payments(RIVAL), a_registration(), an_exemption(payer=THIRD)),
        a_lead(a_registration(), an_exemption(workplace=THIRD)),
    ),
    "D904": (
        fires(*without_lead(an_opening())),
        fires(*without_lead(a_bid_opening(unread=(an_unread("", ("bidder.name", "missing")),)))),
    ),
    "T401": (
        fires(a_lot(a_bid(), a_bid(bidder=RIVAL)), computed="2"),
        fires(a_lot(a_bid(), a_bid(bidder=BRANCH)), computed="2"),
    ),
    "T402": (
        fires(
            *insured_leads(
                a_lot(a_bid(), a_bid(bidder=RIVAL, person=SOMEONE_ELSE)),
                a_statement(payer=RIVAL, scheme="pension", month="2025-05"),
            )
        ),
    ),
    "T403": (
        fires(*payers(*supplied(BROKER, BIDDER, RIVAL, THIRD)), computed="3"),
        fires(*payers(*supplied(AGENT, BIDDER, RIVAL, THIRD)), computed="3"),
    ),
    "T404": (fires(a_lot(*bids("1000.50", "990.00", "1000.50")), computed="2"),),
    "T405": (
        fires(a_lot(*bids("9700000.00", "9800000.00", "9900000.00", "10000000.00")), computed="4 100000"),
        fires(a_lot(*bids("10000000", "9800000", "9604000", "9411920", "9223681.60")), computed="5 1.020408"),
    ),
    "S501": (
        on_site(a_start(), *present_on(FLOOR[:10]), computed="10 21 47"),
        on_site(a_start(), computed="2025-08 0 21"),
    ),
    "S502": (
        on_site(
            a_start(),
            checked("08-04 08:00", **GUANGZHOU),
            checked("08-04 08:40", ELSEWHERE, **SHENZHEN),
            computed="40 68 104.2",
        ),
        on_site(a_start(), *stayed("08-04"), *stayed("08-04", "12:00-19:00", ELSEWHERE)),
    ),
    "S503": (on_site(an_inspection(present=False, answered=None)), on_site(an_inspection(answered=False))),
    "S504": (
        on_site(AT_WORK, an_operators_certificate(valid_to="2025-08-03")),
        on_site(AT_WORK, an_operators_certificate(trade=None, type_code=None)),
    ),
    "S505": (
        on_site(
            a_start(on="2025-08-01"),
            *(
                each.model_copy(update={"method": "manual"} if number < 10 else {})
                for number, each in enumerate(present_on(FLOOR)[:30])
            ),
            computed="10 30 33.3",
        ),
    ),
    "A601": (
        fires(approvals.a_case(accepted("03-02", 10), now="03-17"), computed="2026-03-16"),
        fires(approvals.a_case(accepted("03-02", 10), approved("03-18")), computed="2026-03-16 12"),
        fires(approvals.a_case(accepted("03-02", 10), now="03-16"), computed="2026-03-16"),
    ),
    "A602": (fires(approvals.a_case(accepted("03-02 10:00"), approved("03-02 10:08")), computed="8"),),
    "A603": (
        fires(approvals.a_case(approved("03-06"))),
        fires(approvals.a_case(accepted("03-04"), approved("03-06", document_date="2026-03-03"))),
        fires(
            approvals.a_case(
                *(
                    recorded(said, recordedtime=moment(f"03-09 10:0{minute}"))
                    for minute, said in enumerate(
                        (
                            accepted("03-02"),
                            approvals.an_entry("special-started", "03-03", special_procedure="听证"),
                            approvals.an_entry("special-finished", "03-05", special_procedure="听证"),
                        )
                    )
                )
            ),
            computed="3",
        ),
    ),
    "A604": (
        fires(approvals.a_case(accepted(), *approvals.a_pause("03-03", "03-09", "内部会商"))),
        fires(approvals.a_case(*approvals.a_pause("03-03", None, None))),
        fires(approvals.a_case(accepted(step="部门联席会"), policy=Policy(published_steps=frozenset({"受理"})))),
    ),
    "A605": (
        fires(
            approvals.a_case(
                approvals.an_entry("submitted", "03-02"), accepted("03-10 09:00", 5), approved("03-10 17:00")
            ),
            computed="6",
        ),
    ),
    "A606": (
        fires(approvals.a_case(accepted("03-02"), approved("03-06")), computed="2026-03-09"),
        fires(
            approvals.a_case(
                accepted("03-02"), approved("03-06"), recorded(approvals.a_certificate(), time=moment("03-12"))
            ),
            computed="2026-03-09",
        ),
    ),
    "A607": (
        fires(
            approvals.a_case(
                *approvals.a_correction_request("03-02", "03-04"), *approvals.a_correction_request("03-05", "03-06")
            ),
            computed="2",
        ),
    ),
    "A608": (
        fires(approvals.a_month(*(approvals.a_decision(n, on_last_day=True) for n in (1, 2, 3))), computed="3"),
        fires(approvals.a_month(approvals.a_decision(paused_seconds=600_000)), computed="60"),
    ),
    "R003": (a_market(a_process(opens_at=BEGINS, closes_at=BEGINS + timedelta(days=5)), computed="5"),),
    "R018": (
        a_market(a_process(method="open", bidders_counted=1)),
        a_market(a_process(method="selective", bidders_counted=1)),
    ),
    "R024": (
        a_market(
            a_process("P", an_offer(WINNER, 100), an_offer(RUNNER_UP, 101), awards=(WON,)),
            *(a_duel(f"V{number}", 100, 190 + number) for number in range(20)),
            computed="1.00 77.67",
        ),
    ),
    "R025": (
        a_market(
            a_process("P9", an_offer(FREQUENT), awards=(an_award(FREQUENT),)),
            *map(losing, range(5)),
            computed="6 1 16.67 82.64",
        ),
    ),
    "R028": (a_market(a_process("P", an_offer(WINNER, 1234.5), an_offer(RUNNER_UP, 1234.5))),),
    "R030": (
        a_market(
            a_process("P", an_offer(WINNER, received_at=BEGINS + timedelta(days=17)), closes_at=BEGINS, awards=(WON,))
        ),
    ),
    "R035": (a_market(a_process("P", OUT, IN_TIME, awards=(WON,)), computed="1"),),
    "R036": (a_market(a_process("P", OUT, IN_TIME, awards=(WON,))),),
    "R038": (
        a_market(
            *(received(f"采购人{number}单位", number % 2) for number in range(8)),
            received("否决过多的采购人", 12),
            computed="20 12 60.00 12.50",
        ),
    ),
    "R048": (
        a_market(
            *(
                a_process(f"X{number}", awards=(an_award(WINNER, item_classes=(f"{number:02}000000",)),))
                for number in range(20)
            ),
            computed="20",
        ),
    ),
    "R058": (
        a_market(
            a_process("P", an_offer(WINNER, 100), an_offer(RUNNER_UP, 300), awards=(WON,)),
            *(a_duel(f"V{number}", 100, 105 + number) for number in range(8)),
            computed="200.00 18.33",
        ),
    ),
}
