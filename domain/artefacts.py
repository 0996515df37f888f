"""What spreadsheets and copying put around a value, and what sources write for "nothing"."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

_SIGNS: Final = frozenset(
    {
        "无",
        "暂无",
        "没有",
        "空",
        "未知",
        "不详",
        "NULL",
        "(NULL)",
        "<NULL>",
        "N/A",
        "#N/A",
        "NA",
        "NONE",
        "NIL",
        "NAN",
        "<NA>",
    }
)
"""What stands for "nothing" in a cell, in upper case."""
LONGEST_SIGN: Final = 12
"""No longer text says nothing."""
_IDEOGRAPHS: Final = re.compile("[\u4e00-\u9fff]+")
_LINES: Final = re.compile(r"[-/\\_\u2010-\u2015\u2212]*")
_QUOTES: Final = "'\"`´‘’“”′"
_WRAPPING: Final = _QUOTES + " "
_DASHES: Final = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63", "-"))
_ARTEFACTS: Final = re.compile(rf"[-={_QUOTES}]")
_SCIENTIFIC: Final = re.compile(r"[0-9][.,]?[0-9]*E\+?[0-9]{1,2}", re.ASCII)
_PLAIN_NUMBER: Final = re.compile(r"[0-9A-Z\u4e00-\u9fff()-]+")


def says_nothing(text: str) -> bool:
    """Whether ``text`` is empty or a sign for nothing: ``/``, ``-``, ``无``, ``NULL``, ``N/A`` and the like."""
    return len(text) <= LONGEST_SIGN and _is_sign(text)


@lru_cache(maxsize=1 << 15)
def _is_sign(text: str) -> bool:
    # Most short texts are names of people, which no cache knows. Of ideographs there is no other form.
    if _IDEOGRAPHS.fullmatch(text):
        return text in _SIGNS
    # A NUL is refused as one, and not passed over as invisible: PostgreSQL could not keep it.
    if "\0" in text:
        return False
    plain = without_wrapping(unicodedata.normalize("NFKC", text)).upper()
    return plain in _SIGNS or text == "NaT" or _LINES.fullmatch(plain) is not None


def without_wrapping(text: str) -> str:
    """``text`` without what is invisible or wrapped around it: ``'…``, ``="…"``, blanks."""
    return visible(text).strip(_WRAPPING).removeprefix("=").strip(_WRAPPING)


def code_text(text: str) -> str:
    """A code or number of letters and digits as it is meant: half-width, upper case, nothing between its characters.

    What is none of its characters stays, so that a check can refuse it.
    """
    if text.isascii() and text.isalnum():
        return text.upper()
    plain = unicodedata.normalize("NFKC", text).upper().translate(_DASHES)
    return "".join(_ARTEFACTS.sub("", visible(plain)).split())


def certificate_number(text: str) -> str:
    """The number of a certificate as it is meant: half-width, upper case, no blanks, one kind of dash."""
    if _PLAIN_NUMBER.fullmatch(text):
        return text
    plain = unicodedata.normalize("NFKC", text).upper().translate(_DASHES)
    return "".join(without_wrapping(plain).split())


def in_scientific_notation(code: str) -> bool:
    """Whether a spreadsheet turned a number into ``4.40106E+17``, and so lost its last digits."""
    return _SCIENTIFIC.fullmatch(code) is not None


def visible(text: str) -> str:
    """``text`` without control characters and without zero-width, direction and other format characters."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        " " if character.isspace() else character
        for character in text
        if character.isspace() or unicodedata.category(character) not in ("Cc", "Cf")
    )
