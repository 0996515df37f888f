"""What people write into a message: none of it may say who somebody is, for the ledger keeps it for ever.

Everything is read but what is checked otherwise: codes of firms, pseudonyms, amounts, times.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

from domain.facts.messages import OUTSIDE
from domain.personal_data import People, folded_text, holds_id_number, holds_number
from streams.intake.prepared import FieldError

DEEPEST: Final = 32
"""Of what is kept: what lies deeper cannot be written out again, in a bundle."""
PERSONAL: Final = "personal_data"
_TOO_DEEP: Final = FieldError("", "too_deep", "a message is nested at most 32 deep")
_PERSONAL_TEXT: Final = "an ID number stands outside a person's id_number field"
_NAMED_TEXT: Final = "a text names a person of this message, or holds a mobile or passport number"
_OFFICIALS: Final = frozenset(field for data in OUTSIDE for field in data.OFFICIALS)
_CHECKED: Final = _OFFICIALS | {
    *("person_id", "name_key", "uscc", "digest", "specversion", "time", "recordedtime"),
    *("price", "amount", "recordedat", "subjectkeys", "unknownfields"),
}
"""Fields that hold no free text; of officials intake keeps a keyed hash."""
_NUMBERS: Final = frozenset({"certificate_no", "sequence"})
"""Numbers that may have the form of a mobile number, or of an ID number of 15 digits."""
_OF_FIRMS: Final = frozenset({"name", "aliases"})
"""A firm may bear its owner's name, where the rest says that it is one."""
_FIRM: Final = re.compile(r"(?:公司|集团|企业|厂|店|铺|行|所|社|院|中心|部|处|局|队|会|馆|站|场|室|坊|园)[）)\s]*$")
_SHORTEST_NUMBER: Final = 10**10


def faults_in_texts(message: Any, people: People) -> list[FieldError]:
    """Where ``message`` names one of ``people`` or holds a number of a person, or is nested too deep."""
    try:
        fields = list(dict.fromkeys(_faulty(message, people, "", "", DEEPEST)))
    except _TooDeep:
        return [_TOO_DEEP]
    return [FieldError(field, PERSONAL, text) for field, text in fields]


def people_named(message: Any) -> list[str]:
    """The names in a message as it was sent, whether or not the people could be read."""
    found: list[str] = []
    if isinstance(message, dict):
        name = message.get("name")
        if "id_number" in message and isinstance(name, str):
            found.append(name)
        officials = (message[field] for field in _OFFICIALS & message.keys())
        found += [official for official in officials if isinstance(official, str)]
        message = list(message.values())
    if isinstance(message, list):
        for item in message:
            if isinstance(item, dict | list):
                found += people_named(item)
    return found


def pseudonyms_in(message: Any) -> set[str]:
    """Of whom a prepared message speaks."""
    if isinstance(message, dict):
        known = message.get("person_id")
        own = {known} if isinstance(known, str) else set()
        return own.union(*map(pseudonyms_in, message.values()))
    if isinstance(message, list):
        return set().union(*map(pseudonyms_in, message))
    return set()


@lru_cache(maxsize=1 << 16)
def _folded(text: str) -> str | None:
    return None if holds_number(text) else folded_text(text)


def is_known_to_speak_of(text: str, names: Sequence[str]) -> bool:
    """:func:`may_speak_of`, remembered: for names of firms, which come again in thousands of messages."""
    folded = _folded(text)
    if folded is None:
        return True
    for name in names:  # noqa: SIM110 - a generator would take longer than the search
        if name in folded:
            return True
    return False


def may_speak_of(text: str, names: Sequence[str]) -> bool:
    """True where ``text`` may say who somebody is; ``names`` are folded, and none is in Latin letters."""
    return holds_number(text) if text.isascii() else is_known_to_speak_of(text, names)


class _TooDeep(Exception):
    pass


def _faulty(value: Any, people: People, path: str, key: str, left: int) -> Iterator[tuple[str, str]]:
    """The fields below ``path``, each with what is wrong; ``key`` is the name of the innermost one."""
    if isinstance(value, dict | list) and not left:
        raise _TooDeep
    if isinstance(value, dict):
        yield from _faulty_fields(value, people, path, left)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _faulty(item, people, f"{path}[{index}]", key, left - 1)
    elif isinstance(value, str) or (isinstance(value, int) and abs(value) >= _SHORTEST_NUMBER):
        text = _fault_of(str(value), people, key)
        if text:
            yield path, text


def _faulty_fields(said: dict[str, Any], people: People, path: str, left: int) -> Iterator[tuple[str, str]]:
    for name, item in said.items():
        if name in _CHECKED:
            continue
        inner = f"{path}.{shown_key(name)}" if path else shown_key(name)
        if not name.isidentifier() or not name.isascii():
            text = _fault_of(name, people, "")
            if text:
                yield inner, text
        yield from _faulty(item, people, inner, name, left - 1)


def _fault_of(text: str, people: People, key: str) -> str | None:
    if (holds_id_number if key in _NUMBERS else holds_number)(text):
        return _PERSONAL_TEXT if holds_id_number(text) else _NAMED_TEXT
    if people.named_in(text) or (key in _OF_FIRMS and people.has(text)):
        return None if key in _OF_FIRMS and _FIRM.search(text) else _NAMED_TEXT
    return None


def shown_key(key: str) -> str:
    """A key that is no field name may be anything, also somebody's name."""
    return key if key.isascii() and key.isidentifier() else "?"
