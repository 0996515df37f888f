"""Who must know: given who was told what, when something happens to a clue, then who is told."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from alerts.recipients import Occasion, Recipient, must_know, news
from alerts.tables import LONGEST_KEY
from domain.access import Role
from domain.clues.clue import Clue
from domain.facts.fact import Org
from tests.builders import BIDDER, FOURTH, TENDERER
from tests.clue_builders import (
    BY_BIDDER,
    CONTEXT,
    CONTEXTS,
    OPENING,
    SECRET_RULE,
    SUPERVISOR,
    a_clue,
    a_finding,
    cleared,
    confirmed,
    consistent,
    hours_later,
    judged,
    under_investigation,
)

THE_SUPERVISOR = Recipient(Role.SUPERVISOR, "440100")
THE_BIDDER = Recipient(Role.BIDDER, BIDDER.key)
THE_TENDERER = Recipient(Role.TENDERER, TENDERER.key)

TOLD_AT_ONCE = {THE_SUPERVISOR: Occasion.RAISED, THE_BIDDER: Occasion.RAISED}
ALL_TOLD = {**TOLD_AT_ONCE, THE_TENDERER: Occasion.CANDIDATE}


def told_by(clue: Clue | None, told: dict[Recipient, Occasion]) -> dict[Recipient, Occasion]:
    """Who is told of the one event that is pending."""
    assert clue is not None
    (event,) = clue.collect_events()
    happening: Any = event
    return news(happening, clue, told)


def everyone(occasion: Occasion) -> dict[Recipient, Occasion]:
    return dict.fromkeys(ALL_TOLD, occasion)


def test_bidder_and_supervisor_are_told_of_a_new_clue_at_once() -> None:
    assert told_by(judged(None, a_finding()), {}) == TOLD_AT_ONCE


def test_the_tenderer_is_told_of_a_clue_that_arises_after_the_candidacy() -> None:
    assert told_by(judged(None, a_finding(), candidate=True), {}) == ALL_TOLD


def test_the_tenderer_alone_is_told_when_candidates_are_announced_while_the_clue_is_open() -> None:
    clue = judged(a_clue(), a_finding(), candidate=True)

    assert told_by(clue, TOLD_AT_ONCE) == {THE_TENDERER: Occasion.CANDIDATE}


def test_the_tenderer_is_told_of_a_candidate_whose_lead_is_being_investigated() -> None:
    clue = judged(under_investigation(), a_finding(), candidate=True)

    assert told_by(clue, TOLD_AT_ONCE) == {THE_TENDERER: Occasion.CANDIDATE}


def test_the_tenderer_is_told_once_when_candidates_are_announced_again() -> None:
    clue = a_clue(candidate=True)
    judged(clue, a_finding(), candidate=False)
    clue.collect_events()

    assert told_by(judged(clue, a_finding(), candidate=True), ALL_TOLD) == {}


def test_nobody_is_told_of_a_retracted_candidacy() -> None:
    assert told_by(judged(a_clue(candidate=True), a_finding(), candidate=False), ALL_TOLD) == {}


def test_a_candidate_with_a_cleared_clue_is_no_news() -> None:
    told = dict.fromkeys(TOLD_AT_ONCE, Occasion.CLEARED)

    assert told_by(judged(cleared(), a_finding(), candidate=True), told) == {}


def test_the_tenderer_is_told_of_a_candidate_whose_clue_was_confirmed() -> None:
    told = dict.fromkeys(TOLD_AT_ONCE, Occasion.CONFIRMED)
    clue = judged(confirmed(), a_finding(), candidate=True)

    assert told_by(clue, told) == {THE_TENDERER: Occasion.CONFIRMED}


def test_a_confirmation_is_told_once_however_often_candidates_are_announced() -> None:
    clue = judged(confirmed(), a_finding(), candidate=True)

    assert told_by(clue, everyone(Occasion.CONFIRMED)) == {}


def test_a_revision_reaches_those_who_know() -> None:
    assert told_by(judged(a_clue(), a_finding(says="另一句")), TOLD_AT_ONCE) == dict.fromkeys(
        TOLD_AT_ONCE, Occasion.REVISED
    )


def test_a_further_fact_that_changes_no_word_is_no_news() -> None:
    assert told_by(judged(a_clue(), a_finding("may", "april")), TOLD_AT_ONCE) == {}


def test_a_tenderer_hears_no_news_of_a_bidder_that_is_no_candidate_any_more() -> None:
    clue = judged(a_clue(candidate=True), a_finding(says="另一句"), candidate=False)

    assert told_by(clue, ALL_TOLD) == dict.fromkeys(TOLD_AT_ONCE, Occasion.REVISED)


@pytest.mark.parametrize("candidate", [True, False])
def test_a_withdrawal_reaches_exactly_those_who_were_told(candidate: bool) -> None:
    clue = judged(a_clue(candidate=True), consistent(), candidate=candidate)

    assert told_by(clue, ALL_TOLD) == everyone(Occasion.WITHDRAWN)


def test_a_withdrawal_does_not_reach_a_tenderer_who_was_never_told() -> None:
    clue = judged(a_clue(), consistent(), candidate=True)

    assert told_by(clue, TOLD_AT_ONCE) == dict.fromkeys(TOLD_AT_ONCE, Occasion.WITHDRAWN)


def test_a_withdrawal_does_not_reach_who_was_told_an_end_before() -> None:
    told = {**TOLD_AT_ONCE, THE_TENDERER: Occasion.WITHDRAWN}

    assert THE_TENDERER not in told_by(judged(a_clue(), consistent()), told)


def test_a_returning_clue_is_told_to_who_must_know_then() -> None:
    clue = a_clue(candidate=True)
    judged(clue, consistent())
    clue.collect_events()
    judged(clue, a_finding(), candidate=False)

    assert told_by(clue, everyone(Occasion.WITHDRAWN)) == dict.fromkeys(TOLD_AT_ONCE, Occasion.REOPENED)


def test_acknowledging_is_no_news() -> None:
    clue = a_clue()
    clue.acknowledge(SUPERVISOR, at=OPENING)

    assert told_by(clue, ALL_TOLD) == {}


def test_the_parties_who_know_are_told_of_an_investigation() -> None:
    clue = a_clue(candidate=True)
    clue.investigate(SUPERVISOR, at=OPENING)

    assert told_by(clue, ALL_TOLD) == dict.fromkeys((THE_BIDDER, THE_TENDERER), Occasion.INVESTIGATION_OPENED)


def test_an_explanation_is_told_to_the_supervisor() -> None:
    clue = a_clue()
    clue.explain(BY_BIDDER, "有劳动合同", at=OPENING)

    assert told_by(clue, ALL_TOLD) == {THE_SUPERVISOR: Occasion.EXPLAINED}


@pytest.mark.parametrize("make", [under_investigation, confirmed, cleared])
def test_changed_evidence_is_told_to_the_supervisor_who_decides(make: Callable[..., Clue]) -> None:
    assert told_by(judged(make(), consistent()), TOLD_AT_ONCE) == {THE_SUPERVISOR: Occasion.EVIDENCE_CHANGED}


@pytest.mark.parametrize("verb", ["confirm", "clear"])
def test_a_decision_reaches_everyone_who_was_told(verb: str) -> None:
    clue = under_investigation(candidate=True)
    getattr(clue, verb)(SUPERVISOR, "有劳动合同", at=hours_later(2))

    assert told_by(clue, ALL_TOLD) == everyone(Occasion.CONFIRMED if verb == "confirm" else Occasion.CLEARED)


def test_an_investigation_of_a_decided_clue_is_told_anew_to_who_must_know() -> None:
    clue = cleared(candidate=True)
    judged(clue, a_finding(says="另一句"), candidate=True)
    clue.collect_events()
    clue.investigate(SUPERVISOR, at=hours_later(3))

    assert told_by(clue, everyone(Occasion.CLEARED)) == {
        THE_SUPERVISOR: Occasion.INVESTIGATION_OPENED,
        THE_BIDDER: Occasion.INVESTIGATION_OPENED,
        THE_TENDERER: Occasion.CANDIDATE,
    }


def test_a_corrected_jurisdiction_hands_the_clue_over() -> None:
    moved = replace(CONTEXT, jurisdiction="440300")
    clue = judged(a_clue(), a_finding(), context=moved)

    assert told_by(clue, TOLD_AT_ONCE) == {
        THE_SUPERVISOR: Occasion.HANDED_OVER,
        Recipient(Role.SUPERVISOR, "440300"): Occasion.RAISED,
    }


def test_a_corrected_tenderer_hands_the_clue_over() -> None:
    clue = judged(a_clue(candidate=True), a_finding(), context=replace(CONTEXT, tenderer=FOURTH), candidate=True)

    assert told_by(clue, ALL_TOLD) == {
        THE_TENDERER: Occasion.HANDED_OVER,
        Recipient(Role.TENDERER, FOURTH.key): Occasion.CANDIDATE,
    }


def test_nobody_must_know_of_a_clue_that_is_not_open() -> None:
    assert must_know(cleared(candidate=True)) == frozenset()


def test_a_very_long_name_is_cut_to_what_an_index_holds() -> None:
    clue = a_clue(context=replace(CONTEXT, bidder=Org(name="㍿" * 200)))

    assert max(len(recipient.key) for recipient in must_know(clue)) == LONGEST_KEY


@pytest.mark.parametrize("rule", [SECRET_RULE, "gone from the rulebook"])
def test_of_a_rule_for_supervisors_only_the_parties_are_told_nothing(rule: str) -> None:
    about_bids = CONTEXTS["lots"]
    clue = judged(None, a_finding(rule=rule), context=about_bids, candidate=True)
    assert told_by(clue, {}) == {THE_SUPERVISOR: Occasion.RAISED}
    judged(clue, a_finding(rule=rule, says="另一句"), context=about_bids, candidate=True)
    assert told_by(clue, {THE_SUPERVISOR: Occasion.RAISED}) == {THE_SUPERVISOR: Occasion.REVISED}


def test_a_confirmed_clue_for_supervisors_only_is_not_told_to_the_tenderer_of_a_candidate() -> None:
    clue = judged(None, a_finding(rule=SECRET_RULE), context=CONTEXTS["lots"])
    assert clue is not None
    clue.investigate(SUPERVISOR, at=hours_later(1))
    clue.confirm(SUPERVISOR, "查实", at=hours_later(2))
    clue.collect_events()
    judged(clue, a_finding(rule=SECRET_RULE), context=CONTEXTS["lots"], candidate=True)
    assert told_by(clue, {THE_SUPERVISOR: Occasion.CONFIRMED}) == {}


@pytest.mark.parametrize("case_kind", ["approvals", "payers", "departments"])
def test_a_clue_without_parties_is_told_to_its_supervisor(case_kind: str) -> None:
    assert told_by(judged(None, a_finding(), context=CONTEXTS[case_kind], candidate=True), {}) == {
        THE_SUPERVISOR: Occasion.RAISED
    }


def test_a_bidder_named_later_is_told_then_and_one_no_longer_named_hands_over() -> None:
    unnamed = replace(CONTEXTS["lots"], bidder=None)
    clue = judged(None, a_finding(), context=unnamed)
    assert told_by(clue, {}) == {THE_SUPERVISOR: Occasion.RAISED}
    judged(clue, a_finding(), context=CONTEXTS["lots"])
    assert told_by(clue, {THE_SUPERVISOR: Occasion.RAISED}) == {THE_BIDDER: Occasion.RAISED}
    judged(clue, a_finding(), context=unnamed)
    assert told_by(clue, TOLD_AT_ONCE) == {THE_BIDDER: Occasion.HANDED_OVER}
