"""The administrative divisions 行政区划 of GB/T 2260: provinces, prefectures and counties by code.

New ones are founded and old ones abolished every year, and facts speak of both. So the table has the abolished
ones too, the settings can name more, and a code that nobody knows still lies in its prefecture and province.
"""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

_STILL_NAMED = 2024
"""Firms go on bearing the name of a division that was abolished later than this."""

_added: dict[str, str] = {}


class Division(NamedTuple):
    """``since`` and ``until`` are the years in which it was founded and abolished; None where that is not known."""

    name: str
    since: int | None
    until: int | None


@cache
def all_divisions() -> dict[str, Division]:
    """By code: 2 digits for a province, 4 for a prefecture, 6 for a county; those abolished since 2000 included."""
    lines = files("domain").joinpath("divisions.csv").read_text(encoding="utf-8").splitlines()
    return {
        row["code"]: Division(row["name"], _year(row["since"]), _year(row["until"])) for row in csv.DictReader(lines)
    }


@cache
def divisions() -> dict[str, str]:
    """The names, by code, of the divisions that exist or were abolished only lately."""
    return {code: each.name for code, each in all_divisions().items() if (each.until or 9999) > _STILL_NAMED}


@cache
def provinces() -> frozenset[str]:
    """The two-digit codes of all provinces."""
    return frozenset(code for code in divisions() if len(code) == 2)


@cache
def division_codes() -> frozenset[str]:
    """Every code of 2, 4 or 6 digits, and the shorter ones padded with zeros to 4 and 6 digits as well."""
    known = all_divisions()
    return frozenset(known) | {code.ljust(length, "0") for code in known for length in (4, 6) if len(code) < length}


def add_divisions(names: Mapping[str, str]) -> None:
    """Name these divisions too, as the settings do. Only what people read depends on it, and no judgement."""
    _added.clear()
    _added.update(names)


def is_known(code: str) -> bool:
    """Whether the table or the settings have the division; a short code may be padded with zeros."""
    return code in division_codes() or any(code == added.ljust(len(code), "0") for added in _added)


def place_name(code: str | None) -> str:
    """A jurisdiction by the names of its levels: 广东省广州市天河区. What no table names stands as its code."""
    if not code:
        return ""
    names = [_name(code[:digits]) for digits in (2, 4, 6) if len(code) >= digits]
    known = "".join(names)
    return known if known and is_known(code) else f"{known}{code}"


def _name(code: str) -> str:
    named = all_divisions().get(code)
    return named.name if named else _added.get(code, "")


def _year(text: str) -> int | None:
    return int(text) if text else None
