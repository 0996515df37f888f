"""Composed pairs of employers, kind by kind: who is one firm, who is not, and of whom nobody can tell."""

import pytest

from domain.employers import Outcome, compare_texts
from tests.domain.employers.composed_pairs import JOINED, Composed, Truth, composed, figures, told

PAIRS = list(composed(seed=2))


def test_pairs_are_told_with_an_f1_of_at_least_99_percent() -> None:
    found = figures(told(PAIRS))
    assert found.f1 >= 0.99, found


def test_no_two_firms_are_called_one() -> None:
    assert not [pair for pair in PAIRS if pair.truth is not Truth.SAME and _outcome(pair) in JOINED]


def test_nobody_is_accused_by_a_name_that_its_system_could_not_print() -> None:
    assert not [pair for pair in PAIRS if pair.truth is Truth.SAME and _outcome(pair) is Outcome.DIFFERENT]


@pytest.mark.parametrize(
    ("truth", "outcome"),
    [(Truth.OPEN, Outcome.UNKNOWN), (Truth.RELATED, Outcome.BRANCH_OR_GROUP), (Truth.OTHER, Outcome.DIFFERENT)],
)
def test_the_rest_is_told_as_what_it_is(truth: Truth, outcome: Outcome) -> None:
    assert not [pair for pair in PAIRS if pair.truth is truth and _outcome(pair) is not outcome]


def test_a_lost_character_never_makes_two_names_the_same() -> None:
    assert not [pair for pair in PAIRS if pair.kind.startswith("lost") and _outcome(pair) is Outcome.SAME]


def _outcome(pair: Composed) -> Outcome:
    return compare_texts(pair.row).outcome
