"""Which clues are one piece of work, and what they make together."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clues.context import ClueContext, ClueStatus
from domain.matters.matter import ClueInMatter, MatterKind, matter_key, matter_of
from domain.rule import Severity
from tests.builders import RIVAL, a_firm
from tests.clue_builders import CONTEXT, CONTEXTS, OPENING

SUBJECT = CONTEXT.case_group.removeprefix("appointments:")
A_CLUE = ClueInMatter(ClueStatus.RAISED, Severity.HIGH, False, "E101", ("440100",), "2025-06-18", "2025-06-18")


def other(case_kind: str, **given: object) -> ClueContext:
    return replace(CONTEXTS[case_kind], **given)  # type: ignore[arg-type]


def test_clues_about_one_lead_of_one_bidder_in_one_lot_are_one_matter() -> None:
    later = replace(CONTEXT, title="另一标题", jurisdiction="440300", occurred_at=OPENING + timedelta(days=1))
    assert matter_key(CONTEXT) == matter_key(later)
    assert matter_key(CONTEXT).kind is MatterKind.LEAD


def test_what_is_found_after_the_award_belongs_to_the_matter_of_the_same_lead() -> None:
    assert matter_key(replace(CONTEXT, case_group=f"won_lots:{SUBJECT}")) == matter_key(CONTEXT)


def test_another_lead_another_bidder_and_another_lot_are_other_matters() -> None:
    person, bidder, lot = SUBJECT.split("|")
    others = ("|".join(parts) for parts in (("person:b2", bidder, lot), (person, "x", lot), (person, bidder, "T/2")))
    keys = {matter_key(replace(CONTEXT, case_group=f"appointments:{subject}")) for subject in others}
    assert len(keys | {matter_key(CONTEXT)}) == 4


def test_a_clue_of_the_lot_about_one_bid_is_apart_from_those_about_the_lot() -> None:
    about_bid, about_lot = matter_key(CONTEXTS["lots"]), matter_key(other("lots", bidder=None))
    about_rival = matter_key(other("lots", bidder=RIVAL))
    assert [about_bid.kind, about_lot.kind] == [MatterKind.BID, MatterKind.LOT]
    assert len({about_bid, about_lot, about_rival}) == 3


def test_one_person_on_two_sites_is_two_matters() -> None:
    assert matter_key(CONTEXTS["sites"]) != matter_key(other("sites", project_code="P-2"))
    assert matter_key(CONTEXTS["sites"]) == matter_key(other("sites", bidder=a_firm("另一承包单位")))


@pytest.mark.parametrize("case_kind", ["approvals", "payers", "departments"])
def test_every_other_case_is_one_matter(case_kind: str) -> None:
    assert matter_key(CONTEXTS[case_kind]) == matter_key(other(case_kind, title="改名", bidder=RIVAL))


def test_ids_of_different_kinds_differ() -> None:
    assert len({matter_key(context).id for context in CONTEXTS.values()}) == len(CONTEXTS)


def test_a_matter_waits_while_one_of_its_clues_waits() -> None:
    made = matter_of([A_CLUE, replace(A_CLUE, status=ClueStatus.CLEARED), replace(A_CLUE, status=ClueStatus.WITHDRAWN)])
    assert (made.status, made.clues, made.open_clues) == (ClueStatus.RAISED, 3, 1)


def test_a_matter_is_as_grave_as_the_gravest_of_its_open_clues() -> None:
    closed = replace(A_CLUE, status=ClueStatus.WITHDRAWN, rule="E102", candidate=True)
    low = replace(A_CLUE, severity=Severity.LOW)
    assert (matter_of([closed, low]).severity, matter_of([closed, low]).candidate) == (Severity.LOW, False)
    assert matter_of([closed]).severity is Severity.HIGH
    assert matter_of([closed, low]).rules == ("E101",)


clues = st.builds(
    ClueInMatter,
    st.sampled_from(ClueStatus),
    st.sampled_from(Severity),
    st.booleans(),
    st.sampled_from(["E101", "E102", "C302"]),
    st.sampled_from([("440100",), ("440100", "440300"), ()]),
    st.sampled_from(["2025-06-18", "2025-06-19"]),
    st.sampled_from(["2025-06-19", "2025-06-20"]),
)


@given(st.lists(clues, min_size=1, max_size=5).flatmap(lambda made: st.tuples(st.just(made), st.permutations(made))))
def test_the_order_of_its_clues_changes_nothing(orders: tuple[list[ClueInMatter], list[ClueInMatter]]) -> None:
    one, another = orders
    assert matter_of(one) == matter_of(another)
