"""Tidies a message before a model reads it, so that the ledger keeps codes as they are meant.

What spreadsheets put around codes is taken off. A sign for "nothing" (``/``, ``无``, ``NULL``) means that
the field is absent. The model then refuses the message if it needs the field. Persons are left to
:class:`domain.facts.fact.DoorPerson`, and fields that no model knows stay as they are.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, TypeAlias, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from domain.artefacts import certificate_number, code_text, says_nothing
from domain.facts.corrections import FactCorrected
from domain.facts.fact import CertificateNumber, Fact, Holder, Jurisdiction, Org, OrganisationCode, PersonRef
from domain.facts.messages import OUTSIDE

Fold: TypeAlias = Callable[[str], str]
_FOLDS: Final[tuple[tuple[Any, Fold], ...]] = (
    (OrganisationCode, code_text),
    (CertificateNumber, certificate_number),
    (Jurisdiction, code_text),
)
_ATTRIBUTES: Final = frozenset(("type", *Fact.model_fields))
"""Those that the model knows: it reads or refuses them."""
_KINDS: Final = {data.type_name(): data for data in OUTSIDE}


@dataclass(frozen=True, slots=True)
class Field:
    """How one field is tidied; ``nested`` are the fields of the object, or of each object, in it."""

    required: bool
    fold: Fold | None = None
    nested: Mapping[str, "Field"] = field(default_factory=dict)


def tidy(message: Any) -> frozenset[str]:
    """Change ``message`` in place; the paths of required fields that said nothing, such as ``data.payer.name``."""
    if not isinstance(message, dict):
        return frozenset()
    _write_attributes(message)
    emptied = _tidy_fact(message)
    return frozenset(f"data{path}" for path in emptied)


def _write_attributes(message: dict[str, Any]) -> None:
    """In the canonical text of CloudEvents, so that one message is the same in each form in which it may come."""
    for name, value in message.items():
        if isinstance(value, bool):
            if name not in _ATTRIBUTES:
                message[name] = "true" if value else "false"
        elif isinstance(value, int) and (name == "sequence" or name not in _ATTRIBUTES):
            message[name] = str(value)


def _tidy_fact(fact: dict[str, Any]) -> Sequence[str]:
    data = _KINDS.get(fact["type"]) if isinstance(fact.get("type"), str) else None
    said = fact.get("data")
    if data is None or not isinstance(said, dict):
        return ()
    emptied = _tidy(said, fields_of(data))
    replacement = said.get("replacement")
    if data is FactCorrected and isinstance(replacement, dict):
        emptied += [f".replacement.data{path}" for path in _tidy_fact(replacement)]
    return emptied


def _tidy(said: dict[str, Any], fields: Mapping[str, Field]) -> list[str]:
    """The paths below ``said`` of what was needed and said nothing. They are put together for those alone."""
    emptied: list[str] = []
    for name, value in list(said.items()):
        field = fields.get(name)
        if field is None:
            continue
        if isinstance(value, str):
            if says_nothing(value):
                del said[name]
                emptied += [f".{name}"] if field.required else []
            elif field.fold is not None:
                said[name] = field.fold(value)
        elif isinstance(value, dict) and field.nested:
            emptied += [f".{name}{path}" for path in _tidy_part(said, name, field)]
        elif isinstance(value, list):
            # A name that says nothing is no name of an organisation, and no code of a building.
            said[name] = kept = [item for item in value if not (isinstance(item, str) and says_nothing(item))]
            emptied += [f".{name}{path}" for path in _tidy_items(kept, field)]
    return emptied


def _tidy_part(said: dict[str, Any], name: str, field: Field) -> Sequence[str]:
    """Tidy an object in the message; one of which nothing is left is absent, where it may be."""
    beneath = _tidy_object(said[name], field)
    if said[name] or field.required:
        return beneath
    del said[name]
    return ()


def _tidy_items(items: list[Any], field: Field) -> Iterator[str]:
    for index, item in enumerate(items):
        if isinstance(item, dict):
            for path in _tidy_object(item, field):
                yield f"[{index}]{path}"


def _tidy_object(value: dict[str, Any], field: Field) -> Sequence[str]:
    if field is _HOLDER:
        _choose_holder(value)
    is_person = "id_number" in value or "person_id" in value
    return () if is_person else _tidy(value, field.nested)


def _choose_holder(value: dict[str, Any]) -> None:
    """Where a table has a column for people and one for firms, the one that says nothing is absent."""
    number, code = value.get("id_number"), value.get("uscc")
    if not (isinstance(number, str) and isinstance(code, str)) or says_nothing(number) == says_nothing(code):
        return
    del value["id_number" if says_nothing(number) else "uscc"]


@cache
def fields_of(model: type[BaseModel]) -> dict[str, Field]:
    """How each field of a model is tidied: all that it knows, also inside."""
    hints = get_type_hints(model, include_extras=True)
    return {name: _field_of(hints[name], info.is_required()) for name, info in model.model_fields.items()}


def _field_of(hint: Any, required: bool) -> Field:
    bare = _bare(hint)
    if bare == PersonRef:
        return Field(required)
    if bare == Holder:
        return _HOLDER
    fold = next((fold for kind, fold in _FOLDS if kind == bare), None)
    model = next((each for each in _members(bare) if isinstance(each, type) and issubclass(each, BaseModel)), None)
    return Field(required, fold, fields_of(model) if model else {})


def _bare(hint: Any) -> Any:
    """``X`` of ``X | None``."""
    if get_origin(hint) in (Union, UnionType):
        members = [member for member in get_args(hint) if member is not NoneType]
        return members[0] if len(members) == 1 else hint
    return hint


def _members(hint: Any) -> tuple[Any, ...]:
    """The types in ``tuple[X, ...]`` and in an annotated type; else the type itself."""
    if get_origin(hint) is Annotated:
        return _members(get_args(hint)[0])
    return get_args(hint) if get_origin(hint) is tuple else (hint,)


_HOLDER: Final = Field(True, nested=fields_of(Org))
