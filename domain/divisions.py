"""The administrative divisions 行政区划 of GB/T 2260: provinces, prefectures and counties by code."""

import csv
from functools import cache
from importlib.resources import files


@cache
def divisions() -> dict[str, str]:
    """Each division's name by its code: 2 digits for a province, 4 for a prefecture, 6 for a county."""
    lines = files("domain").joinpath("divisions.csv").read_text(encoding="utf-8").splitlines()
    return {row["code"]: row["name"] for row in csv.DictReader(lines)}


@cache
def provinces() -> frozenset[str]:
    """The two-digit codes of all provinces."""
    return frozenset(code for code in divisions() if len(code) == 2)


@cache
def division_codes() -> frozenset[str]:
    """Every code of 2, 4 or 6 digits, and the shorter ones padded with zeros to 4 and 6 digits as well."""
    known = divisions()
    return frozenset(known) | {code.ljust(length, "0") for code in known for length in (4, 6) if len(code) < length}


def place_name(code: str | None) -> str:
    """A jurisdiction by the names of its levels: 广东省广州市天河区. The code itself where it has no name."""
    if not code:
        return ""
    names = [divisions().get(code[:digits]) for digits in (2, 4, 6) if len(code) >= digits]
    return "".join(name for name in names if name) or code
