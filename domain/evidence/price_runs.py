"""Price runs 报价规律: prices that rise by a constant difference or by a constant ratio."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

Law = Callable[[Decimal, Decimal], Decimal]
"""Computes the price that follows two others."""


@dataclass(frozen=True, slots=True)
class PriceRun:
    """Three prices or more, ascending; each follows from the two before it by ``law``."""

    law: Law
    prices: tuple[Decimal, ...]


def constant_difference(lower: Decimal, upper: Decimal) -> Decimal:
    return 2 * upper - lower


def constant_ratio(lower: Decimal, upper: Decimal) -> Decimal:
    return upper * upper / lower


def longest_run(prices: Sequence[Decimal], *, fewest: int, most_off: Decimal) -> PriceRun | None:
    """The longest run of at least ``fewest`` prices; None where there is none. ``prices`` are above zero.

    Other prices may lie between those of a run. A price may differ by ``most_off`` from the one that
    the law computes. Of several runs, one with a constant difference comes first, then the lowest.
    """
    ascending = sorted(set(prices))
    runs = [
        PriceRun(law, run)
        for law in (constant_difference, constant_ratio)
        for run in _runs(ascending, law, fewest, most_off)
    ]
    return max(runs, key=lambda run: len(run.prices), default=None)


def _runs(prices: Sequence[Decimal], law: Law, fewest: int, most_off: Decimal) -> Iterator[tuple[Decimal, ...]]:
    starts = prices[: max(len(prices) - fewest + 2, 0)]
    runs = (_run(prices, start, law, most_off) for start in combinations(starts, 2))
    return (run for run in runs if len(run) >= fewest)


def _run(prices: Sequence[Decimal], start: Sequence[Decimal], law: Law, most_off: Decimal) -> tuple[Decimal, ...]:
    run = [*start]
    while True:
        following = law(run[-2], run[-1])
        # A price within ``most_off`` of the last one would be the same step again, not the next.
        place = bisect_left(prices, max(following - most_off, run[-1] + most_off))
        if place == len(prices) or prices[place] > following + most_off:
            return tuple(run)
        run.append(prices[place])
