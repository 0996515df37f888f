"""Quartiles and fences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.evidence.outliers import percentile, quartiles

NUMBERS = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50)


@pytest.mark.parametrize(
    ("numbers", "first", "third"),
    [
        ([7], 7, 7),
        ([0, 100, 100, 100, 100], 66.6667, 100),
        ([1, 2, 3, 4, 5, 6, 7, 8], 2.4167, 6.5833),
        ([0, 1], 0, 1),
    ],
)
def test_quartiles_are_the_median_unbiased_estimate(numbers: list[float], first: float, third: float) -> None:
    found = quartiles(numbers)
    assert found is not None
    assert found.first == pytest.approx(first, abs=1e-4)
    assert found.third == pytest.approx(third, abs=1e-4)


def test_fences_lie_so_many_interquartile_ranges_outside() -> None:
    found = quartiles([0, 100, 100, 100, 100])
    assert found is not None
    assert found.below(1.5) == pytest.approx(16.6667, abs=1e-4)
    assert found.above(1.5) == pytest.approx(150)


def test_no_numbers_have_no_quartiles() -> None:
    assert quartiles([]) is None
    assert percentile([], 75) is None


@given(NUMBERS, st.randoms())
def test_the_order_of_the_numbers_does_not_matter(numbers: list[float], random: object) -> None:
    shuffled = sorted(numbers, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert quartiles(shuffled) == quartiles(numbers)


@given(NUMBERS)
def test_quartiles_lie_among_the_numbers_and_in_order(numbers: list[float]) -> None:
    found = quartiles(numbers)
    assert found is not None
    assert min(numbers) <= found.first <= found.third <= max(numbers)
