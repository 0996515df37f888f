"""Resident ID numbers where none belong: in fields that are not a person's."""

import re
from typing import Final

from pydantic_core import PydanticCustomError

from domain.identifiers import check_resident_id

ID_NUMBER: Final = re.compile(rb'(?<!"uscc":")(?<![0-9])[1-9][0-9]{16}[0-9Xx](?![0-9])')
"""What may be one; a credit code may look the same."""
_PSEUDONYM: Final = re.compile(rb'"(?:person_id|name_key)":"[0-9a-f]*"')
"""Long enough to hold, by chance, what looks like an ID number."""
_FULL_WIDTH_DIGIT: Final = re.compile(rb"\xef\xbc[\x90-\x99]")
_SEVENTEEN_DIGITS: Final = b"0" * 17
_DIGITS_TO_ZERO: Final = bytes(48 if 48 <= byte <= 57 else 32 for byte in range(256))


def holds_id_number(text: bytes) -> bool:
    """True if ``text`` (UTF-8) holds an 18-character number that is right to its check character."""
    if b"\xef\xbc" in text:
        text = _FULL_WIDTH_DIGIT.sub(lambda digit: bytes([digit.group()[2] - 0x60]), text)
    if _SEVENTEEN_DIGITS not in text.translate(_DIGITS_TO_ZERO):
        return False
    return any(_is_id_number(match.group().decode()) for match in ID_NUMBER.finditer(_PSEUDONYM.sub(b"", text)))


def _is_id_number(text: str) -> bool:
    try:
        check_resident_id(text.upper())
    except PydanticCustomError:
        return False
    return True
