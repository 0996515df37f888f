"""The numbers of identity documents 身份证件, parsed and checked.

Every check raises a :class:`pydantic_core.PydanticCustomError` whose code says what is wrong and whose
message never holds the value.
"""

import re
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from pydantic_core import PydanticCustomError

from domain.artefacts import code_text, in_scientific_notation, says_nothing
from domain.divisions import provinces
from domain.organisation_codes import scientific_notation

_SHANGHAI = ZoneInfo("Asia/Shanghai")

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
_RESIDENT_PROVINCES = provinces() | {"83"}
"""The first two digits of a resident ID. Residence permits 居住证 write 83 for Taiwan, whose division code is 71."""
_EARLIEST_BIRTH = date(1900, 1, 1)

_IDENTITY_KINDS = {1: "rid", 3: "passport", 4: "hkmt", 5: "hkmt"}
_RESIDENT = 1
_OLD_FOREIGN_RESIDENT = re.compile(r"[A-Z]{3}[0-9]{12}")
"""The card for foreign permanent residents as it was until 2023: nationality (ISO 3166), area, birth, sequence."""
_RESIDENT_FORM = re.compile(r"(?:8[123]|9[0-9])[0-9]{15}[0-9X]")
"""Residence permits 港澳台居民居住证, and the card for foreign permanent residents of 2023."""
# The sign of multiplication, a Cyrillic and a Greek letter.
_LOOKS_LIKE_X = str.maketrans({"×": "X", "Х": "X", "Χ": "X"})


def check_identity_number(id_type: int, text: str) -> str:
    """``text`` as the number of an identity document, as it is meant and without what spreadsheets put around it.

    ``id_type`` 1 is a resident ID, a residence permit for people from Hong Kong, Macao or Taiwan, or a foreign
    permanent resident's card 外国人永久居留身份证; 3 is a passport; 4 and 5 are the permits to come to the mainland.
    """
    number = identity_number_text(text)
    if id_type == _RESIDENT:
        return number if _OLD_FOREIGN_RESIDENT.fullmatch(number) else check_resident_id(number)
    return check_resident_id(number) if _RESIDENT_FORM.fullmatch(number) else number


def identity_number_text(text: str) -> str:
    """The number as it is meant, unchecked; raises where nothing of it is left, or not all of its digits."""
    if says_nothing(text):
        raise PydanticCustomError("missing", "the number is needed, and the source wrote a sign for nothing")
    number = code_text(text).translate(_LOOKS_LIKE_X)
    if in_scientific_notation(number):
        raise scientific_notation()
    return number


def check_resident_id(text: str) -> str:
    """``text`` as a number built like a resident's 公民身份号码 (GB 11643): 18 characters, upper case.

    A 15-digit number gets the century 19 and a check character. The first two digits must name a
    province, and the birth date must exist and must not lie in the future. In the number of a foreign
    permanent resident (GA/T 2102-2023) a 9 stands before the province.
    """
    if len(text) == 15:
        return _upgraded(text)
    if len(text) != 18:
        raise PydanticCustomError("length", "a resident ID number has 18 or 15 characters")
    number = text.upper()
    if number[0] == "9":
        return _foreign_resident(number)
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


def identity_text(id_type: int, number: str) -> str:
    """The text from which a pseudonym is derived, of a checked number: ``rid:v1:…``, ``passport:v1:…`` and the like.

    One document gives one text, whichever type its source files it under.
    """
    if len(number) == 15 and _OLD_FOREIGN_RESIDENT.fullmatch(number):
        return f"fpr:v1:{number}"
    kind = "rid" if id_type == _RESIDENT or _RESIDENT_FORM.fullmatch(number) else _IDENTITY_KINDS[id_type]
    return f"{kind}:v1:{number}"


def _foreign_resident(number: str) -> str:
    """A number of GA/T 2102-2023: 9, province, nationality, birth date, sequence, check character of GB 11643."""
    total = _weighted(number[:17], 0)
    if number[1:3] not in _RESIDENT_PROVINCES:
        raise PydanticCustomError("unknown_code", "no known province stands behind the 9")
    if number[17] != _CHECK_CHARACTERS[total % 11]:
        raise _wrong_end(number[17])
    try:
        _check_birth(number[6:14])
    except PydanticCustomError:
        # The standard writes the nationality with three digits. Numbers with two of them are met as well.
        _check_birth(number[5:13])
    return number


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
    _check_birth(birth)
    return total


def _check_birth(birth: str) -> None:
    try:
        born = date(int(birth[:4]), int(birth[4:6]), int(birth[6:]))
    except ValueError:
        raise PydanticCustomError("birth_date", "the birth date does not exist") from None
    if not _EARLIEST_BIRTH <= born <= datetime.now(_SHANGHAI).date():
        raise PydanticCustomError("birth_date", "the birth date is in the future or too long ago")


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
