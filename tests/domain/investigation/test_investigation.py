"""The steps of an investigation: who takes them, when, and what they come to."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from pydantic import ValidationError

from domain.access import Actor, Role
from domain.approval.lights import Light, Margin
from domain.errors import NotAllowed, NotEntitled, NotFound
from domain.investigating import Investigating, number_of
from domain.investigation.conclusion import Conclusion, Outcome
from domain.investigation.events import TAKEN, step_of
from domain.investigation.investigation import Investigation, open_investigation
from domain.investigation.numbering import open_register
from domain.investigation.officer import Colleague, Officer
from domain.investigation.parts import LARGEST_FILE, File, PauseGround, Term, TermName
from domain.investigation.steps import STEPS, State
from tests.builders import BIDDER
from tests.investigation_builders import (
    ABOUT,
    APPROVER,
    AT,
    BY_BIDDER,
    BY_RIVAL,
    CALENDAR,
    DEPUTY,
    ELSEWHERE,
    FOUR_EYES,
    HANDLER,
    HEAD,
    NOT_SUBSTANTIATED,
    NUMBERS,
    OF_THE_BIDDER,
    OFFICE,
    POLICY,
    REVIEWER,
    SUPERIOR,
    account,
    closed,
    colleague,
    content,
    days_later,
    decided,
    handled,
    opened,
    proposed,
    replayed,
    served,
)

WHY = "经核对原件"


def term(investigation: Investigation, name: TermName) -> Term:
    return [each for each in investigation.terms if each.name is name][-1]


def test_the_way_from_the_opening_to_the_closing_is_one_event_a_step() -> None:
    made = closed()
    assert [taken.step for taken in made.history] == ["open", "assign", "propose", "decide", "serve", "close"]
    assert content(replayed(made)) == content(made)


def test_every_step_says_who_took_it_in_which_role_and_for_which_office() -> None:
    (_, assigned) = handled().history
    assert assigned.by == {
        "account": account(1),
        "role": "supervisor",
        "name": account(1),
        "jurisdiction": OFFICE,
    }


def test_whoever_acts_as_a_deputy_is_on_record_with_the_account_it_stands_in_for() -> None:
    made = handled()
    deputy = Officer(replace(officer_of(9), acting_for=account(2)))
    made.note(deputy, WHY, POLICY, at=AT)
    assert (made.history[-1].by["account"], made.history[-1].by["acting_for"]) == (account(9), account(2))


def officer_of(number: int) -> Actor:
    return Actor(Role.SUPERVISOR, account(number), jurisdiction=OFFICE, account=account(number))


@pytest.mark.parametrize("stranger", [ELSEWHERE, BY_RIVAL])
def test_for_another_jurisdiction_and_another_bidder_it_does_not_exist(stranger: Officer) -> None:
    with pytest.raises(NotFound):
        handled().note(stranger, WHY, POLICY, at=AT)


def test_nobody_investigates_the_own_case_whatever_account_speaks_for_the_party() -> None:
    with pytest.raises(NotEntitled):
        handled().note(OF_THE_BIDDER, WHY, POLICY, at=AT)
    with pytest.raises(NotEntitled):
        open_investigation(NUMBERS[0], ABOUT, (), OF_THE_BIDDER, None, POLICY, at=AT)
    with pytest.raises(NotAllowed):
        opened().assign(colleague(8, organisations=frozenset({BIDDER.key})), None, HEAD, POLICY, at=AT)


def test_a_handler_of_another_jurisdiction_is_refused() -> None:
    with pytest.raises(NotAllowed):
        opened().assign(Colleague(account(7), "440300"), None, HEAD, POLICY, at=AT)


def test_only_a_head_assigns_where_the_policy_names_heads() -> None:
    policy = Investigating(heads=frozenset({account(1)}))
    with pytest.raises(NotEntitled):
        opened(policy).assign(colleague(2), None, HANDLER, policy, at=AT)
    opened(policy).assign(colleague(2), None, HEAD, policy, at=AT)


def test_only_the_handler_proposes() -> None:
    with pytest.raises(NotEntitled):
        handled().propose(NOT_SUBSTANTIATED, APPROVER, WHY, POLICY, at=AT)


def test_while_the_handler_is_absent_the_deputy_handles_and_nobody_else() -> None:
    made = handled()
    made.be_absent(date(2026, 3, 3), date(2026, 3, 4), HANDLER, POLICY, at=AT)
    assert [made.in_charge(days_later(days)) for days in (0, 1, 2, 3)] == [
        account(2),
        account(3),
        account(3),
        account(2),
    ]
    with pytest.raises(NotEntitled):
        made.propose(NOT_SUBSTANTIATED, HANDLER, WHY, POLICY, at=days_later(1))
    made.propose(NOT_SUBSTANTIATED, DEPUTY, WHY, POLICY, at=days_later(1))


def test_whoever_left_the_case_takes_no_part_in_it_any_more() -> None:
    made = handled()
    made.recuse(HANDLER, "与投标人有亲属关系", POLICY, at=AT)
    assert (made.state, made.handler) == (State.OPEN, None)
    with pytest.raises(NotEntitled):
        made.note(HANDLER, WHY, POLICY, at=AT)
    with pytest.raises(NotAllowed):
        made.assign(colleague(2), None, HEAD, POLICY, at=AT)
    made.assign(colleague(4), None, HEAD, POLICY, at=AT)


def test_with_four_eyes_whoever_proposed_does_not_decide_not_as_somebodys_deputy_either() -> None:
    made = proposed(FOUR_EYES)
    for same in (HANDLER, Officer(replace(officer_of(9), acting_for=account(2)))):
        with pytest.raises(NotEntitled):
            made.decide(same, FOUR_EYES, at=days_later(2))
    made.decide(APPROVER, FOUR_EYES, at=days_later(2))
    proposed().decide(HANDLER, POLICY, at=days_later(2))


@pytest.mark.parametrize(
    "lacking",
    [
        Conclusion(Outcome.SUBSTANTIATED),
        Conclusion(Outcome.LAWFUL_EXCEPTION, ground="retired"),
        Conclusion(Outcome.DATA_ERROR),
        Conclusion(Outcome.TRANSFERRED),
        Conclusion(Outcome.NOT_SUBSTANTIATED, source="urn:test"),
    ],
)
def test_a_conclusion_says_what_its_outcome_needs_and_nothing_of_another(lacking: Conclusion) -> None:
    with pytest.raises(NotAllowed):
        handled().propose(lacking, HANDLER, WHY, POLICY, at=AT)


def test_a_proposal_that_is_sent_back_is_no_conclusion() -> None:
    made = proposed()
    made.send_back(APPROVER, WHY, POLICY, at=days_later(2))
    assert (made.state, made.proposal, made.conclusion) == (State.HANDLED, None, None)


def test_a_bidder_answers_within_five_working_days_by_default_and_late_all_the_same() -> None:
    made = handled()
    made.request_explanation(HANDLER, "请说明社保缴纳情况", POLICY, at=AT)
    clock = term(made, TermName.EXPLAIN).clock((), CALENDAR, OFFICE)
    assert clock.deadline is not None
    assert clock.deadline.on == date(2026, 3, 9)
    assert clock.light(days_later(8), Margin()) is Light.RED
    made.explain(1, BY_BIDDER, "系代缴", POLICY, at=days_later(9))
    assert term(made, TermName.EXPLAIN).stopped == days_later(9)
    with pytest.raises(NotAllowed):
        made.explain(1, BY_BIDDER, "系代缴", POLICY, at=days_later(9))


def test_an_authority_answers_by_a_fact() -> None:
    made = handled()
    made.request_assistance("urn:test:insurance", HANDLER, "请协查", POLICY, at=AT)
    with pytest.raises(NotFound):
        made.explain(1, BY_BIDDER, "系代缴", POLICY, at=AT)
    made.answer(1, ("urn:test:insurance", "a-1"), APPROVER, POLICY, at=days_later(1))
    assert made.requests[1].answer == ("urn:test:insurance", "a-1")


def test_a_lawful_pause_moves_the_term_of_the_decision_and_no_other() -> None:
    made = handled()
    made.request_explanation(HANDLER, WHY, POLICY, at=AT)
    made.pause_clock(PauseGround.EXPERTISE, HANDLER, WHY, POLICY, at=AT)
    with pytest.raises(NotAllowed):
        made.propose(NOT_SUBSTANTIATED, HANDLER, WHY, POLICY, at=days_later(1))
    made.resume(HANDLER, POLICY, at=days_later(7))
    pauses = tuple(made.pauses)
    before, after = (term(made, TermName.DECIDE).clock(each, CALENDAR, OFFICE).deadline for each in ((), pauses))
    assert before is not None
    assert after is not None
    assert before.on is not None
    assert after.on is not None
    assert (after.on - before.on).days >= 7
    explain = term(made, TermName.EXPLAIN)
    assert explain.clock(pauses, CALENDAR, OFFICE).deadline == explain.clock((), CALENDAR, OFFICE).deadline


def test_a_bidder_objects_once_within_ten_working_days() -> None:
    late = served()
    with pytest.raises(NotAllowed):
        late.object(BY_BIDDER, "不服", POLICY, CALENDAR, at=days_later(18))
    made = served()
    with pytest.raises(NotAllowed):
        made.close(HANDLER, POLICY, CALENDAR, at=days_later(17))
    made.object(BY_BIDDER, "不服", POLICY, CALENDAR, at=days_later(17))
    made.review(None, REVIEWER, "维持", POLICY, at=days_later(20))
    made.serve(REVIEWER, POLICY, at=days_later(20))
    with pytest.raises(NotAllowed):
        made.object(BY_BIDDER, "不服", POLICY, CALENDAR, at=days_later(20))
    made.close(HANDLER, POLICY, CALENDAR, at=days_later(20))
    assert (made.state, made.conclusion) == (State.CLOSED, NOT_SUBSTANTIATED)


def test_an_objection_is_reviewed_by_somebody_else_or_by_the_superior() -> None:
    for reviewer in (HANDLER, DEPUTY, APPROVER):
        made = served()
        made.object(BY_BIDDER, "不服", POLICY, CALENDAR, at=days_later(4))
        with pytest.raises(NotEntitled):
            made.review(None, reviewer, "维持", POLICY, at=days_later(5))
    changed = Conclusion(Outcome.DATA_ERROR, source="urn:test")
    made.review(changed, SUPERIOR, "变更", POLICY, at=days_later(5))
    assert (made.state, made.conclusion) == (State.DECIDED, changed)


NEWS: dict[str, Callable[[Investigation], None]] = {
    "a clue joins": lambda made: made.take_in("c9", POLICY, at=days_later(40)),
    "evidence changes": lambda made: made.evidence_has_changed("c1", POLICY, stands=False, at=days_later(40)),
}


@pytest.mark.parametrize("news", NEWS.values(), ids=NEWS)
def test_news_opens_a_closed_investigation_again_and_its_conclusion_holds_no_more(
    news: Callable[[Investigation], None],
) -> None:
    made = closed()
    news(made)
    assert (made.state, made.conclusion, made.evidence_changed) == (State.HANDLED, None, True)
    assert [each.stopped for each in made.terms if each.name is TermName.DECIDE][-1] is None
    assert content(replayed(made)) == content(made)


@pytest.mark.parametrize("news", NEWS.values(), ids=NEWS)
def test_news_sends_a_proposal_back_and_only_marks_what_is_decided(news: Callable[[Investigation], None]) -> None:
    waiting, done = proposed(), decided()
    news(waiting)
    news(done)
    assert (waiting.state, waiting.proposal) == (State.HANDLED, None)
    assert (done.state, done.conclusion, done.evidence_changed) == (State.DECIDED, NOT_SUBSTANTIATED, True)


def test_a_clue_that_is_there_already_is_no_event_and_one_of_another_is_not_found() -> None:
    made = handled()
    made.collect_events()
    made.take_in("c1", POLICY, at=AT)
    assert not made.collect_events()
    with pytest.raises(NotFound):
        made.evidence_has_changed("c9", POLICY, stands=True, at=AT)


def test_merging_takes_all_clues_along() -> None:
    one, other = handled(), open_investigation(NUMBERS[1], ABOUT, ["c2", "c3"], HEAD, None, POLICY, at=AT)
    one.merge_into(other, HEAD, WHY, POLICY, at=AT)
    assert (one.state, one.went_to, one.clues) == (State.MERGED, other.id.hex, [])
    assert other.clues == ["c2", "c3", "c1"]


def test_splitting_leaves_a_clue_on_each_side() -> None:
    made = handled()
    for clues in ([], ["c1", "c2"], ["c9"]):
        with pytest.raises(NotAllowed):
            made.split(clues, NUMBERS[1], HEAD, WHY, POLICY, at=AT)
    new = made.split(["c2"], NUMBERS[1], HEAD, WHY, POLICY, at=AT)
    assert (made.clues, new.clues, new.came_from) == (["c1"], ["c2"], made.id.hex)


def test_another_jurisdiction_goes_on_with_all_clues_under_its_own_terms() -> None:
    made = handled()
    there = Investigating(decide_days=60)
    new = made.transfer(NUMBERS[1], "440300", HEAD, WHY, POLICY, policy_there=there, at=AT)
    assert (made.state, made.clues, made.went_to) == (State.TRANSFERRED, [], new.id.hex)
    assert (new.about.office, new.clues, term(new, TermName.DECIDE).limit) == ("440300", ["c1", "c2"], 60)
    assert new.about.parties == ABOUT.parties


def test_a_complaint_needs_words_and_no_clue() -> None:
    complaint = replace(ABOUT, matter_id=None)
    with pytest.raises(NotAllowed):
        open_investigation(NUMBERS[0], complaint, (), HEAD, " ", POLICY, at=AT)
    assert open_investigation(NUMBERS[0], complaint, (), HEAD, "群众举报", POLICY, at=AT).clues == []


@pytest.mark.parametrize(
    "file", [File("0", 0, "application/pdf"), File("0", LARGEST_FILE + 1, "application/pdf"), File("0", 9, "text/html")]
)
def test_an_empty_a_large_and_an_executable_file_are_refused(file: File) -> None:
    with pytest.raises(NotAllowed):
        handled().add_file(file, HANDLER, POLICY, at=AT)


def test_the_same_file_is_there_once() -> None:
    made = handled()
    for _ in range(2):
        made.add_file(File("0" * 64, 9, "application/pdf"), BY_BIDDER, POLICY, at=AT)
    assert [taken.step for taken in made.history].count("file") == 1


def test_numbers_of_an_office_and_a_year_have_no_gaps_and_each_asks_once() -> None:
    register = open_register(OFFICE, 2026, at=AT)
    assert [register.give(name, at=AT) for name in ("a", "b", "a", "c")] == [1, 2, 1, 3]
    made = opened()
    made.give_number("核〔2026〕0001号", POLICY, at=AT)
    made.give_number("核〔2026〕0002号", POLICY, at=AT)
    assert made.number == "核〔2026〕0001号"


def test_a_pattern_of_numbers_has_year_and_serial() -> None:
    assert number_of("穗建核〔{year}〕{serial:04}号", 2026, 12) == "穗建核〔2026〕0012号"
    for pattern in ("核", "核{serial}", "核{year}", "核{year}{serial}{office}", "核{year}{serial", "{year.x}{serial}"):
        with pytest.raises(ValidationError):
            Investigating(number_pattern=pattern)


def test_every_step_of_the_table_has_an_event_and_the_other_way_round() -> None:
    assert {"open", *(step_of(event) for event in TAKEN)} == set(STEPS)
