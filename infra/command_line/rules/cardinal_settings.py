"""Settings files of Cardinal (INI), read into our thresholds.

A section enables its indicator; its properties are Cardinal's own. What has no counterpart
here is refused rather than ignored.
"""

from collections.abc import Mapping
from configparser import ConfigParser
from configparser import Error as IniError
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final

from domain.errors import MonitorError
from domain.policy import Threshold

_TOP: Final = "(top)"
_OURS: Final = {
    ("R003", "threshold"): "fewest_days",
    ("R024", "threshold"): "fixed_fence",
    ("R025", "percentile"): "top_percentile",
    ("R025", "threshold"): "fixed_fence",
    ("R035", "threshold"): "fewest_disqualified",
    ("R038", "threshold"): "fixed_fence",
    ("R038", "minimum_submitted_bids"): "fewest_bids_made",
    ("R038", "minimum_contracting_processes"): "fewest_bids_received",
    ("R048", "threshold"): "fixed_fence",
    ("R048", "digits"): "classification_digits",
    ("R048", "minimum_contracting_processes"): "fewest_processes",
    ("R058", "threshold"): "fixed_fence",
}
_WHOLE: Final = frozenset(_OURS.values()) - {"fixed_fence"}


class UnusableCardinalSettings(MonitorError):
    """The settings file cannot be followed; the text says why."""


@dataclass(frozen=True, slots=True)
class CardinalSettings:
    """``codes`` is None where the file names no indicator: then all run."""

    codes: frozenset[str] | None = None
    currency: str | None = None
    thresholds: Mapping[str, Mapping[str, Threshold]] = field(default_factory=dict)


def read_cardinal_settings(file: Path, known: frozenset[str]) -> CardinalSettings:
    """Raises :class:`UnusableCardinalSettings`."""
    parser = ConfigParser(comment_prefixes=(";", "#"), inline_comment_prefixes=("#", ";"), interpolation=None)
    try:
        parser.read_string(f"[{_TOP}]\n{file.read_text(encoding='utf-8')}")
    except (IniError, UnicodeDecodeError) as error:
        raise UnusableCardinalSettings(f"{file}: not readable as INI ({type(error).__name__})") from error
    top = dict(parser[_TOP])
    currency = top.pop("currency", None)
    sections = [name for name in parser.sections() if name != _TOP]
    unknown = [*top, *(name for name in sections if name not in known)]
    if unknown:
        raise UnusableCardinalSettings(f"{file}: there is no {', '.join(unknown)} here")
    thresholds = {name: dict(_threshold(file, name, *item) for item in parser[name].items()) for name in sections}
    return CardinalSettings(frozenset(sections) or None, currency, thresholds)


def _threshold(file: Path, code: str, name: str, text: str) -> tuple[str, Threshold]:
    ours = _OURS.get((code, name))
    if ours is None:
        raise UnusableCardinalSettings(f"{file}: {code} has no {name} here")
    try:
        return ours, int(text) if ours in _WHOLE else Decimal(text)
    except (ValueError, InvalidOperation) as error:
        raise UnusableCardinalSettings(f"{file}: {code} {name} is not a number") from error
