"""Outliers of a set of numbers, by quartiles and interquartile range."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quartiles:
    """The first and the third quartile of a set of numbers."""

    first: float
    third: float

    def below(self, interquartile_ranges: float) -> float:
        """The lower fence: ``interquartile_ranges`` times the range below the first quartile."""
        return self.first - interquartile_ranges * (self.third - self.first)

    def above(self, interquartile_ranges: float) -> float:
        """The upper fence: ``interquartile_ranges`` times the range above the third quartile."""
        return self.third + interquartile_ranges * (self.third - self.first)


def quartiles(numbers: Iterable[float]) -> Quartiles | None:
    """The quartiles of ``numbers``; None where there are no numbers."""
    ordered = sorted(numbers)
    return Quartiles(_quantile(ordered, 0.25), _quantile(ordered, 0.75)) if ordered else None


def percentile(numbers: Iterable[float], percent: int) -> float | None:
    """The percentile of ``numbers``; None where there are no numbers."""
    ordered = sorted(numbers)
    return _quantile(ordered, percent / 100) if ordered else None


def _quantile(ordered: Sequence[float], share: float) -> float:
    """The median-unbiased quantile (number 8 of Hyndman and Fan), which the published indicators use."""
    place = (len(ordered) + 1 / 3) * share + 1 / 3
    below = int(place)
    if below <= 0:
        return ordered[0]
    if below >= len(ordered):
        return ordered[-1]
    lower, upper = ordered[below - 1], ordered[below]
    return lower + (place - below) * (upper - lower)
