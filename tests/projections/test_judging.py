"""The real-time mismatches: whatever comes late, whoever it touches is judged anew."""

import itertools
from typing import Any

import pytest

from domain.evidence.recorded import EVERYTHING
from domain.facts.fact import Org
from domain.policy import Policy, PolicyBook
from domain.rule import judge
from infra.rebuilding import Rebuilding
from infra.settings import Settings
from projections.boards.clue_board import CLUES
from projections.boards.judged import APPOINTMENTS, WATCHED
from tests.builders import (
    BIDDER,
    LEAD,
    RIVAL,
    SOMEONE_ELSE,
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
    an_exemption,
    payments,
)
from tests.monitor import CLOSED, SOURCE, Message, Monitor, correction, said, told_complete
from tests.site_builders import ELSEWHERE, THIRD_PLACE, a_start, a_stop

OPENING = said(a_bid_opening(), "opening")
REGISTERED = said(a_registration(), "registered")
OLD, OLDER, OLDEST = (a_firm(name) for name in ("广州旧名建设有限公司", "广州更旧建设有限公司", "广州最旧建设有限公司"))


@pytest.fixture
def monitor(monitor: Monitor) -> Monitor:
    """Payments and registrations are complete, so that what is missing there counts."""
    return told_complete(monitor)


@pytest.fixture
def monitor_anywhere(monitor_anywhere: Monitor) -> Monitor:
    """Payments and registrations are complete, so that what is missing there counts."""
    return told_complete(monitor_anywhere)


def paid(payer: Org) -> tuple[Message, ...]:
    return tuple(said(data, f"paid-{data.month}") for data in payments(payer))


def renamed(old: Org, new: Org, id: str, on: str = "2025-01-01") -> Message:
    return said(a_renaming(old_name=old.name, new_name=new.name, on=on), id)


def test_a_lead_whose_papers_agree_raises_nothing(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.send_each(OPENING, REGISTERED, *paid(BIDDER))
    assert monitor_anywhere.open_rules() == set()


def test_a_lead_insured_elsewhere_is_found_at_the_opening(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.send_each(REGISTERED, *paid(RIVAL))
    assert monitor_anywhere.open_rules() == set()
    monitor_anywhere.send(OPENING)
    assert monitor_anywhere.open_rules() == {"E101", "E102"}
    assert monitor_anywhere.clues()["E101"].history[0]["caused_by"] == f"{SOURCE}#opening"


def test_a_payment_that_comes_late_raises_a_clue_and_is_named(monitor: Monitor) -> None:
    monitor.send_each(OPENING, REGISTERED, *paid(BIDDER)[:2])
    assert monitor.open_rules() == set()
    monitor.send(said(a_payment(payer=RIVAL), "late"))
    assert monitor.clues()["E101"].history[0]["caused_by"] == f"{SOURCE}#late"


def test_a_payment_that_comes_late_withdraws_a_clue_and_is_named(monitor: Monitor) -> None:
    monitor.send_each(OPENING, REGISTERED)
    assert monitor.open_rules() == {"E105"}
    monitor.send(said(a_payment(), "late"))
    clue = monitor.clues()["E105"]
    assert (clue.status, clue.history[-1]["caused_by"]) == ("withdrawn", f"{SOURCE}#late")


def test_a_payment_for_the_month_of_the_opening_comes_late_and_lowers_the_clue(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.send_each(OPENING, REGISTERED)
    assert monitor_anywhere.clues()["E105"].severity == "medium"
    monitor_anywhere.send(said(a_payment(month=a_bid_opening().opened_at.strftime("%Y-%m")), "hired"))
    clue = monitor_anywhere.clues()["E105"]
    assert (clue.severity, clue.history[-1]["caused_by"]) == ("low", f"{SOURCE}#hired")


def test_what_a_source_says_caused_its_message_is_not_what_changed_the_clue(monitor: Monitor) -> None:
    monitor.send_each(OPENING, REGISTERED)
    monitor.send(said(a_payment(), "late", causationid="somewhere#else"))
    assert monitor.clues()["E105"].history[-1]["caused_by"] == f"{SOURCE}#late"


def test_a_withdrawn_clue_is_raised_again_when_its_ground_returns(monitor: Monitor) -> None:
    monitor.send_each(OPENING, REGISTERED, said(a_payment(), "late"), correction("undone", "late"))
    clue = monitor.clues()["E105"]
    assert [step["what"] for step in clue.history] == ["raised", "withdrawn", "reopened"]
    assert clue.history[-1]["caused_by"] == f"{SOURCE}#undone"


def test_what_concerns_nobody_judged_judges_nobody(monitor: Monitor) -> None:
    monitor.send_each(OPENING, REGISTERED, *paid(RIVAL))
    before = monitor.clues()
    elsewhere = said(a_payment(person=SOMEONE_ELSE, payer=RIVAL), "elsewhere")
    receipt = monitor.send(elsewhere, said(a_payment(month="2020-01"), "long ago"))
    assert receipt.judgements == []
    assert monitor.clues() == before


def test_a_person_in_two_lots_is_judged_for_both(monitor: Monitor) -> None:
    second = said(a_bid_opening(lot_id="2", bids=(a_bid(bidder=RIVAL),)), "opening-2")
    monitor.send_each(OPENING, second, REGISTERED, *paid(RIVAL))
    found = {(clue.rule, clue.bidder) for clue in monitor.open_clues()}
    assert found == {("E101", BIDDER.uscc), ("E102", BIDDER.uscc), ("E102", RIVAL.uscc), ("E108", RIVAL.uscc)}


@pytest.mark.parametrize("order", ["as told", "taken back first"])
def test_a_correction_that_was_itself_taken_back_moves_no_project_to_another_lead(monitor: Monitor, order: str) -> None:
    """It stays among the facts about the lead whose registration it retracted, but what took it back does not."""
    started = (said(a_start(project_code=site, on="2025-01-05"), site) for site in (ELSEWHERE, THIRD_PLACE))
    monitor.send_each(OPENING, REGISTERED, *paid(BIDDER), *started)
    assert monitor.open_rules() == {"L201"}
    stopped = a_stop(project_code=ELSEWHERE, lead=SOMEONE_ELSE, on="2025-02-18")
    wrong, undone = correction("wrong", "registered", stopped), correction("undone", "wrong")
    monitor.send_each(*((wrong, undone) if order == "as told" else (undone, wrong)))
    assert "L201" in monitor.open_rules()
    Rebuilding(monitor.installation).rebuild()


def test_the_licence_of_a_member_is_not_that_of_the_listed_leader_whatever_else_the_lead_bids_for(
    monitor: Monitor,
) -> None:
    """The joint name begins with the member. Its licence is read for the other bid of the same lead."""
    joint = a_bid(bidder=a_firm(f"{BIDDER.name}、{RIVAL.name}联合体"), consortium=(RIVAL, BIDDER))
    monitor.send(said(a_closing("safety-production-licence", "2025-06-18"), "licences closed"))
    monitor.send(said(a_bid_opening(bids=(joint, a_bid())), "opening"), REGISTERED)
    monitor.send(said(a_licence(), "licence"))
    with monitor.read() as connection:
        cases = monitor.as_of.cases(connection, LEAD.person_id, knowledge=EVERYTHING, now=monitor.clock.moment)
    found = [each.rule for case in cases for each in judge(case) if each.outcome.makes_clue]
    standing = [clue.rule for clue in monitor.open_clues()]
    assert found.count("C301") == standing.count("C301") == 1


def test_a_registration_cancelled_later_than_it_came_is_seen(monitor: Monitor) -> None:
    monitor.send_each(OPENING, REGISTERED, *paid(BIDDER))
    monitor.send(said(a_cancellation(), "cancelled"))
    assert monitor.open_rules() == {"C302"}


def test_a_cancellation_on_the_day_after_the_opening_that_comes_late_is_seen(monitor: Monitor) -> None:
    begun = said(a_registration(employer=RIVAL, certificate_no="粤2", valid_from="2025-06-18"), "begun")
    monitor.send_each(OPENING, REGISTERED, begun, *paid(BIDDER))
    assert monitor.open_rules() == {"E103"}
    monitor.send(said(a_cancellation(cancelled_on="2025-06-19"), "cancelled"))
    assert monitor.open_rules() == set()
    Rebuilding(monitor.installation).rebuild()
    assert monitor.open_rules() == set()


@pytest.mark.parametrize("batches", ["one", "many"])
def test_an_exemption_that_comes_late_withdraws_and_the_history_says_why(monitor: Monitor, batches: str) -> None:
    facts: list[Message] = [OPENING, REGISTERED, *paid(RIVAL)]
    if batches == "one":
        monitor.send(*facts)
    else:
        monitor.send_each(*facts)
    assert monitor.open_rules() == {"E101", "E102"}
    monitor.send(said(an_exemption(), "exempt"))
    assert monitor.open_rules() == set()
    for clue in (monitor.clues()["E101"], monitor.clues()["E102"]):
        assert clue.outcome == "exempt"
        assert clue.history[-1]["what"] == "withdrawn"
        assert clue.history[-1]["outcome"] == "exempt"
        assert clue.history[-1]["caused_by"] == f"{SOURCE}#exempt"


def test_an_exemption_for_another_workplace_silences_nothing_and_is_looked_at(monitor: Monitor) -> None:
    monitor.send_each(OPENING, REGISTERED, *paid(RIVAL), said(an_exemption(workplace=THIRD), "exempt"))
    assert monitor.open_rules() == {"D903", "E101", "E102"}


def test_a_renaming_that_comes_late_shows_that_two_names_are_one_firm(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.send_each(OPENING, REGISTERED, *paid(OLD))
    assert monitor_anywhere.open_rules() == {"E101", "E102"}
    monitor_anywhere.send(renamed(OLD, BIDDER, "renamed"))
    assert monitor_anywhere.open_rules() == set()
    assert monitor_anywhere.clues()["E101"].history[-1]["caused_by"] == f"{SOURCE}#renamed"


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_chain_of_renamings_counts_whatever_link_comes_last(monitor: Monitor, order: tuple[int, ...]) -> None:
    chain = [
        renamed(OLDEST, OLDER, "r1", "2021-01-01"),
        renamed(OLDER, OLD, "r2", "2022-01-01"),
        renamed(OLD, BIDDER, "r3", "2023-01-01"),
    ]
    monitor.send_each(OPENING, REGISTERED, *paid(OLDEST))
    assert monitor.open_rules() == {"E101", "E102"}
    monitor.send_each(*(chain[place] for place in order))
    assert monitor.open_rules() == set()


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_licence_under_a_former_name_counts_whenever_it_comes(monitor: Monitor, order: tuple[int, ...]) -> None:
    """The bidder is named by its new name alone, the holder of the suspended licence by an old one alone."""
    bidder = a_firm(BIDDER.name)
    facts = [
        said(a_bid_opening(bids=(a_bid(bidder=bidder),)), "opening"),
        said(a_licence_change(holder=OLDEST), "suspended"),
        renamed(OLDEST, BIDDER, "renamed"),
    ]
    monitor.send_each(REGISTERED, *paid(BIDDER), *(facts[place] for place in order))
    assert monitor.open_rules() == {"C301"}


@pytest.mark.parametrize("late", ["licence", "first renaming", "second renaming"])
@pytest.mark.parametrize("reverse_ids", [False, True])
def test_a_licence_two_names_ago_is_found_whatever_the_ids(monitor: Monitor, late: str, reverse_ids: bool) -> None:
    ids = ("r2", "r1") if reverse_ids else ("r1", "r2")
    facts = {
        "licence": said(a_licence_change(holder=OLDEST), "suspended"),
        "first renaming": renamed(OLDEST, OLD, ids[0], "2021-01-01"),
        "second renaming": renamed(OLD, BIDDER, ids[1], "2023-01-01"),
    }
    last = facts.pop(late)
    opening = said(a_bid_opening(bids=(a_bid(bidder=a_firm(BIDDER.name)),)), "opening")
    monitor.send_each(opening, REGISTERED, *paid(BIDDER), *facts.values(), last)
    assert monitor.open_rules() == {"C301"}


def test_a_licence_that_comes_late_withdraws_what_another_raised(monitor: Monitor) -> None:
    monitor.send_each(OPENING, REGISTERED, *paid(BIDDER), said(a_licence_change(), "suspended"))
    assert monitor.open_rules() == {"C301"}
    monitor.send(said(a_licence(certificate_no="粤JZ安许证字[2025]000009"), "another"))
    assert monitor.open_rules() == set()


def test_a_clue_under_investigation_is_not_withdrawn_by_evidence(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.send_each(OPENING, REGISTERED)
    clue_id = monitor_anywhere.clues()["E105"].clue_id
    monitor_anywhere.decide(clue_id, "investigate")
    monitor_anywhere.send(said(a_payment(), "late"))
    clue = monitor_anywhere.clues()["E105"]
    assert (clue.status, clue.evidence_changed, clue.stands) == ("under-investigation", True, False)
    assert clue.history[-1]["caused_by"] == f"{SOURCE}#late"
    monitor_anywhere.decide(clue_id, "clear", "已补缴，材料齐全")
    assert monitor_anywhere.clues()["E105"].status == "cleared"


def test_a_confirmed_clue_stays_confirmed_and_says_that_its_evidence_changed(monitor: Monitor) -> None:
    monitor.send_each(OPENING, REGISTERED)
    clue_id = monitor.clues()["E105"].clue_id
    monitor.decide(clue_id, "investigate")
    monitor.decide(clue_id, "confirm", "查实")
    monitor.send(said(a_payment(), "late"))
    clue = monitor.clues()["E105"]
    assert (clue.status, clue.evidence_changed) == ("confirmed", True)


def test_an_acknowledged_clue_is_withdrawn_by_evidence(monitor: Monitor) -> None:
    monitor.send_each(OPENING, REGISTERED)
    monitor.decide(monitor.clues()["E105"].clue_id, "acknowledge")
    monitor.send(said(a_payment(), "late"))
    assert monitor.clues()["E105"].status == "withdrawn"


def test_only_who_is_named_in_a_bid_is_judged_and_watched(monitor: Monitor) -> None:
    monitor.send_each(OPENING, REGISTERED, *paid(RIVAL), said(a_registration(person=SOMEONE_ELSE), "else"))
    assert [row.person_id for row in monitor.rows(APPOINTMENTS)] == [LEAD.person_id]
    watched = {row.subject for row in monitor.rows(WATCHED)}
    assert {f"org:{BIDDER.uscc}", f"org:{RIVAL.uscc}"} <= watched


def test_a_jurisdiction_s_policy_decides_there_and_nowhere_else(tmp_path_factory: pytest.TempPathFactory) -> None:
    policy = PolicyBook(jurisdictions={"440300": Policy(lookback_months=1)})
    monitor = Monitor(Settings(data=tmp_path_factory.mktemp("policy"), policy=policy))
    told_complete(monitor, *CLOSED, said(a_closing(area="440300"), "shenzhen"))
    shenzhen = said(a_bid_opening(tender_id="T-2", jurisdiction="440300", project_code="P-2"), "opening-2")
    monitor.send_each(OPENING, shenzhen, REGISTERED, said(a_payment(month="2025-04", payer=RIVAL), "april"))
    rules = {(row.tender_id, row.rule) for row in _rows(monitor)}
    assert rules == {("T-2025-001", "E101"), ("T-2025-001", "E102"), ("T-2", "E105")}
    monitor.close()


def _rows(monitor: Monitor) -> list[Any]:
    return [row for row in monitor.rows(CLUES) if row.status != "withdrawn"]


def test_the_licence_of_a_consortiums_leader_is_met_whenever_it_comes(monitor: Monitor) -> None:
    opening = said(a_bid_opening(bids=(a_bid(bidder=a_firm("联合体一号"), consortium=(BIDDER, RIVAL)),)), "opening")
    monitor.send(opening, said(a_licence(), "licence"))
    assert "C301" not in monitor.open_rules()
    monitor.send(said(a_licence_change(), "suspended"))
    assert "C301" in monitor.open_rules()
