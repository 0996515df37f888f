"""Fields that no model knows: nobody has checked what they say, so they are kept sealed beside the fact.

The ledger keeps their keyed digest (:data:`UNKNOWN`); the sealed rows can be erased (docs/privacy.md).
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from domain.facts.corrections import FactCorrected
from domain.facts.fact import Fact, Person
from domain.facts.messages import OUTSIDE
from streams.intake.tidying import Field, fields_of

UNKNOWN: Final = "unknownfields"
"""The attribute with the digest."""
_KINDS: Final = {data.type_name(): data for data in OUTSIDE}
_CORRECTION: Final = FactCorrected.type_name()
_PSEUDONYM: Final = frozenset(Person.model_fields)
_ATTRIBUTES: Final = frozenset((*Fact.model_fields, "type", UNKNOWN, "recordedat", "subjectkeys"))


def take_unknown(message: dict[str, Any]) -> dict[str, Any]:
    """Take all fields out of ``message`` that its models do not know; by their paths."""
    taken = {name: message.pop(name) for name in [*message] if name not in _ATTRIBUTES}
    taken |= _taken_from(message, "data")
    return taken


def _taken_from(fact: dict[str, Any], path: str) -> dict[str, Any]:
    """From the data of a message, or of what a correction puts in another's place."""
    data = fact["data"]
    taken = dict(_unknown_in(data, fields_of(_KINDS[fact["type"]]), path))
    replacement = data.get("replacement")
    if fact["type"] == _CORRECTION and isinstance(replacement, dict):
        inner = f"{path}.replacement"
        others = [name for name in replacement if name not in ("type", "data")]
        taken |= {f"{inner}.{name}": replacement.pop(name) for name in others}
        taken |= _taken_from(replacement, f"{inner}.data")
    return taken


def _unknown_in(said: dict[str, Any], fields: Mapping[str, Field], path: str) -> Iterator[tuple[str, Any]]:
    for name in [*said]:
        field = fields.get(name)
        if field is None:
            yield f"{path}.{name}", said.pop(name)
        elif field.nested:
            yield from _unknown_inside(said[name], field.nested, f"{path}.{name}")


def _unknown_inside(value: Any, fields: Mapping[str, Field], path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unknown_inside(item, fields, f"{path}[{index}]")
    elif isinstance(value, dict) and not value.keys() <= _PSEUDONYM:
        yield from _unknown_in(value, fields, path)
