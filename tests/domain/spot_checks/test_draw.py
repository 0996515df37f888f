"""Anybody computes the same draw, and the weights are those that are stated."""

import importlib.util
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import pytest

from domain.spot_checks.draw import draw
from domain.spot_checks.lists import Candidate, Inspector, Lists, UnusableLists, lists_of
from infra.documents.spot_checks import draw_document

VERIFIER = Path(__file__).parents[3] / "docs" / "verifier" / "verify_draw.py"
CHECKPOINT = "log.example\n7\nqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqo=\n"


@pytest.fixture(scope="module")
def outsider() -> ModuleType:
    """The program for outsiders, which shares no code with the monitor."""
    spec = importlib.util.spec_from_file_location("verify_draw", VERIFIER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def some_lists(random: Random) -> Lists:
    subjects = [f"9144010{number}" for number in range(random.randrange(1, 12))]
    inspectors = [
        Inspector(f"执法{number}", frozenset(random.sample(subjects, random.randrange(len(subjects) + 1))))
        for number in range(6)
    ]
    unbiased = [Inspector(f"执法{number}") for number in range(6, 9)]
    return lists_of(
        [Candidate(subject, random.randrange(1, 50)) for subject in subjects],
        [*inspectors, *unbiased],
        size=random.randrange(1, len(subjects) + 1),
        inspectors_each=random.randrange(1, 4),
    )


def test_a_thousand_outsiders_compute_the_same_draw(outsider: ModuleType) -> None:
    random = Random(5)
    for number in range(1_000):
        checkpoint, lists = CHECKPOINT.replace("7", str(number)), some_lists(random)
        told: dict[str, Any] = draw_document(f"{checkpoint}\n— log.example c2lnbmF0dXJl\n", lists)
        assert outsider.computed(told) == {key: told[key] for key in ("lists_sha256", "seed", "assignments")}
        drawn = draw(checkpoint.encode(), lists).assignments
        assert len({assignment.subject for assignment in drawn}) == lists.size
        for assignment in drawn:
            assert len(set(assignment.inspectors)) == lists.inspectors_each
            assert not set(assignment.inspectors) & set(assignment.recused)


def test_the_order_in_which_lists_are_given_makes_no_difference() -> None:
    lists = some_lists(Random(1))
    turned = lists_of(
        reversed(lists.candidates),
        reversed(lists.inspectors),
        size=lists.size,
        inspectors_each=lists.inspectors_each,
    )
    assert draw(CHECKPOINT.encode(), turned) == draw(CHECKPOINT.encode(), lists)


def test_another_weight_another_recusal_or_another_checkpoint_is_another_draw() -> None:
    lists = lists_of([Candidate("a", 2), Candidate("b")], [Inspector("x"), Inspector("y")], size=1, inspectors_each=1)
    others = [
        (CHECKPOINT, replace(lists, candidates=(Candidate("a", 3), Candidate("b")))),
        (CHECKPOINT, replace(lists, inspectors=(Inspector("x", frozenset("a")), Inspector("y")))),
        (CHECKPOINT.replace("7", "8"), lists),
    ]
    seeds = {draw(checkpoint.encode(), each).seed for checkpoint, each in [(CHECKPOINT, lists), *others]}
    assert len(seeds) == 4


def test_over_a_hundred_thousand_draws_each_is_drawn_by_its_weight() -> None:
    """χ² with 4 degrees of freedom: above 18.47 in one of a thousand fair draws. The draws are always the same ones."""
    weights = {"a": 1, "b": 2, "c": 3, "d": 5, "e": 9}
    lists = lists_of([Candidate(*each) for each in weights.items()], [Inspector("x")], size=1, inspectors_each=1)
    draws = 100_000
    drawn = Counter(draw(b"%d" % number, lists).assignments[0].subject for number in range(draws))
    expected = {subject: draws * weight / sum(weights.values()) for subject, weight in weights.items()}
    assert sum((drawn[subject] - many) ** 2 / many for subject, many in expected.items()) < 18.47


def test_inspectors_are_drawn_equally() -> None:
    """χ² with 3 degrees of freedom: above 16.27 in one of a thousand."""
    names = ("w", "x", "y", "z")
    lists = lists_of([Candidate("a")], map(Inspector, names), size=1, inspectors_each=1)
    drawn = Counter(draw(b"%d" % number, lists).assignments[0].inspectors[0] for number in range(20_000))
    assert sum((drawn[name] - 5_000) ** 2 / 5_000 for name in names) < 16.27


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"size": 3}, "3 cannot be drawn out of 2"),
        ({"size": 0}, "0 cannot be drawn"),
        ({"inspectors_each": 0}, "at least one inspector"),
        ({"candidates": (Candidate("b"), Candidate("a"))}, "each candidate stands in the list once"),
        ({"candidates": (Candidate("a"), Candidate("a"))}, "each candidate stands in the list once"),
        ({"candidates": (Candidate("a", 0), Candidate("b"))}, "a weight is a whole number"),
        ({"inspectors": (Inspector("x", frozenset({"c"})),)}, "recused from c, which is no candidate"),
    ],
)
def test_lists_that_cannot_be_drawn_from_are_refused(given: dict[str, Any], why: str) -> None:
    usable: dict[str, Any] = {
        "candidates": (Candidate("a"), Candidate("b")),
        "inspectors": (Inspector("x"),),
        "size": 1,
        "inspectors_each": 1,
    }
    with pytest.raises(UnusableLists, match=why):
        Lists(**usable | given)


def test_a_subject_from_which_all_are_recused_stops_the_draw() -> None:
    lists = lists_of([Candidate("a")], [Inspector("x", frozenset("a"))], size=1, inspectors_each=1)
    with pytest.raises(UnusableLists, match="a has 0 inspectors who are not recused"):
        draw(CHECKPOINT.encode(), lists)
