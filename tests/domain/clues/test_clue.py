"""The life of a clue: given what happened, when judged or decided about, then what happens."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.access import Actor, Role
from domain.clues.clue import COMMANDS, Clue, ClueStatus, clue_id, fingerprint
from domain.clues.events import (
    Acknowledged,
    CandidacyChanged,
    Cleared,
    Confirmed,
    EvidenceChanged,
    Explained,
    InvestigationOpened,
    Raised,
    Reopened,
    Revised,
    Withdrawn,
)
from domain.employers import EmployerMatch, Outcome
from domain.errors import NotAllowed, NotEntitled, NotFound
from domain.rule import Finding, FindingOutcome, Severity
from tests.builders import BIDDER, TENDERER
from tests.clue_builders import (
    BY_BIDDER,
    BY_RIVAL,
    BY_TENDERER,
    CONTEXT,
    CONTEXTS,
    ELSEWHERE,
    OPENING,
    PROVINCE,
    SUPERVISOR,
    a_clue,
    a_fact_ref,
    a_finding,
    cleared,
    confirmed,
    consistent,
    happened,
    hours_later,
    judged,
    replayed,
    stored,
    under_investigation,
)

unhurried = settings(deadline=None)


def withdrawn() -> Clue:
    clue = a_clue()
    judged(clue, consistent())
    clue.collect_events()
    return clue


def acknowledged() -> Clue:
    clue = a_clue()
    clue.acknowledge(SUPERVISOR, at=hours_later(1))
    clue.collect_events()
    return clue


MAKERS: dict[ClueStatus, Callable[[], Clue]] = {
    ClueStatus.RAISED: a_clue,
    ClueStatus.ACKNOWLEDGED: acknowledged,
    ClueStatus.UNDER_INVESTIGATION: under_investigation,
    ClueStatus.CONFIRMED: confirmed,
    ClueStatus.CLEARED: cleared,
    ClueStatus.WITHDRAWN: withdrawn,
}


@pytest.mark.parametrize("outcome", list(FindingOutcome))
def test_only_mismatch_and_suspect_raise_a_clue(outcome: FindingOutcome) -> None:
    clue = judged(None, a_finding(outcome=outcome, severity=Severity.LOW if outcome.makes_clue else None))

    assert happened(clue) == ([Raised] if outcome in ("mismatch", "suspect") else [])


def test_no_finding_raises_nothing() -> None:
    assert judged(None, None) is None


def test_a_raised_clue_says_what_the_finding_says_and_about_which_appointment() -> None:
    match = EmployerMatch(Outcome.DIFFERENT, "codes_differ", "…")
    finding = a_finding("march", "may", employer_match=match)
    clue = judged(None, finding, candidate=True, at=OPENING, caused_by="urn:trading#7")

    assert clue is not None
    assert clue.finding == finding
    assert clue.context == CONTEXT
    assert (clue.id, clue.status, clue.severity, clue.candidate) == (clue_id(finding), "raised", "high", True)
    assert (clue.raised_at, clue.revised_at) == (OPENING, None)
    (step,) = clue.history
    assert (step.what, step.at, step.caused_by) == ("raised", OPENING, "urn:trading#7")


@pytest.mark.parametrize("status", list(ClueStatus))
def test_the_same_judgement_again_changes_nothing(status: ClueStatus) -> None:
    clue = MAKERS[status]()
    finding = consistent() if status == "withdrawn" else a_finding()

    assert happened(judged(clue, finding)) == []


def test_where_a_fact_was_recorded_is_no_news() -> None:
    moved = replace(a_finding(), facts=(a_fact_ref("may", position=99),))

    assert fingerprint(moved) == fingerprint(a_finding())
    assert happened(judged(a_clue(), moved)) == []


def test_the_order_of_facts_is_no_news() -> None:
    assert fingerprint(a_finding("a", "b")) == fingerprint(a_finding("b", "a"))


@pytest.mark.parametrize(
    "other",
    [
        a_finding("april"),
        a_finding(says="另一句"),
        a_finding(severity=Severity.LOW),
        a_finding(outcome=FindingOutcome.SUSPECT),
        a_finding(rule_version=2),
        a_finding(employer_match=EmployerMatch(Outcome.DIFFERENT, "codes_differ")),
    ],
)
def test_a_finding_that_says_something_else_revises_an_open_clue(other: Finding) -> None:
    clue = a_clue()

    assert happened(judged(clue, other, at=hours_later(3))) == [Revised]
    assert (clue.finding, clue.severity, clue.revised_at) == (other, other.severity, hours_later(3))


def test_a_revision_leaves_the_status_where_it_is() -> None:
    clue = acknowledged()
    judged(clue, a_finding("april"))

    assert clue.status == "acknowledged"


def test_a_revision_is_material_when_a_reader_would_notice() -> None:
    clue = a_clue()
    judged(clue, a_finding("april"))
    judged(clue, a_finding("april", says="另一句"))

    assert [event.material for event in clue.collect_events() if isinstance(event, Revised)] == [False, True]


def test_a_corrected_appointment_revises_its_clue() -> None:
    clue = a_clue()
    corrected = replace(CONTEXT, jurisdiction="440106", title="更正后的标题")

    assert happened(judged(clue, a_finding(), context=corrected)) == [Revised]
    assert clue.context == corrected


@pytest.mark.parametrize("make", [a_clue, acknowledged])
@pytest.mark.parametrize("outcome", ["consistent", "exempt", "no_evidence"])
def test_a_finding_that_makes_no_clue_withdraws_an_open_one(make: Callable[[], Clue], outcome: str) -> None:
    clue = make()
    finding = a_finding("late", outcome=FindingOutcome(outcome), severity=None)

    assert happened(judged(clue, finding, caused_by="urn:test:insurance#late")) == [Withdrawn]
    assert (clue.status, clue.stands, clue.is_open) == ("withdrawn", False, False)
    assert clue.history[-1].caused_by == "urn:test:insurance#late"


def test_a_withdrawn_clue_says_why_and_keeps_the_severity_it_had() -> None:
    clue = withdrawn()

    assert (clue.finding.outcome, clue.severity) == ("consistent", "high")
    assert [step.outcome for step in clue.history] == ["mismatch", "consistent"]


def test_a_retracted_appointment_withdraws_its_clue() -> None:
    clue = a_clue()

    assert happened(judged(clue, None)) == [Withdrawn]
    assert (clue.finding, clue.context) == (a_finding(), CONTEXT)


def test_a_withdrawn_clue_is_not_withdrawn_again() -> None:
    clue = withdrawn()

    assert happened(judged(clue, None)) == []
    assert happened(judged(clue, consistent("more"))) == []


def test_a_returning_finding_reopens_the_same_clue() -> None:
    clue = withdrawn()

    assert happened(judged(clue, a_finding("april"), candidate=True)) == [Reopened]
    assert (clue.status, clue.stands, clue.candidate) == ("raised", True, True)


@pytest.mark.parametrize("make", [under_investigation, confirmed, cleared])
@pytest.mark.parametrize("finding", [consistent(), a_finding(says="另一句"), None])
def test_evidence_only_marks_a_clue_that_is_in_a_supervisors_hands(
    make: Callable[[], Clue], finding: Finding | None
) -> None:
    clue = make()
    status = clue.status

    assert happened(judged(clue, finding)) == [EvidenceChanged]
    assert (clue.status, clue.evidence_changed) == (status, True)
    assert happened(judged(clue, finding)) == []


def test_a_further_fact_that_changes_no_word_is_recorded_without_a_mark() -> None:
    clue = under_investigation()

    assert happened(judged(clue, a_finding("may", "april"))) == [EvidenceChanged]
    assert not clue.evidence_changed


@pytest.mark.parametrize("status", list(ClueStatus))
def test_a_candidacy_is_noted_unless_the_clue_is_withdrawn(status: ClueStatus) -> None:
    clue = MAKERS[status]()
    finding = consistent() if status == "withdrawn" else a_finding()

    judged(clue, finding, candidate=True)
    judged(clue, finding, candidate=True)
    judged(clue, finding, candidate=False)

    assert happened(clue) == ([] if status == "withdrawn" else [CandidacyChanged, CandidacyChanged])
    assert clue.status == status


@pytest.mark.parametrize(
    ("verb", "actor", "event", "possible", "then"),
    [
        ("acknowledge", SUPERVISOR, Acknowledged, {"raised"}, "acknowledged"),
        ("explain", BY_BIDDER, Explained, {"raised", "acknowledged", "under-investigation"}, None),
        ("investigate", SUPERVISOR, InvestigationOpened, {"raised", "acknowledged"}, "under-investigation"),
        ("confirm", SUPERVISOR, Confirmed, {"under-investigation"}, "confirmed"),
        ("clear", SUPERVISOR, Cleared, {"under-investigation"}, "cleared"),
    ],
)
@pytest.mark.parametrize("status", list(ClueStatus))
def test_a_command_is_carried_out_only_where_the_lifecycle_allows_it(
    verb: str, actor: Actor, event: type, possible: set[str], then: str | None, status: ClueStatus
) -> None:
    clue = MAKERS[status]()

    if status in possible:
        COMMANDS[verb](clue, actor, "有劳动合同", at=hours_later(5))
        assert happened(clue) == [event]
        assert clue.status == (then or status)
        step = clue.history[-1]
        assert (step.role, step.name, step.reason, step.at) == (actor.role, actor.name, "有劳动合同", hours_later(5))
    else:
        with pytest.raises(NotAllowed, match=status):
            COMMANDS[verb](clue, actor, "有劳动合同", at=hours_later(5))
        assert happened(clue) == []


@pytest.mark.parametrize("verb", ["acknowledge", "investigate", "confirm", "clear"])
@pytest.mark.parametrize("role", sorted(set(Role) - {Role.SUPERVISOR}))
def test_only_a_supervisor_decides(verb: str, role: Role) -> None:
    with pytest.raises(NotEntitled):
        COMMANDS[verb](a_clue(), Actor(role, "…", jurisdiction="440100", uscc=BIDDER.uscc), "…", at=OPENING)


@pytest.mark.parametrize("verb", ["acknowledge", "investigate", "confirm", "clear"])
@pytest.mark.parametrize("actor", [ELSEWHERE, Actor(Role.SUPERVISOR, "…")])
def test_to_a_supervisor_of_another_jurisdiction_there_is_no_such_clue(verb: str, actor: Actor) -> None:
    with pytest.raises(NotFound):
        COMMANDS[verb](a_clue(), actor, "…", at=OPENING)


def test_a_supervisor_up_the_line_may_decide() -> None:
    clue = a_clue()
    clue.acknowledge(PROVINCE, at=OPENING)

    assert clue.status == "acknowledged"


@pytest.mark.parametrize("party", [BIDDER, TENDERER])
@pytest.mark.parametrize("verb", ["acknowledge", "investigate", "confirm", "clear"])
def test_nobody_closes_the_own_case(verb: str, party: Any) -> None:
    clue = under_investigation() if verb in ("confirm", "clear") else a_clue()

    with pytest.raises(NotEntitled, match="own case"):
        COMMANDS[verb](clue, replace(SUPERVISOR, uscc=party.uscc), "…", at=OPENING)


def test_who_opened_an_investigation_may_end_it_and_both_are_on_record() -> None:
    clue = under_investigation()
    clue.clear(SUPERVISOR, "劳动合同与工资单齐全", at=hours_later(2))

    assert [(step.what, step.name) for step in clue.history[1:]] == [
        ("investigation-opened", SUPERVISOR.name),
        ("cleared", SUPERVISOR.name),
    ]


def test_a_rival_cannot_even_see_what_there_is_to_explain() -> None:
    with pytest.raises(NotFound):
        a_clue().explain(BY_RIVAL, "…", at=OPENING)


@pytest.mark.parametrize("actor", [SUPERVISOR, BY_TENDERER])
def test_only_the_bidder_explains(actor: Actor) -> None:
    with pytest.raises(NotEntitled):
        a_clue().explain(actor, "…", at=OPENING)


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_explaining_and_deciding_need_a_reason(reason: str | None) -> None:
    clue = under_investigation()
    for command in (clue.confirm, clue.clear):
        with pytest.raises(NotAllowed, match="reason"):
            command(SUPERVISOR, reason, at=OPENING)
    with pytest.raises(NotAllowed, match="reason"):
        clue.explain(BY_BIDDER, reason, at=OPENING)


@pytest.mark.parametrize("make", [confirmed, cleared])
def test_a_decided_clue_is_investigated_again_only_after_its_evidence_changed(make: Callable[[], Clue]) -> None:
    clue = make()
    with pytest.raises(NotAllowed):
        clue.investigate(SUPERVISOR, at=hours_later(3))

    judged(clue, a_finding(says="另一句"))
    clue.investigate(SUPERVISOR, at=hours_later(4))

    assert (clue.status, clue.evidence_changed) == ("under-investigation", False)


JUDGEMENTS = st.tuples(
    st.sampled_from([a_finding(), a_finding("april"), a_finding(says="另一句"), consistent(), None]), st.booleans()
)
COMMAND_VERBS = st.sampled_from(sorted(COMMANDS))


@unhurried
@given(st.lists(st.one_of(JUDGEMENTS, COMMAND_VERBS), max_size=12))
def test_a_replay_from_the_ledger_equals_the_live_clue_to_the_byte(happenings: list[Any]) -> None:
    clue = judged(None, a_finding(), at=OPENING)
    assert clue is not None
    events = list(clue.collect_events())
    for hour, happening in enumerate(happenings, start=1):
        if isinstance(happening, str):
            actor = BY_BIDDER if happening == "explain" else SUPERVISOR
            with suppress(NotAllowed):
                COMMANDS[happening](clue, actor, "有劳动合同", at=hours_later(hour))
        else:
            judged(clue, happening[0], candidate=happening[1], at=hours_later(hour))
        assert len(clue.pending_events) <= 1
        events += clue.collect_events()

    rows = stored(events)
    again = replayed(rows)

    assert again == clue
    assert [step.version for step in clue.history] == list(range(1, clue.version + 1))
    assert rows == stored(events)


def test_moments_are_kept_in_utc_whatever_zone_they_are_given_in() -> None:
    shanghai = timezone(timedelta(hours=8))
    one, other = a_clue(), a_clue()
    one.acknowledge(SUPERVISOR, at=OPENING)
    other.acknowledge(SUPERVISOR, at=OPENING.astimezone(shanghai))

    assert stored(one.collect_events()) == stored(other.collect_events())


def test_topics_in_the_ledger_name_no_module() -> None:
    clue = judged(None, a_finding(), at=OPENING)
    assert clue is not None
    clue.investigate(SUPERVISOR, at=hours_later(1))
    rows = stored(clue.collect_events())

    assert [row.topic for row in rows] == ["clue.raised.v1", "clue.investigation-opened.v1"]
    assert b'"originator_topic":"clue"' in rows[0].state


@pytest.mark.parametrize("case_kind", list(CONTEXTS))
def test_a_clue_of_every_kind_of_case_is_read_back_from_the_ledger(case_kind: str) -> None:
    clue = judged(None, a_finding(thresholds=(("fewest_moves", "3"),)), context=CONTEXTS[case_kind])
    assert clue is not None
    again = replayed(stored(clue.collect_events()))
    assert (again, again.context, again.context.case_kind) == (clue, CONTEXTS[case_kind], case_kind)
    assert again.finding.thresholds == (("fewest_moves", "3"),)


def test_a_changed_threshold_is_a_change_without_news() -> None:
    clue = a_clue()
    judged(clue, a_finding(thresholds=(("fewest_moves", "2"),)))
    (event,) = clue.collect_events()
    assert isinstance(event, Revised)
    assert not event.material


@pytest.mark.parametrize("case_kind", ["approvals", "payers", "departments"])
def test_a_clue_without_a_bidder_is_decided_by_its_supervisor_and_explained_by_nobody(case_kind: str) -> None:
    clue = a_clue(context=CONTEXTS[case_kind])
    with pytest.raises(NotFound):
        clue.explain(BY_BIDDER, "不是我们", at=hours_later(1))
    with pytest.raises(NotFound):
        clue.acknowledge(ELSEWHERE, at=hours_later(1))
    clue.acknowledge(SUPERVISOR, at=hours_later(1))
    assert clue.status == "acknowledged"
