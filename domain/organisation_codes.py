"""The codes of organisations: credit codes, organisation codes and registration numbers, parsed and checked.

Every check raises a :class:`pydantic_core.PydanticCustomError` whose code says what is wrong and whose
message never holds the value.
"""

from datetime import date
from functools import lru_cache

from pydantic_core import PydanticCustomError
from stdnum.cn import uscc
from stdnum.exceptions import InvalidChecksum, InvalidLength, ValidationError
from stdnum.iso7064 import mod_11_10

from domain.artefacts import code_text, in_scientific_notation
from domain.divisions import provinces

ORGANISATION_CODE_LENGTH = 9
REGISTRATION_NUMBER_LENGTH = 15
_EARLIEST_BIRTH_YEAR = 1925
"""Nobody born earlier works or owns a firm today; registration numbers of companies read as births before it."""
_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_VALUES = {character: value for value, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}


@lru_cache(maxsize=1 << 16)
def check_uscc(text: str) -> str:
    """``text`` as a unified social credit code 统一社会信用代码 (GB 32100): 18 characters, upper case."""
    code = code_text(text)
    if in_scientific_notation(code):
        raise scientific_notation()
    if code == "0" * 18:
        raise PydanticCustomError("placeholder", "eighteen zeros are no credit code")
    try:
        return uscc.validate(code)
    except InvalidLength as error:
        raise PydanticCustomError("length", "a unified social credit code has 18 characters") from error
    except InvalidChecksum as error:
        raise PydanticCustomError("check_digit", "the check character of the credit code is wrong") from error
    except ValidationError as error:
        raise PydanticCustomError("characters", "a credit code has digits and letters of GB 32100") from error


@lru_cache(maxsize=1 << 16)
def check_organisation_code(text: str) -> str:
    """``text`` as the code that a source has for an organisation, as it is meant.

    That is a credit code of 18 characters, an organisation code 组织机构代码 of 9 (GB 11714), or a
    registration number 工商注册号 of 15 digits. Numbers from before 2007 have no check digit, so
    a registration number is kept with a wrong one too; it is only no evidence.
    """
    code = code_text(text)
    if len(code) == REGISTRATION_NUMBER_LENGTH and code.isascii() and code.isdigit():
        return _kept_registration_number(code)
    if len(code) != ORGANISATION_CODE_LENGTH or in_scientific_notation(code):
        return check_uscc(code)
    if not all(character in _VALUES for character in code):
        raise PydanticCustomError("characters", "an organisation code has digits and letters")
    if not holds_organisation_code(code):
        raise PydanticCustomError("check_digit", "the check character of the organisation code is wrong")
    return code


def lasting_code(code: str) -> str:
    """The organisation code in a checked code, which stays when the firm moves (GB 32100: characters 9 to 17).

    A registration number holds none and is returned as it is.
    """
    return code[8:17] if len(code) == 18 else code


def holds_organisation_code(code: str) -> bool:
    """Whether 9 characters are an organisation code with the right check character (GB 11714)."""
    if not all(character in _VALUES for character in code):
        return False
    total = sum(_VALUES[character] * weight for character, weight in zip(code, _WEIGHTS, strict=False))
    # The check value is 1 to 11; GB 11714 writes 10 as X and 11 as 0.
    return code[8] == "0123456789X0"[11 - total % 11]


def holds_registration_number(code: str) -> bool:
    """Whether 15 digits are a registration number with the right check digit (ISO 7064, MOD 11,10)."""
    return mod_11_10.is_valid(code) and len(set(code)) > 1


def scientific_notation() -> PydanticCustomError:
    return PydanticCustomError(
        "scientific_notation",
        "a spreadsheet turned the number into scientific notation and lost its last digits; make the column text",
    )


def _kept_registration_number(code: str) -> str:
    # The owner of a small business may have given an ID number of 15 digits instead. The ledger must not keep one.
    if not holds_registration_number(code) and _may_be_an_old_id_number(code):
        raise PydanticCustomError("personal_data", "this may be an ID number, which is no code of an organisation")
    return code


def _may_be_an_old_id_number(code: str) -> bool:
    try:
        born = date(1900 + int(code[6:8]), int(code[8:10]), int(code[10:12]))
    except ValueError:
        return False
    return born.year >= _EARLIEST_BIRTH_YEAR and code[:2] in provinces()
