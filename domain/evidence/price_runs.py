"""Runs of prices that rise by a law 报价规律: a constant difference or a constant ratio."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

Law = Callable[[Decimal, Decimal], Decimal]
"""The price that follows two others."""


@dataclass(frozen=True, slots=True)
class PriceRun:
    """Three prices or more, ascending, each following from the two before it by ``law``."""

    law: Law
    prices: tuple[Decimal, ...]


def constant_difference(lower: Decimal, upper: Decimal) -> Decimal:
    return 2 * upper - lower


def constant_ratio(lower: Decimal, upper: Decimal) -> Decimal:
    return upper * upper / lower


def longest_run(prices: Sequence[Decimal], *, fewest: int, most_off: Decimal) -> PriceRun | None:
    """The longest run of at least ``fewest`` of the prices, which are above zero.

    Other prices may lie between those of a run. Of several, one with a constant difference, then
    the lowest. A price may be ``most_off`` away from where the law puts it.
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
        coming = law(run[-2], run[-1])
        place = bisect_left(prices, max(coming - most_off, run[-1] + most_off))
        if place == len(prices) or prices[place] > coming + most_off:
            return tuple(run)
        run.append(prices[place])
