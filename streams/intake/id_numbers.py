"""Finds resident ID numbers in fields where none may stand."""

import re
from typing import Final

from pydantic_core import PydanticCustomError

from domain.identity_documents import check_resident_id
from domain.organisation_codes import check_uscc

ID_NUMBER: Final = re.compile(rb'(?<!"uscc":")(?<![0-9])[1-9][0-9]{16}[0-9Xx](?![0-9])')
"""The form of an ID number; a credit code can have it too."""
_PSEUDONYM: Final = re.compile(rb'"(?:person_id|name_key)":"[0-9a-f]*"')
"""Pseudonyms are hexadecimal and so long that one can contain the form of an ID number by chance."""
_FULL_WIDTH_DIGIT: Final = re.compile(rb"\xef\xbc[\x90-\x99]")
_FIRST_BYTE: Final = 0xEF
_SEVENTEEN_DIGITS: Final = b"0" * 17
_DIGITS_TO_ZERO: Final = bytes(48 if 48 <= byte <= 57 else 32 for byte in range(256))


def holds_id_number(text: bytes) -> bool:
    """True if ``text`` (UTF-8) holds an 18-character number that is right to its check character."""
    # One byte is found faster than two, and hardly any message has it: every message passes here.
    if _FIRST_BYTE in text and b"\xef\xbc" in text:
        text = _FULL_WIDTH_DIGIT.sub(lambda digit: bytes([digit.group()[2] - 0x60]), text)
    if _SEVENTEEN_DIGITS not in text.translate(_DIGITS_TO_ZERO):
        return False
    return any(_is_id_number(match.group().decode()) for match in ID_NUMBER.finditer(_PSEUDONYM.sub(b"", text)))


def _is_id_number(text: str) -> bool:
    try:
        check_resident_id(text.upper())
    except PydanticCustomError:
        return False
    return text[0] != "9" or not _is_credit_code(text)


def _is_credit_code(text: str) -> bool:
    """A credit code may have the form of a foreign permanent resident's number, and is far more often meant."""
    try:
        check_uscc(text)
    except PydanticCustomError:
        return False
    return True
