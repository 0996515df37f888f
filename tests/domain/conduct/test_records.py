"""A conduct record counts within its term, and never while it is open to doubt."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.conduct.records import ConductState, conduct_records
from domain.conduct.terms import Term
from domain.evidence.recorded import RecordedFact
from domain.facts.conducts import (
    ConductCorrected,
    ConductFact,
    ConductObjected,
    ConductRecorded,
    ConductRestored,
    ConductUpheld,
    ConductWithdrawn,
)
from domain.facts.messages import MESSAGES
from domain.policy import PolicyBook
from domain.working_days import OFFICIAL_WORKING_DAYS as DAYS
from tests.domain.conduct.test_terms import a_record

SOURCE = "urn:housing"
POLICIES = PolicyBook()
REPORTED = datetime(2024, 6, 1, 4, tzinfo=UTC)
IN_TERM = date(2024, 8, 1)
"""Within the term of the record, and so is no other day named here."""


def fact(data: ConductFact, days: int = 0, *, source: str = SOURCE) -> RecordedFact:
    """Said so many days after the record was made."""
    said = {
        "specversion": "1.0",
        "type": data.type_name(),
        "source": source,
        "id": f"{data.KIND}-{days}",
        "time": (REPORTED + timedelta(days=days)).isoformat(),
        "data": data.model_dump(mode="json"),
    }
    return RecordedFact(MESSAGES[data.type_name()].model_validate(said), days + 1, REPORTED)


def about(cls: type[ConductFact], /, **given: Any) -> ConductFact:
    return cls(**a_record().model_dump() | given)


RECORDED = fact(a_record())


def state(*facts: RecordedFact, on: date = IN_TERM) -> ConductState:
    (found,) = conduct_records(facts, POLICIES, on=on)
    return found.state


def test_a_record_goes_from_proposed_to_expired() -> None:
    days = [date(2024, 6, 2), date(2024, 6, 3), date(2024, 6, 25), date(2024, 6, 26), date(2024, 12, 25)]
    states = [state(RECORDED, on=day) for day in (*days, date(2024, 12, 26), date(2034, 1, 1))]
    assert states == ["proposed", "published", "published", "in-force", "in-force", "expired", "expired"]


def test_a_record_that_was_never_published_is_proposed_for_ever() -> None:
    assert state(fact(a_record(published_on=None)), on=date(2034, 1, 1)) is ConductState.PROPOSED


def test_an_objection_holds_a_record_back_until_it_is_checked() -> None:
    objected = fact(about(ConductObjected), 3)
    assert state(RECORDED, objected) is ConductState.OBJECTED
    assert state(RECORDED, objected, on=date(2034, 1, 1)) is ConductState.OBJECTED
    assert state(RECORDED, objected, fact(about(ConductUpheld), 9)) is ConductState.IN_FORCE
    assert state(RECORDED, objected, fact(about(ConductCorrected, what="迟到"), 9)) is ConductState.IN_FORCE
    assert state(RECORDED, objected, fact(about(ConductUpheld), 9), fact(about(ConductObjected), 20)) == "objected"


def test_an_answer_settles_only_the_objection_whose_number_it_bears() -> None:
    objections = [fact(about(ConductObjected, objection_no=number), 3 + place) for place, number in enumerate("12")]
    answers = [
        fact(about(cls, objection_no=number), day)
        for cls, number, day in ((ConductUpheld, "1", 9), (ConductCorrected, "2", 12), (ConductUpheld, None, 15))
    ]
    assert state(RECORDED, *objections, answers[2]) is ConductState.OBJECTED
    assert state(RECORDED, *objections, answers[0], answers[2]) is ConductState.OBJECTED
    assert state(RECORDED, *objections, *answers[:2]) is ConductState.IN_FORCE


def test_a_place_has_periods_terms_and_working_days_of_its_own() -> None:
    own = {"conduct": {"bad_notice_days": 5}, "local_working_days": {"2024-06-04": False}}
    policies = PolicyBook.model_validate(
        {"default": {"conduct": {"fewest_bad_months": 12}}, "jurisdictions": {"4401": own}}
    )
    recorded = fact(a_record(jurisdiction="440100"))
    (found,) = conduct_records([recorded], policies, on=IN_TERM)
    assert found.objectable_to == date(2024, 6, 12)
    assert found.term == Term(date(2024, 6, 13), date(2025, 6, 12))


def test_a_record_that_is_said_again_is_still_objected_to() -> None:
    again = fact(a_record(what="迟到"), 9)
    assert state(RECORDED, fact(about(ConductObjected), 3), again) is ConductState.OBJECTED


def test_a_correction_that_is_published_anew_can_be_objected_to_anew() -> None:
    corrected = fact(about(ConductCorrected, published_on=date(2024, 7, 25)), 54)
    assert state(RECORDED, corrected) is ConductState.PUBLISHED


def test_a_correction_does_not_bring_back_what_was_withdrawn() -> None:
    withdrawn, corrected = fact(about(ConductWithdrawn), 5), fact(about(ConductCorrected), 9)
    assert state(RECORDED, withdrawn, corrected) is ConductState.WITHDRAWN
    assert state(RECORDED, withdrawn, fact(a_record(), 9)) is ConductState.WITHDRAWN


def test_good_conduct_that_was_reported_too_late_never_counts() -> None:
    good = a_record(kind="good", happened_on=date(2024, 4, 1), published_on=date(2024, 6, 3))
    assert state(fact(good), on=date(2024, 9, 1)) is ConductState.LATE
    in_time = a_record(kind="good", happened_on=date(2024, 5, 20), published_on=date(2024, 6, 3))
    assert state(fact(in_time), on=date(2024, 9, 1)) is ConductState.IN_FORCE


def test_rectification_ends_a_record_sooner() -> None:
    restored = fact(about(ConductRestored, effective_to=date(2024, 10, 31)), 60)
    assert state(RECORDED, restored, on=date(2024, 10, 31)) is ConductState.IN_FORCE
    assert state(RECORDED, restored, on=date(2024, 11, 1)) is ConductState.EXPIRED


def test_another_source_can_neither_withdraw_nor_correct_a_record() -> None:
    foreign = fact(about(ConductWithdrawn), 5, source="urn:elsewhere")
    assert [found.state for found in conduct_records([RECORDED, foreign], POLICIES, on=IN_TERM)] == ["in-force"]


def test_an_objection_to_nothing_is_no_record() -> None:
    assert conduct_records([fact(about(ConductObjected))], POLICIES, on=IN_TERM) == ()


KINDS = (ConductRecorded, ConductObjected, ConductUpheld, ConductCorrected, ConductWithdrawn, ConductRestored)
STEPS = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 400), st.integers(-60, 400), st.sampled_from(["good", "bad"])),
    min_size=1,
    max_size=6,
    unique_by=lambda step: step[1],
)


def told(steps: Sequence[tuple[type[ConductFact], int, int, str]]) -> list[RecordedFact]:
    start = REPORTED.date()
    return [
        fact(
            about(
                cls,
                kind=kind,
                happened_on=start,
                published_on=start + timedelta(days=published),
                effective_to=start + timedelta(days=published + 300),
            ),
            days,
        )
        for cls, days, published, kind in steps
    ]


def working_days_between(first: date, day: date) -> int:
    """After ``first`` and before ``day``, counted day by day."""
    between = (first + timedelta(days=number) for number in range(1, (day - first).days))
    return sum(map(DAYS.is_working, between))


@given(STEPS, st.randoms(), st.dates(date(2024, 1, 1), date(2026, 12, 31)))
def test_in_any_order_of_arrival_a_record_counts_within_its_term_alone(steps: Any, random: Any, day: date) -> None:
    """Its notice is over on every day on which it counts, by a calendar that counts day by day."""
    facts = told(steps)
    found = conduct_records(facts, POLICIES, on=day)
    random.shuffle(facts)
    assert conduct_records(facts, POLICIES, on=day) == found
    for record in found:
        kinds = [type(each.data) for each in record.facts]
        if record.state is ConductState.IN_FORCE:
            published = record.content.published_on
            assert published is not None
            assert working_days_between(published, day) >= (30 if record.content.kind == "good" else 15)
            assert record.term is not None
            assert record.term.last is not None
            assert record.term.first <= day <= record.term.last
            assert ConductWithdrawn not in kinds
