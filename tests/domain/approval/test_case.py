"""A case is a pure fold of what is recorded about it."""

from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.approval import ApprovalCase, Light, approval_case
from domain.evidence import RecordedFact, standing
from domain.facts.approvals import ApprovalRecorded
from domain.policy import Policy, PolicyBook
from tests.approval_builders import (
    CASE,
    LONG_AFTER,
    a_case,
    a_certificate,
    a_correction_request,
    a_pause,
    accepted,
    an_entry,
    approved,
    case_of,
    instant,
    light,
)
from tests.builders import a_correction, in_order, recorded

WHOLE = (
    an_entry("submitted", "03-02"),
    *a_correction_request("03-03", "03-05"),
    accepted("03-06", 5, step="受理"),
    an_entry("accepted", "03-09", step="审查", limit_working_days=3),
    *a_pause("03-10", "03-17", step="审查"),
    approved("03-19", step="决定", document_no="粤建许〔2026〕1号"),
)


def shown(case: ApprovalCase) -> tuple[object, ...]:
    """What must not depend on the order of arrival."""
    clocks = tuple((clock.deadline, clock.used(case.now), clock.light(case.now, case.margin)) for clock in case.clocks)
    steps = tuple((step.name, step.limit, step.course.ended) for step in case.steps)
    return case.entries, case.state, case.closed, case.moments, case.certificate_in_step, clocks, steps


@given(st.permutations(in_order((*WHOLE, a_certificate()))))
def test_any_order_of_arrival_gives_the_same_case(arrived: list[RecordedFact]) -> None:
    assert shown(case_of(arrived)) == shown(case_of(in_order((*WHOLE, a_certificate()))))


def test_entries_stand_as_it_happened_and_remember_when_they_were_recorded() -> None:
    case = a_case(approved("03-06"), accepted("03-02"), an_entry("submitted", "03-01"))
    assert [entry.state for entry in case.entries] == ["submitted", "accepted", "approved"]
    assert [entry.fact.position for entry in case.entries] == [3, 2, 1]


def test_entries_of_one_moment_follow_each_other_as_a_case_goes() -> None:
    states = ("approved", "submitted", "accepted")
    for order in permutations(states):
        case = a_case(*(an_entry(state, "03-02") for state in order))
        assert [entry.state for entry in case.entries] == ["submitted", "accepted", "approved"]


@pytest.mark.parametrize(
    ("states", "closed"),
    [
        (("accepted", "approved"), "approved"),
        (("accepted", "approved-with-gaps"), "approved-with-gaps"),
        (("accepted", "rejected"), "rejected"),
        (("submitted", "refused"), "refused"),
        (("accepted", "withdrawn"), "withdrawn"),
        (("submitted", "refused", "submitted"), None),
        (("accepted", "approved", "revoked"), "approved"),
        (("approved", "accepted"), "approved"),
        (("accepted", "approved", "accepted"), None),
    ],
)
def test_a_case_ends_with_its_last_decision_unless_it_is_taken_up_again(
    states: tuple[str, ...], closed: str | None
) -> None:
    case = a_case(*(an_entry(state, f"03-{day:02d}") for day, state in enumerate(states, 2)))
    assert (case.closed.state if case.closed else None) == closed


def test_the_window_accepts_where_the_department_does_not_say() -> None:
    case = a_case(an_entry("window-accepted", "03-02"), approved("03-06"))
    assert case.accepted is not None
    assert case.accepted.state == "window-accepted"


def test_a_step_ends_when_the_next_begins_and_the_last_with_the_case() -> None:
    case = a_case(*WHOLE)
    assert [(step.name, step.course.ended) for step in case.steps] == [
        ("受理", instant("03-09")),
        ("审查", instant("03-19")),
        ("决定", instant("03-19")),
    ]


def test_a_step_has_a_light_of_its_own_and_the_case_shows_the_worst() -> None:
    case = a_case(accepted("03-02", 20, step=None), an_entry("accepted", "03-03", step="审查", limit_working_days=2))
    assert case.clock is not None
    (step,) = case.steps
    assert step.clock is not None
    now = instant("03-06")
    assert case.clock.light(now, case.margin) is Light.GREEN
    assert step.clock.light(now, case.margin) is Light.RED
    assert case.light(now) is Light.RED


def test_a_step_decided_by_itself_does_not_wait_for_the_next() -> None:
    first = [an_entry("accepted", "03-02", step="规划", limit_working_days=2), approved("03-03", step="规划")]
    case = a_case(*first, an_entry("accepted", "03-20", step="施工", limit_working_days=9))
    assert light(case, "03-23") is Light.GREEN
    assert case.decided is None


def test_the_strictest_of_the_stated_and_the_published_limit_counts() -> None:
    table = Policy.model_validate({"limits": "yanjin"})
    assert a_case(accepted(limit=20), policy=table).limit == 12
    assert a_case(accepted(limit=5), policy=table).limit == 5
    assert a_case(accepted(limit=None), policy=table).limit == 12
    assert a_case(accepted(limit=None)).limit is None


def test_the_steps_that_a_case_may_have_are_those_of_its_category() -> None:
    table = Policy.model_validate({"limits": "yanjin"})
    steps = [an_entry("accepted", day, step=name) for day, name in (("03-03", "受理"), ("03-04", "审查"))]
    case = a_case(accepted(), *steps, policy=table)
    assert (len(case.steps), case.most_steps) == (2, 3)
    assert a_case(accepted(category="政府投资房屋建筑"), policy=table).most_steps is None
    assert a_case(accepted()).most_steps is None


def test_the_lower_end_of_a_range_stands_beside_the_limit_unless_the_case_states_a_stricter_one() -> None:
    table = Policy.model_validate({"limits": "jiangmen"})
    case = a_case(accepted(limit=None), an_entry("accepted", "03-03", step="联合验收"), policy=table)
    assert (case.limit, case.lower_limit) == (20, 16)
    assert [(clock.limit, clock.lower_limit) for clock in case.clocks] == [(20, 16), (9, 5)]
    assert a_case(accepted(limit=18), policy=table).lower_limit == 16
    assert a_case(accepted(limit=16), policy=table).lower_limit is None
    assert a_case(accepted(limit=10), policy=table).lower_limit is None


def test_the_limit_stated_last_counts() -> None:
    assert a_case(accepted(limit=10), an_entry("special-finished", "03-04", limit_working_days=15)).limit == 15


def test_the_jurisdiction_is_that_stated_else_that_of_the_project() -> None:
    assert a_case(accepted()).jurisdiction == "440106"
    assert a_case(accepted(jurisdiction="620702")).jurisdiction == "620702"
    assert a_case(accepted(project_code="P-1")).jurisdiction == ""


def test_a_policy_of_the_jurisdiction_lights_the_case() -> None:
    policies = PolicyBook.model_validate({"jurisdictions": {"62": {"limits": "zhangye"}}})
    facts = standing(in_order([accepted(limit=None, jurisdiction="620702", category="工业项目")]))
    case = approval_case(CASE, facts, policies=policies, now=LONG_AFTER)
    assert case is not None
    assert case.limit == 55


def test_a_correction_moves_an_entry() -> None:
    wrong = recorded(approved("03-27"), id="wrong")
    right = recorded(a_correction(wrong, approved("03-05")))
    entries = [recorded(accepted("03-02", 5)), wrong]
    assert case_of(entries).light(LONG_AFTER) is Light.RED
    assert case_of([*entries, right]).light(LONG_AFTER) is Light.GREEN


def test_a_case_without_entries_is_none() -> None:
    facts = in_order([an_entry(case_id="AP-2")])
    assert approval_case(CASE, facts, policies=PolicyBook(), now=LONG_AFTER) is None


def test_the_same_request_for_corrections_sent_twice_counts_once() -> None:
    case = a_case(*a_correction_request("03-03", "03-05"), *a_correction_request("03-03"))
    assert len(case.corrections) == 1


STATES = st.sampled_from(
    ["submitted", "accepted", "special-started", "special-finished", "correction-started", "approved", "withdrawn"]
)
ENTRIES = st.lists(
    st.builds(
        lambda state, day, hour, step: an_entry(
            state, f"03-{day:02d} {hour:02d}:00", step=step, special_procedure="听证", limit_working_days=day % 7
        ),
        STATES,
        st.integers(1, 31),
        st.integers(0, 23),
        st.sampled_from([None, "受理", "审查"]),
    ),
    min_size=1,
    max_size=8,
)


@given(ENTRIES, st.randoms(use_true_random=False), st.integers(1, 60))
def test_whatever_was_said_the_order_of_arrival_does_not_matter(
    said: list[ApprovalRecorded], random: object, day: int
) -> None:
    facts = list(in_order(said))
    now = f"{3 + day // 31:02d}-{day % 30 + 1:02d}"
    one = case_of(facts, now=now)
    random.shuffle(facts)  # type: ignore[attr-defined]
    assert shown(case_of(facts, now=now)) == shown(one)


@given(ENTRIES, st.integers(1, 90), st.integers(0, 86_399))
def test_a_light_turns_only_at_the_moments_announced(said: list[ApprovalRecorded], day: int, second: int) -> None:
    """Between two moments of a case no light changes."""
    start = instant("03-01 00:00")
    now = start + timedelta(days=day, seconds=second)
    case = case_of(in_order(said), now=now)
    before = [moment for moment in case.moments if moment <= now]
    since = max(before, default=start - timedelta(days=400))
    assert case.light(max(since, start)) == case.light(now)
