"""Tidies a message before a model reads it, so that the ledger keeps codes as they are meant.

What spreadsheets put around codes is taken off, and a sign for "nothing" (``/``, ``无``, ``NULL``) means that
the field is absent. The model then refuses the message if it needs the field. Persons are left to
:class:`domain.facts.fact.DoorPerson`, and fields that no model knows stay as they are.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, TypeAlias, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from domain.artefacts import certificate_number, code_text, says_nothing
from domain.facts.corrections import FactCorrected
from domain.facts.fact import CertificateNumber, Holder, Jurisdiction, Org, OrganisationCode, PersonRef
from domain.facts.messages import OUTSIDE

Fold: TypeAlias = Callable[[str], str]
_FOLDS: Final[tuple[tuple[Any, Fold], ...]] = (
    (OrganisationCode, code_text),
    (CertificateNumber, certificate_number),
    (Jurisdiction, code_text),
)
_KINDS: Final = {data.type_name(): data for data in OUTSIDE}


@dataclass(frozen=True, slots=True)
class _Field:
    """How one field is tidied; ``nested`` are the fields of the object, or of each object, in it."""

    required: bool
    fold: Fold | None = None
    nested: Mapping[str, "_Field"] = field(default_factory=dict)


def tidy(message: Any) -> frozenset[str]:
    """Change ``message`` in place; the paths of required fields that said nothing, such as ``data.payer.name``."""
    emptied: set[str] = set()
    if isinstance(message, dict):
        _tidy_fact(message, "data", emptied)
    return frozenset(emptied)


def _tidy_fact(fact: dict[str, Any], path: str, emptied: set[str]) -> None:
    data = _KINDS.get(fact["type"]) if isinstance(fact.get("type"), str) else None
    said = fact.get("data")
    if data is None or not isinstance(said, dict):
        return
    _tidy(said, _fields_of(data), path, emptied)
    replacement = said.get("replacement")
    if data is FactCorrected and isinstance(replacement, dict):
        _tidy_fact(replacement, f"{path}.replacement.data", emptied)


def _tidy(said: dict[str, Any], fields: Mapping[str, _Field], path: str, emptied: set[str]) -> None:
    for name in said.keys() & fields.keys():
        match said[name]:
            case str():
                _tidy_text(said, name, fields[name], f"{path}.{name}", emptied)
            case dict():
                _tidy_part(said, name, fields[name], f"{path}.{name}", emptied)
            case list() as items:
                said[name] = _tidied_list(items, fields[name], f"{path}.{name}", emptied)


def _tidy_text(said: dict[str, Any], name: str, field: _Field, path: str, emptied: set[str]) -> None:
    text: str = said[name]
    if not says_nothing(text):
        said[name] = field.fold(text) if field.fold else text
        return
    del said[name]
    if field.required:
        emptied.add(path)


def _tidy_part(said: dict[str, Any], name: str, field: _Field, path: str, emptied: set[str]) -> None:
    """Tidy an object in the message; one of which nothing is left is absent, where it may be."""
    beneath: set[str] = set()
    _tidy_object(said[name], field, path, beneath)
    if said[name] or field.required:
        emptied |= beneath
    else:
        del said[name]


def _tidied_list(items: list[Any], field: _Field, path: str, emptied: set[str]) -> list[Any]:
    """Texts that say nothing are left out: they are no name of an organisation, and no code of a building."""
    kept = [item for item in items if not (isinstance(item, str) and says_nothing(item))]
    for index, item in enumerate(kept):
        if isinstance(item, dict):
            _tidy_object(item, field, f"{path}[{index}]", emptied)
    return kept


def _tidy_object(value: dict[str, Any], field: _Field, path: str, emptied: set[str]) -> None:
    if field is _HOLDER:
        _choose_holder(value)
    if not value.keys() & {"person_id", "id_number"}:
        _tidy(value, field.nested, path, emptied)


def _choose_holder(value: dict[str, Any]) -> None:
    """Where a table has a column for people and one for firms, the one that says nothing is absent."""
    number, code = value.get("id_number"), value.get("uscc")
    if not (isinstance(number, str) and isinstance(code, str)) or says_nothing(number) == says_nothing(code):
        return
    del value["id_number" if says_nothing(number) else "uscc"]


@cache
def _fields_of(model: type[BaseModel]) -> dict[str, _Field]:
    hints = get_type_hints(model, include_extras=True)
    return {name: _field_of(hints[name], info.is_required()) for name, info in model.model_fields.items()}


def _field_of(hint: Any, required: bool) -> _Field:
    bare = _bare(hint)
    if bare == PersonRef:
        return _Field(required)
    if bare == Holder:
        return _HOLDER
    fold = next((fold for kind, fold in _FOLDS if kind == bare), None)
    model = next((each for each in _members(bare) if isinstance(each, type) and issubclass(each, BaseModel)), None)
    return _Field(required, fold, _fields_of(model) if model else {})


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


_HOLDER: Final = _Field(True, nested=_fields_of(Org))
