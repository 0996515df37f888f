"""Settings files of Cardinal (INI), read into our thresholds and into what a policy says about procurement methods.

A section enables its indicator; its properties are Cardinal's own. Names differ by upper and lower case, as in
Cardinal. What its ``indicators`` command reads and has no counterpart here is refused rather than ignored.
"""

from collections.abc import Iterator, Mapping
from configparser import ConfigParser
from configparser import Error as IniError
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from domain.errors import MonitorError
from domain.policy import Threshold
from domain.procurement import Procurement

_TOP: Final = "(top)"
_NO_DEFAULTS: Final = "(defaults of no section)"
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
_LISTS: Final = {
    (_TOP, "no_price_comparison_procurement_methods"): "uncompared_details",
    (_TOP, "price_comparison_procurement_methods"): "compared_details",
    ("exclusions", "procurement_method_details"): "excluded_details",
}
"""Lists of ``tender.procurementMethodDetails``, which Cardinal separates by ``|``."""
_METHODS: Final = "procurement_methods"
_BY_METHOD: Final = frozenset({"R003", "R018"})
_DAYS_BY_DETAILS: Final = "R003.procurement_method_details"
_OF_PREPARE: Final = frozenset(
    {"defaults", "redactions", "corrections", "modifications", "codelists.bid_status", "codelists.award_status"}
)
"""Sections that only Cardinal's ``prepare`` command reads; its ``indicators`` command passes them over too."""


class UnusableCardinalSettings(MonitorError):
    """The settings file cannot be followed; the text says why."""


@dataclass(frozen=True, slots=True)
class CardinalSettings:
    """``codes`` is None where the file names no indicator: then all run."""

    codes: frozenset[str] | None = None
    currency: str | None = None
    thresholds: Mapping[str, Mapping[str, Threshold]] = field(default_factory=dict)
    procurement: Procurement = field(default_factory=Procurement)


def read_cardinal_settings(file: Path, known: frozenset[str]) -> CardinalSettings:
    """Raises :class:`UnusableCardinalSettings`."""
    try:
        return _Reading(_parsed(file), known).settings()
    except UnusableCardinalSettings as error:
        raise UnusableCardinalSettings(f"{file}: {error}") from error
    except (IniError, UnicodeDecodeError) as error:
        raise UnusableCardinalSettings(f"{file}: not readable as INI ({type(error).__name__})") from error


def _parsed(file: Path) -> ConfigParser:
    parser = ConfigParser(
        comment_prefixes=(";", "#"),
        inline_comment_prefixes=("#", ";"),
        interpolation=None,
        default_section=_NO_DEFAULTS,
    )
    parser.optionxform = str  # type: ignore[assignment, method-assign]  # or names would lose their upper case
    # An indented line would be read as the rest of the line above.
    text = "\n".join(line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines())
    parser.read_string(f"[{_TOP}]\n{text}")
    return parser


class _Reading:
    def __init__(self, parser: ConfigParser, known: frozenset[str]) -> None:
        self._parser = parser
        self._known = known

    def settings(self) -> CardinalSettings:
        self._refuse_unknown()
        codes = [name for name in self._sections() if name in self._known]
        enabled = [*codes, *(["R003"] if self._parser.has_section(_DAYS_BY_DETAILS) else ())]
        return CardinalSettings(
            frozenset(enabled) or None,
            self._section(_TOP).get("currency"),
            {code: dict(self._thresholds(code)) for code in codes},
            Procurement(**dict(self._procurement())),
        )

    def _procurement(self) -> Iterator[tuple[str, Any]]:
        """Only what the file says: the rest stays as our own settings have it."""
        for (place, name), ours in _LISTS.items():
            if name in self._section(place):
                yield ours, _listed(self._section(place)[name])
        methods = {code: own[_METHODS] for code in sorted(_BY_METHOD) if _METHODS in (own := self._section(code))}
        if methods:
            yield "methods", {code: _listed(text) for code, text in methods.items()}
        days = self._section(_DAYS_BY_DETAILS)
        if days:
            yield "fewest_days", {details: _days(details, text) for details, text in days.items()}

    def _sections(self) -> list[str]:
        return [name for name in self._parser.sections() if name != _TOP]

    def _section(self, name: str) -> Mapping[str, str]:
        return dict(self._parser[name]) if self._parser.has_section(name) else {}

    def _refuse_unknown(self) -> None:
        read = {place for place, _ in _LISTS} | {_DAYS_BY_DETAILS} | _OF_PREPARE | self._known
        unknown = [name for name in self._section(_TOP) if (_TOP, name) not in _LISTS and name != "currency"]
        unknown += [name for name in self._sections() if name not in read]
        if unknown:
            raise UnusableCardinalSettings(f"there is no {', '.join(unknown)} here")
        for name in self._section("exclusions"):
            if ("exclusions", name) not in _LISTS:
                raise UnusableCardinalSettings(f"exclusions has no {name} here")

    def _thresholds(self, code: str) -> Iterator[tuple[str, Threshold]]:
        for name, text in self._section(code).items():
            ours = _OURS.get((code, name))
            if ours is not None:
                yield ours, _number(f"{code} {name}", text, whole=ours in _WHOLE)
            elif name != _METHODS or code not in _BY_METHOD:
                raise UnusableCardinalSettings(f"{code} has no {name} here")


def _number(name: str, text: str, *, whole: bool) -> Threshold:
    try:
        return int(text) if whole else Decimal(text)
    except (ValueError, InvalidOperation) as error:
        raise UnusableCardinalSettings(f"{name} is not a number") from error


def _days(details: str, text: str) -> int:
    days = int(_number(f"{_DAYS_BY_DETAILS} {details}", text, whole=True))
    if days < 0:
        raise UnusableCardinalSettings(f"{_DAYS_BY_DETAILS} {details} is below zero")
    return days


def _listed(text: str) -> frozenset[str]:
    return frozenset(name for part in text.split("|") if (name := part.strip()))
