"""Finds people in texts where none may be named: ID numbers, mobile numbers, passports, and given names.

A text is read as a person reads it: full-width digits are digits, characters without width are not there, and
blanks, hyphens and dots may stand between the digits of a number.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date
from functools import lru_cache
from typing import Final

from pydantic_core import PydanticCustomError

from domain.divisions import provinces
from domain.identity_documents import check_resident_id
from domain.organisation_codes import check_uscc

_BETWEEN: Final = r"[\s\-_./]{0,3}"
_LONG_ID: Final = re.compile(rf"(?<![0-9])(?=([1-9](?:{_BETWEEN}[0-9]){{16}}{_BETWEEN}[0-9Xx](?![0-9])))")
_OLD_ID: Final = re.compile(rf"(?<![0-9A-Za-z])(?:T{_BETWEEN})?(?=([1-9](?:{_BETWEEN}[0-9]){{14}}(?![0-9A-Za-z])))")
_TRADE_ID: Final = re.compile(rf"(?<![A-Za-z])T{_BETWEEN}([1-9](?:{_BETWEEN}[0-9]){{14}})(?![0-9])")
_MOBILE: Final = re.compile(
    # It begins with the digit and looks back afterwards: so the search leaps from 1 to 1.
    r"1[3-9](?:(?<![0-9A-Za-z]..)|(?<=^86..)|(?<=[^0-9A-Za-z]86..)|(?<=0086..)|(?<=86[\s\-]..))"
    r"(?:[0-9][\s\-.]{0,3}[0-9]{4}|[0-9]{2}[\s\-.]{0,3}[0-9]{3})[\s\-.]{0,3}[0-9]{4}(?![0-9A-Za-z]|\.[0-9])"
)
_PASSPORT: Final = re.compile(
    r"(?:护照|護照|通行证|通行證|passport)[^0-9]{0,12}?(?<![A-Z])[A-Z]{1,2}\s?[0-9]{7,10}(?![0-9])", re.IGNORECASE
)
_NO_DIGITS: Final = bytes(byte for byte in range(256) if not 48 <= byte <= 57)
_DIGITS_TO_ZERO: Final = bytes(48 if 48 <= byte <= 57 else 32 for byte in range(256))
_SEPARATORS: Final = b" \t\r\n\x0b\x0c-_./"
FEWEST_DIGITS, _MOBILE_DIGITS, _OLD_ID_DIGITS = 7, 11, 15
_OLD_ID_RUN: Final = b"0" * _OLD_ID_DIGITS
_NOT_DIGITS: Final = re.compile(r"[^0-9Xx]")
_LOOKS_LIKE: Final = str.maketrans(dict.fromkeys("×ХΧ", "X") | dict.fromkeys("·•‧・∙⋅", ".") | {"−": "-"})
"""The sign of multiplication, a Cyrillic and a Greek letter; dots between parts of names; the sign of subtraction."""
_PERMITS_SINCE: Final = 2010
"""The number of a construction permit is built like an ID number: area, day of issue, sequence. Nobody who works on a
site was born so late, and no permit is so old."""
_OLD_BIRTHS: Final = range(30, 100)
"""The years in numbers of 15 digits, which were issued until 1999. Earlier ones are today's dates in other numbers."""
_ADDRESSED: Final = (
    "(?:项目|技术|安全)?(?:先生|女士|同志|师傅|老师|经理|总监|主任|处长|科长|局长|工程师|负责人|姓名|联系人|本人|员)"
)
"""What goes before or after a person's name."""
_NO_SEPARATORS: Final = dict.fromkeys(_SEPARATORS)
_LETTER: Final = r"[^\W\d_]"


def holds_number(text: str) -> bool:
    """True where ``text`` holds an ID number of 18 or 15 digits, a mobile number, or a passport named as one."""
    plain = text if text.isascii() else _plain(text)
    # Nearly every text ends here, and most others after one search: this must cost next to nothing.
    digits = len(plain.encode("ascii", "ignore").translate(None, _NO_DIGITS))
    if digits < FEWEST_DIGITS:
        return False
    if digits >= _MOBILE_DIGITS and _MOBILE.search(plain) is not None:
        return True
    in_a_row = digits >= _OLD_ID_DIGITS and _OLD_ID_RUN in _runs(plain)
    if in_a_row and (_any(_OLD_ID, _is_old_id, plain) or _any(_LONG_ID, _is_long_id, plain)):
        return True
    return (plain is not text or "assport" in plain or "ASSPORT" in plain) and _PASSPORT.search(plain) is not None


def holds_id_number(text: str) -> bool:
    """True where ``text`` holds an ID number of 18 digits, or one of 15 behind the T of a trade certificate."""
    plain = text if text.isascii() else _plain(text)
    runs = _runs(plain)
    return _OLD_ID_RUN in runs and (_any(_LONG_ID, _is_long_id, plain) or _any(_TRADE_ID, _is_old_id, plain))


def without_id_numbers(text: str, instead: Callable[[str], str]) -> str:
    """``text`` with what ``instead`` makes of each ID number that :func:`holds_id_number` finds."""
    for pattern, holds in ((_LONG_ID, _is_long_id), (_TRADE_ID, _is_old_id)):
        found = [match.span(1) for match in pattern.finditer(text) if holds(_digits(match.group(1)))]
        for begin, end in reversed(found):
            text = text[:begin] + instead(check_resident_id(_digits(text[begin:end]))) + text[end:]
    return text


class People:
    """The people of one message by their names, to be found in its texts, in any spelling.

    An opening names thousands of people in thousands of texts: all of them are looked for in one pass.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = frozenset(name for name in map(folded_text, names) if len(name) > 1)
        self._lengths = sorted(set(map(len, self._names)))
        self._latin = any(name.isascii() for name in self._names)

    def named_in(self, text: str) -> bool:
        """True where ``text`` names one of them.

        Names of two characters are words as well (白云, 文明): they count only where they stand alone, or with
        the word that goes with a person.
        """
        if not self._names or (text.isascii() and not self._latin):
            return False
        folded = folded_text(text)
        for length in self._lengths:
            for start in range(len(folded) - length + 1):
                name = folded[start : start + length]
                if name in self._names and _stands_for_a_person(text, name):
                    return True
        return False

    def has(self, name: str) -> bool:
        """True where the whole of ``name`` is the name of one of them."""
        return bool(self._names) and folded_text(name) in self._names


def folded_text(text: str) -> str:
    """``text`` so that two spellings of a name are equal."""
    if text.isalpha() and unicodedata.is_normalized("NFKC", text):
        return text.casefold()
    return _plain(text).translate(_NO_SEPARATORS).casefold()


def _runs(plain: str) -> bytes:
    """``plain`` with 0 for every digit, and without what may stand between digits."""
    return plain.encode("ascii", "replace").translate(_DIGITS_TO_ZERO, _SEPARATORS)


def _plain(text: str) -> str:
    """In half width, without characters that cannot be seen, with one kind of blank, of hyphen and of dot."""
    if text.isascii():
        return text
    return "".join(map(_plain_character, unicodedata.normalize("NFKC", text).translate(_LOOKS_LIKE)))


@lru_cache(maxsize=1 << 13)
def _plain_character(character: str) -> str:
    category = unicodedata.category(character)
    return {"Cf": "", "Cc": " ", "Zs": " ", "Zl": " ", "Zp": " ", "Pd": "-"}.get(category, character)


def _stands_for_a_person(text: str, name: str) -> bool:
    if len(name) > 2 and not name.isascii():
        return True
    spelt = _BETWEEN.join(map(re.escape, name))
    alone = rf"(?<!{_LETTER}){spelt}(?!{_LETTER})"
    named = rf"(?:{_ADDRESSED}){_BETWEEN}[:：是为]?{_BETWEEN}{spelt}|{spelt}{_BETWEEN}(?:{_ADDRESSED})"
    found = alone if name.isascii() else f"{alone}|{named}"
    return re.search(found, _plain(text), re.IGNORECASE) is not None


def _any(pattern: re.Pattern[str], holds: Callable[[str], bool], plain: str) -> bool:
    return any(holds(_digits(match.group(match.lastindex or 0))) for match in pattern.finditer(plain))


def _digits(written: str) -> str:
    return _NOT_DIGITS.sub("", written).upper()


def _is_long_id(number: str) -> bool:
    try:
        check_resident_id(number)
    except PydanticCustomError:
        return False
    if number[0] == "9":
        return not _is_credit_code(number)
    return int(number[6:10]) < _PERMITS_SINCE


def _is_old_id(number: str) -> bool:
    if number[:2] not in provinces() or int(number[6:8]) not in _OLD_BIRTHS:
        return False
    try:
        date(1900 + int(number[6:8]), int(number[8:10]), int(number[10:12]))
    except ValueError:
        return False
    return True


def _is_credit_code(text: str) -> bool:
    """A credit code may have the form of a foreign permanent resident's number, and is far more often meant."""
    try:
        check_uscc(text)
    except PydanticCustomError:
        return False
    return True
