"""Names of organisations and persons in one spelling, so that they can be compared."""

import re
import unicodedata
from functools import cache, lru_cache
from html import unescape
from typing import NamedTuple

from opencc import OpenCC

_OPENING = "〔【[{「『〈《⟨"
_CLOSING = "〕】]}」』〉》⟩"
_BRACKETS = str.maketrans(_OPENING + _CLOSING, "(" * len(_OPENING) + ")" * len(_CLOSING))
_MARKS = " ,.;:、。“”‘’\"'"

LOST = re.compile("[□■◇◆▢▣▯▮◻◼☐⬜⬛〓?*\ufffd\ue000-\uf8ff\U000f0000-\U0010ffff]+")
"""What systems print where they lack a rare character: one mark, or one for each of its bytes; private use included."""
_LABEL = re.compile(
    r"^(?:投标(?:单位|人)|(?:社保)?(?:缴费|缴纳|参保)单位|(?:用人|工作|所属|注册|聘用)单位|单位|企业|公司|机构|组织)?"
    r"(?:全称|名称|名)?:"
)
_NOTE = re.compile(r"\((?:本部|总部|机关|社保|公章|盖章|单位公章|参保单位|缴费单位)\)$")
_CODE = re.compile(
    r"[-_/,:(]?(?:统一社会信用代码|组织机构代码|信用代码|代码|税号)?:?"
    r"(?=(?:[A-Z-]*[0-9]){6})(?:[0-9A-Z]{18}|[0-9A-Z]{8}-?[0-9X]|[0-9]{6,20})\)?$"
)
_LONGEST_CODE = 40
"""A trailing code with its label has at most so many characters, so only the end of a name is searched."""
_FORMER = re.compile(r"\((?:原名称?|曾用名|更名前|原)[:为]?")
_SHORTEST_FORMER_NAME = 4
"""Shorter texts after 原 are places such as (原州) and (原平), not former names."""


class OrganisationName(NamedTuple):
    """A normalised name, and the former names that stood in its brackets."""

    text: str
    former: tuple[str, ...] = ()


@cache
def _simplifier() -> OpenCC:
    return OpenCC("t2s")


@lru_cache(maxsize=1 << 15)
def normalised(name: str) -> OrganisationName:
    """The name in one spelling, for keys and comparison; it is never shown to people.

    The spelling is NFKC, upper case, simplified characters, one kind of bracket, no white space and
    no invisible characters. Labels (单位名称：), notes ((本部), (社保)) and a trailing code are removed.
    Former names ((原…), (曾用名…)) are returned apart. The text is empty where the name held only labels.
    """
    # Full-width forms become ASCII first (NFKC): the patterns below know only ASCII brackets and colons.
    written = unescape(name) if "&" in name else name
    plain = _simplifier().convert(_visible(unicodedata.normalize("NFKC", written).upper()).translate(_BRACKETS))
    text, former = _lift_former(plain)
    return OrganisationName(_strip_labels(text), tuple(filter(None, map(_strip_labels, former))))


def organisation_key(name: str) -> str:
    """The normalised name, which identifies an organisation without a code.

    A name that holds only labels is returned as it was given, so that a key is never empty.
    """
    return normalised(name).text or name


def same_form(name: str) -> str:
    """``name`` in one spelling of its legal form: 有限公司 is short for 有限责任公司."""
    return name.replace("有限责任公司", "有限公司")


def other_spellings(name: str) -> tuple[str, ...]:
    """``name`` with the other spelling of its legal form, where it has one of the two."""
    short = same_form(name)
    long = short.replace("有限公司", "有限责任公司") if "股份有限公司" not in short else short
    return tuple(spelling for spelling in (short, long) if spelling != name)


@lru_cache(maxsize=1 << 14)
def person_name_key_text(name: str) -> str:
    """A person's name without separators; each character that a system could not print becomes ``?``."""
    plain = unicodedata.normalize("NFKC", name).upper()
    return "".join("?" if LOST.match(c) else c for c in plain if c not in "·•‧・∙⋅." and _printed(c))


def _visible(text: str) -> str:
    return text if text.isalnum() else "".join(filter(_printed, text))


def _printed(character: str) -> bool:
    """False for white space, control characters, zero-width and other format characters."""
    return not character.isspace() and unicodedata.category(character) not in ("Cc", "Cf")


def _lift_former(text: str) -> tuple[str, list[str]]:
    former: list[str] = []
    start = 0
    while opening := _FORMER.search(text, start):
        end = _closing(text, opening.start())
        old = text[opening.end() : end]
        if len(old) >= _SHORTEST_FORMER_NAME:
            former.append(old)
            text, start = text[: opening.start()] + text[end + 1 :], opening.start()
        else:
            start = opening.end()
    return text, former


def _closing(text: str, opening: int) -> int:
    """The index of the bracket that closes the one at ``opening``; the length of ``text`` where none does."""
    depth = 0
    for index in range(opening, len(text)):
        depth += (text[index] == "(") - (text[index] == ")")
        if depth == 0:
            return index
    return len(text)


def _strip_labels(text: str) -> str:
    before = None
    # Labels, notes and codes may stand in any order, and removing one uncovers the next.
    while text != before:
        before = text
        text = _strip_code(_NOTE.sub("", _LABEL.sub("", text.strip(_MARKS))))
    return text


def _strip_code(text: str) -> str:
    code = _CODE.search(text, max(0, len(text) - _LONGEST_CODE))
    return text[: code.start()] if code else text
