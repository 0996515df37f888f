"""One measured figure per line, with the goal beside it."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_WIDTHS = (58, 14, 12, 16, 8)


@dataclass(frozen=True, slots=True)
class Figure:
    """``at_least`` or ``at_most`` is the goal, if there is one."""

    what: str
    value: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def met(self) -> bool | None:
        if self.at_least is not None:
            return self.value >= self.at_least
        if self.at_most is not None:
            return self.value <= self.at_most
        return None

    def cells(self) -> Sequence[str]:
        goal = (
            "" if self.met is None else f"≥ {written(self.at_least)}" if self.at_least else f"≤ {written(self.at_most)}"
        )
        verdict = {None: "", True: "met", False: "MISSED"}[self.met]
        return self.what, written(self.value), self.unit, goal, verdict


def written(value: float | None) -> str:
    """Three significant digits where they are few, all of them where they are many."""
    assert value is not None
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def heading() -> str:
    return line(("figure", "measured", "unit", "goal", ""))


def line(cells: Sequence[str]) -> str:
    what, value, *rest = (_padded(cell, width) for cell, width in zip(cells, _WIDTHS, strict=True))
    return " ".join((what, value.strip().rjust(_WIDTHS[1]), *rest)).rstrip()


def percentile(seconds: Sequence[float], percent: float) -> float:
    """Milliseconds below which so many percent of the measurements lie."""
    return float(np.percentile(np.array(seconds) * 1_000, percent))


def _padded(text: str, width: int) -> str:
    return text + " " * (width - sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text))
