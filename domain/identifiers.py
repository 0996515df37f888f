"""Unified social credit codes, resident IDs, jurisdictions and name keys: parsed and checked.

Every check raises a :class:`pydantic_core.PydanticCustomError` whose code says what is wrong
and whose message never holds the value.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from pydantic_core import PydanticCustomError
from stdnum.cn import uscc
from stdnum.exceptions import InvalidChecksum, InvalidLength, ValidationError

from domain.divisions import division_codes, provinces
from domain.names import organisation_key, person_name_key_text

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

_SHANGHAI = ZoneInfo("Asia/Shanghai")

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
_RESIDENT_PROVINCES = provinces() | {"83"}
"""The first two digits of a resident ID. Residence permits 居住证 write 83 for Taiwan, whose division code is 71."""
_EARLIEST_BIRTH = date(1900, 1, 1)

_IDENTITY_KINDS = {1: "rid", 3: "passport", 4: "hkmt", 5: "hkmt"}


@lru_cache(maxsize=1 << 16)
def check_uscc(text: str) -> str:
    """``text`` as a unified social credit code 统一社会信用代码 (GB 32100): 18 characters, upper case."""
    try:
        return uscc.validate(text)
    except InvalidLength as error:
        raise PydanticCustomError("length", "a unified social credit code has 18 characters") from error
    except InvalidChecksum as error:
        raise PydanticCustomError("check_digit", "the check character of the credit code is wrong") from error
    except ValidationError as error:
        raise PydanticCustomError("characters", "a credit code has digits and letters of GB 32100") from error


def check_resident_id(text: str) -> str:
    """``text`` as a resident ID number 公民身份号码 (GB 11643): 18 characters, upper case.

    A 15-digit number gets the century 19 and a check character. The first two digits must name a
    province, and the birth date must exist and must not lie in the future.
    """
    if len(text) == 15:
        return _upgraded(text)
    if len(text) != 18:
        raise PydanticCustomError("length", "a resident ID number has 18 or 15 characters")
    number = text.upper()
    if number[17:] != _check_character(number[:6], number[6:14], number[14:17]):
        raise _wrong_end(number[17:])
    return number


_RETIREMENT_AGES = {"female": 45, "male": 50}
"""The youngest ages at which the law can retire people: heavy or harmful work, and early retirement for illness."""


def can_have_retired(resident_id: str, on: date) -> bool:
    """Whether the holder of a valid 18-character number had reached the youngest retirement age on that day."""
    birth = date(int(resident_id[6:10]), int(resident_id[10:12]), int(resident_id[12:14]))
    years = _RETIREMENT_AGES["male" if int(resident_id[16]) % 2 else "female"]
    return (on.year - years, on.month, on.day) >= (birth.year, birth.month, birth.day)


def check_jurisdiction(text: str) -> str:
    """``text``, unchanged, if it is the GB/T 2260 code of a jurisdiction 管辖区划: 2, 4 or 6 digits."""
    if text in _JURISDICTIONS:
        return text
    if not (text.isascii() and text.isdigit()):
        raise PydanticCustomError("characters", "a jurisdiction code has digits only")
    if len(text) not in (2, 4, 6):
        raise PydanticCustomError("length", "a jurisdiction code has 2, 4 or 6 digits")
    raise PydanticCustomError("unknown_code", "no division of GB/T 2260 has this code")


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

    None where the code has another form, or names a division that GB/T 2260 does not know.
    """
    named = _PROJECT_CODE.fullmatch(code)
    return named[1] if named and named[1] in _JURISDICTIONS else None


def identity_text(id_type: int, number: str) -> str:
    """The text from which a pseudonym is derived: ``rid:v1:…``, ``passport:v1:…`` or ``hkmt:v1:…``."""
    return f"{_IDENTITY_KINDS[id_type]}:v1:{number}"


_JURISDICTIONS = division_codes()
_PROJECT_CODE = re.compile(r"\d{4}-(\d{6})-\d{2}-\d{2}-\d{6}", re.ASCII)


def _upgraded(text: str) -> str:
    area, birth, sequence = text[:6], f"19{text[6:12]}", text[12:]
    return f"{area}{birth}{sequence}{_check_character(area, birth, sequence)}"


def _check_character(area: str, birth: str, sequence: str) -> str:
    total = _area_sum(area) + _birth_sum(birth) + _sequence_sum(sequence)
    return _CHECK_CHARACTERS[total % 11]


# Intake checks every number that arrives. Whole numbers rarely repeat, but their parts do (areas,
# birthdays, sequences), so the three parts are cached and a check costs three look-ups.


@lru_cache(maxsize=1 << 13)
def _area_sum(area: str) -> int:
    total = _weighted(area, 0)
    if area[:2] not in _RESIDENT_PROVINCES:
        raise PydanticCustomError("unknown_code", "the number starts with no known province")
    return total


@lru_cache(maxsize=1 << 16)
def _birth_sum(birth: str) -> int:
    total = _weighted(birth, 6)
    try:
        born = date(int(birth[:4]), int(birth[4:6]), int(birth[6:]))
    except ValueError:
        raise PydanticCustomError("birth_date", "the birth date does not exist") from None
    if not _EARLIEST_BIRTH <= born <= datetime.now(_SHANGHAI).date():
        raise PydanticCustomError("birth_date", "the birth date is in the future or too long ago")
    return total


@lru_cache(maxsize=1000)
def _sequence_sum(sequence: str) -> int:
    return _weighted(sequence, 14)


def _weighted(digits: str, start: int) -> int:
    if not (digits.isascii() and digits.isdigit()):
        raise PydanticCustomError("characters", "a resident ID number has digits, and X only at its end")
    return sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS[start:], strict=False))


def _wrong_end(character: str) -> PydanticCustomError:
    if character not in _CHECK_CHARACTERS:
        return PydanticCustomError("characters", "a resident ID number has digits, and X only at its end")
    return PydanticCustomError("check_digit", "the check character of the number is wrong")
