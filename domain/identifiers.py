"""Unified social credit codes, resident IDs, jurisdictions and name keys: parsed and checked.

Every check raises a :class:`pydantic_core.PydanticCustomError` whose code says what is wrong
and whose message never holds the value.
"""

import re
from collections.abc import Iterable

from pydantic_core import PydanticCustomError

from domain.divisions import division_codes, provinces
from domain.identity_documents import check_resident_id, identity_text
from domain.names import organisation_key, person_name_key_text
from domain.organisation_codes import check_uscc

__all__ = [
    "check_jurisdiction",
    "check_resident_id",
    "check_uscc",
    "common_jurisdiction",
    "identity_text",
    "jurisdiction_covers",
    "jurisdiction_of_project",
    "organisation_key",
    "person_name_key_text",
    "significant_digits",
]


def check_jurisdiction(text: str) -> str:
    """``text``, unchanged, if it is built like the code of a jurisdiction 管辖区划: 2, 4 or 6 digits (GB/T 2260).

    Only its province must be known: divisions are founded every year, and none of them may reject a fact.
    ``doctor`` names the codes that the table does not have.
    """
    if text in _JURISDICTIONS:
        return text
    if not (text.isascii() and text.isdigit()):
        raise PydanticCustomError("characters", "a jurisdiction code has digits only")
    if len(text) not in (2, 4, 6):
        raise PydanticCustomError("length", "a jurisdiction code has 2, 4 or 6 digits")
    if text[:2] not in provinces():
        raise PydanticCustomError("unknown_code", "no province of GB/T 2260 has this code")
    return text


def jurisdiction_covers(prefix: str, code: str) -> bool:
    """Whether the division ``code`` lies in the division ``prefix``; an empty prefix covers nothing.

    Trailing ``00`` pairs of ``prefix`` stand for any digits.
    """
    significant = significant_digits(prefix)
    return significant != "" and code.startswith(significant)


def significant_digits(jurisdiction: str) -> str:
    """A jurisdiction code without its trailing ``00`` pairs, which stand for any digits."""
    while jurisdiction.endswith("00"):
        jurisdiction = jurisdiction[:-2]
    return jurisdiction


def common_jurisdiction(codes: Iterable[str]) -> str:
    """The smallest division that holds all of ``codes``, as six digits; empty where only the country does."""
    shared = ""
    for digits in zip(*map(significant_digits, codes), strict=False):
        if len(set(digits)) > 1:
            break
        shared += digits[0]
    whole = shared[: len(shared) // 2 * 2]
    return whole.ljust(6, "0") if whole else ""


def jurisdiction_of_project(code: str) -> str | None:
    """The division in a national project code 项目代码: ``440100`` of ``2020-440100-47-01-012345``.

    None where the code has another form, or names a province that GB/T 2260 does not know.
    """
    named = _PROJECT_CODE.fullmatch(code)
    return named[1] if named and named[1][:2] in provinces() else None


_JURISDICTIONS = division_codes()
_PROJECT_CODE = re.compile(r"\d{4}-(\d{6})-\d{2}-\d{2}-\d{6}", re.ASCII)
