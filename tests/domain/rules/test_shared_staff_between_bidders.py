"""T401: one person named in two bids of one lot."""

import pytest

from domain.evidence.lot import lot_case
from domain.facts.bidding import StaffMember
from domain.facts.fact import Org
from domain.policy import PolicyBook
from domain.rule import RULEBOOK, FindingOutcome, Severity, judge
from tests.builders import BIDDER, BRANCH, LEAD, RIVAL, SOMEONE_ELSE, THIRD, a_bid, a_bid_opening, in_order
from tests.cross_bid_builders import a_lot, lot_findings, person, staff

T401 = "T401"


def test_a_lead_named_by_two_bidders_is_a_mismatch_of_high_severity() -> None:
    (found,) = lot_findings(T401, a_bid(), a_bid(bidder=RIVAL))
    assert (found.outcome, found.severity) == (FindingOutcome.MISMATCH, Severity.HIGH)
    assert (found.subject, found.discriminator) == ("lot:T-2025-001/1", LEAD.person_id)
    assert BIDDER.name in found.explanation.zh
    assert RIVAL.name in found.explanation.en
    assert len(found.facts) == 1


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (a_bid(staff=staff(SOMEONE_ELSE)), a_bid(bidder=RIVAL, person=SOMEONE_ELSE)),
        (a_bid(staff=staff(person(1))), a_bid(bidder=RIVAL, person=SOMEONE_ELSE, staff=staff(person(1)))),
    ],
    ids=["staff here and lead there", "staff in both"],
)
def test_staff_count_as_leads_do(mine: object, theirs: object) -> None:
    assert len(lot_findings(T401, mine, theirs)) == 1  # type: ignore[arg-type]


def test_bids_that_name_different_people_say_nothing() -> None:
    assert lot_findings(T401, a_bid(staff=staff(person(1))), a_bid(bidder=RIVAL, person=SOMEONE_ELSE)) == []


def test_every_person_shared_is_a_finding_and_three_bidders_are_one() -> None:
    shared = staff(person(1), person(2))
    bids = [
        a_bid(bidder=bidder, person=person(10 + number), staff=shared)
        for number, bidder in enumerate((BIDDER, RIVAL, THIRD))
    ]
    found = lot_findings(T401, *bids)
    assert [finding.discriminator for finding in found] == [person(1).person_id, person(2).person_id]
    assert "3 bidders" in found[0].explanation.en


def test_one_firm_shares_nobody_with_itself() -> None:
    assert lot_findings(T401, a_bid(staff=staff(LEAD)), a_bid(price="2.00")) == []
    assert lot_findings(T401, a_bid(), a_bid(bidder=Org(name=BIDDER.name))) == []


def test_a_branch_of_the_other_bidder_asks_for_a_look() -> None:
    (found,) = lot_findings(T401, a_bid(), a_bid(bidder=BRANCH))
    assert (found.outcome, found.severity) == (FindingOutcome.SUSPECT, Severity.LOW)


def test_disqualified_bids_count_too() -> None:
    assert len(lot_findings(T401, a_bid(disqualified=True), a_bid(bidder=RIVAL))) == 1


def test_a_correction_of_the_opening_flips_it() -> None:
    wrong = a_bid_opening(bids=(a_bid(), a_bid(bidder=RIVAL)))
    right = a_bid_opening(bids=(a_bid(), a_bid(bidder=RIVAL, person=SOMEONE_ELSE)))
    flipped = [lot_case(in_order([opening]), policies=PolicyBook()) for opening in (wrong, right)]
    assert [len([each for each in judge(case) if each.rule == T401]) for case in flipped if case] == [1, 0]


def test_announced_again_a_bidders_latest_bid_counts() -> None:
    first = a_bid_opening(bids=(a_bid(), a_bid(bidder=RIVAL)))
    later = a_bid_opening(bids=(a_bid(bidder=RIVAL, person=SOMEONE_ELSE),), opened_at="2025-06-18T11:00:00+08:00")
    for facts in ([first, later], [later, first]):
        case = lot_case(in_order(facts), policies=PolicyBook())
        assert case is not None
        assert [bid.bidder for bid in case.bids] == [BIDDER, RIVAL]
        assert [each for each in judge(case) if each.rule == T401] == []


def test_no_explanation_names_the_person_and_parties_are_told_nothing() -> None:
    (found,) = lot_findings(T401, a_bid(), a_bid(bidder=RIVAL))
    assert LEAD.person_id not in found.explanation.zh + found.explanation.en
    assert all(RULEBOOK[code].supervisors_only for code in ("T401", "T402", "T403", "T404", "T405"))


def test_findings_about_different_people_say_who_names_them_as_what() -> None:
    """A lead shared and a member shared by the same two bidders read differently, in both languages."""
    shared = staff(person(1))
    first, second = lot_findings(T401, a_bid(staff=shared), a_bid(bidder=RIVAL, staff=shared))
    said = {found.discriminator: found.explanation for found in (first, second)}
    assert f"“{RIVAL.name}”列为项目负责人" in said[LEAD.person_id].zh
    assert f"{BIDDER.name} as project lead" in said[LEAD.person_id].en
    assert f"“{RIVAL.name}”列为项目管理成员（安全员）" in said[person(1).person_id].zh
    assert f"{BIDDER.name} as staff (安全员)" in said[person(1).person_id].en


def test_members_are_told_apart_by_the_roles_their_bids_give_them() -> None:
    """One and the same bid may give a person several roles."""
    here = (*staff(person(1), person(2)), StaffMember(person=person(2), role="质量员"))
    there = (*staff(person(1)), StaffMember(person=person(2), role="施工员"))
    one, other = lot_findings(T401, a_bid(staff=here), a_bid(bidder=RIVAL, person=SOMEONE_ELSE, staff=there))
    assert f"“{RIVAL.name}”列为项目管理成员（安全员）" in one.explanation.zh
    assert f"{BIDDER.name} as staff (安全员, 质量员), {RIVAL.name} as staff (施工员)" in other.explanation.en


def test_members_of_one_role_are_counted_so_that_no_two_findings_read_alike() -> None:
    shared = staff(person(1), person(2))
    found = lot_findings(T401, a_bid(staff=shared), a_bid(bidder=RIVAL, person=SOMEONE_ELSE, staff=shared))
    assert len({finding.explanation.zh for finding in found}) == 2
    assert "同此情形2人之1" in found[0].explanation.zh
    assert "2 of 2 so named" in found[1].explanation.en


def test_findings_about_different_lots_name_the_lot() -> None:
    bids = (a_bid(), a_bid(bidder=RIVAL))
    said = set()
    for lot_id in ("1", "2"):
        (found,) = [each for each in judge(a_lot(*bids, lot_id=lot_id)) if each.rule == T401]
        assert f"标段T-2025-001/{lot_id}" in found.explanation.zh
        said.add(found.explanation.en)
    assert len(said) == 2
