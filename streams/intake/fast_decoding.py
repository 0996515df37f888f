"""Fast decoding of messages that come in masses: a msgspec struct (a *shape*) for each fact model.

A shape is made from the annotations of a pydantic model, which it decodes five times as fast. It
accepts only what the model accepts without doubt: no unknown field, no null, people by ID number,
dates and times in their usual form. Every other message goes to the model, which accepts it or
refuses it with reasons. So a shape adds no rule, and its result equals the model's to the byte.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

import msgspec
from annotated_types import Ge, Le
from msgspec import UNSET, Meta, Struct, UnsetType
from pydantic import StringConstraints

from domain.artefacts import LONGEST_SIGN, certificate_number, says_nothing
from domain.facts.fact import (
    CertificateNumber,
    Day,
    Fact,
    FactData,
    Flag,
    Holder,
    Instant,
    Month,
    Numbering,
    Org,
    OrganisationCode,
    PersonRef,
)
from domain.identity_documents import check_resident_id
from domain.organisation_codes import check_organisation_code
from domain.personal_data import folded_text, holds_number

_Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200)]
_RESIDENT_ID: Final = re.compile(r"[1-9][0-9]{16}[0-9X]")
_DAY: Final = re.compile(r"(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}")
_INSTANT: Final = re.compile(
    r"(190[1-9]|19[1-9][0-9]|20[0-9]{2}|21[0-8][0-9])-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?"
    r"(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9])"
)


_TRACE: Final = "[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}"
_NOBODY: Final = Annotated[str, Meta(pattern=rf"\A(?:{_TRACE}|(?![ -~]*(?:[0-9][-_./ ]{{0,3}}){{7}})[ -~]*)\Z")]
"""A text that surely holds no number of a person: few digits, and no letter in which a name may be written."""
_AROUND: Final = frozenset({"subject", "datacontenttype", "partitionkey", "traceparent", "causationid"})
"""Attributes that few sources send. Their form is checked while they are decoded, so their absence costs nothing."""
_BRACKETS: Final = str.maketrans("（）", "()")
SHORTEST_FIRM: Final = 6
"""A shorter name may be a person's: only the model's way compares it with the people of the message."""


class Unsupported(TypeError):
    """No shape can be made of this model: it has a field of another type."""


class Shaped(Struct, kw_only=True, forbid_unknown_fields=True):
    """Base of all shapes; ``texts`` are the fields that are text with a check of their own.

    ``plain`` are the other texts: such a one must say something, because tidying would take it away.
    """

    texts: ClassVar[tuple[tuple[str, Callable[[str], bool]], ...]] = ()
    plain: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        for name, holds in self.texts:
            text = getattr(self, name)
            if text is not UNSET and not holds(text):
                raise ValueError(name)
        for name in self.plain:
            text = getattr(self, name)
            # Every message passes here several times, and most texts are too long to say nothing.
            if text is not UNSET and len(text) <= LONGEST_SIGN and says_nothing(text):
                raise ValueError(name)


class ShapedPerson(Struct, kw_only=True, forbid_unknown_fields=True):
    """A person at the door, with a resident ID number."""

    name: Annotated[str, Meta(min_length=1, max_length=2_000)]
    id_number: str
    id_type: Literal[1] = 1


class ShapedHolder(Struct, kw_only=True, forbid_unknown_fields=True):
    """An organisation or a person: told apart by ``id_number``, as in the models."""

    name: _Name
    id_number: str | UnsetType = UNSET
    uscc: str | UnsetType = UNSET
    aliases: list[_Name] | UnsetType = UNSET


class Pseudonym(Struct, kw_only=True, frozen=True):
    """A person as the ledger keeps one."""

    name_key: str
    person_id: str

    @property
    def subject(self) -> str:
        return f"person:{self.person_id}"

    @property
    def subjects(self) -> tuple[str, ...]:
        return (self.subject,)


def shape_of(data: type[FactData]) -> type[Struct]:
    """The shape of a whole message of one kind; raises :class:`Unsupported`."""
    envelope = get_type_hints(Fact, include_extras=True)
    around: list[Any] = [(name, _NOBODY | UnsetType, UNSET) for name in _AROUND]
    fields = [*_fields(Fact, envelope, without={"data", *_AROUND}), *around, ("data", _data_shape(data))]
    return msgspec.defstruct(
        f"Shaped{data.__name__}Message",
        fields,
        bases=(Shaped,),
        namespace={"texts": _texts(envelope), "kind": data.KIND},
        tag_field="type",
        tag=data.type_name(),
        kw_only=True,
        forbid_unknown_fields=True,
    )


def shapes_of(kinds: Iterable[type[FactData]]) -> "msgspec.json.Decoder[Any]":
    """A decoder of the messages of all ``kinds`` that have a shape; what it gives has a ``kind``."""
    shapes = []
    for data in kinds:
        try:
            shapes.append(shape_of(data))
        except Unsupported:
            continue
    return msgspec.json.Decoder(Union[tuple(shapes)])  # noqa: UP007 - the members are computed


def _data_shape(data: type[FactData]) -> type[Struct]:
    checks = data.__pydantic_decorators__
    if checks.model_validators or checks.field_validators or checks.validators or checks.root_validators:
        raise Unsupported(f"{data.__name__} has a check of its own")
    hints = get_type_hints(data, include_extras=True)
    people = tuple(name for name, hint in hints.items() if _bare(hint) in (PersonRef, Holder))
    firms = tuple(name for name, hint in hints.items() if _bare(hint) in (Org, Holder))
    return msgspec.defstruct(
        f"Shaped{data.__name__}",
        _fields(data, hints),
        bases=(Shaped,),
        namespace={
            "texts": _texts(hints),
            "plain": _plain_texts(hints),
            "people": people,
            "firms": firms,
            "free_texts": _free_texts(hints, data),
            "officials": data.OFFICIALS,
            "subjects": data.subjects,
        },
        kw_only=True,
        forbid_unknown_fields=True,
    )


Field = tuple[str, Any] | tuple[str, Any, Any]


def _fields(model: Any, hints: dict[str, Any], without: Iterable[str] = ()) -> Iterator[Field]:
    for name, field in model.model_fields.items():
        if name not in without:
            required = field.is_required()
            shape = _SPECIAL.get(_bare(hints[name])) or _plain(_bare(hints[name]))
            yield (name, shape) if required else (name, Union[shape, UnsetType], UNSET)  # noqa: UP007


def _bare(hint: Any) -> Any:
    """``X`` of ``X | None``: a shape takes no null."""
    if get_origin(hint) in (Union, UnionType):
        members = [member for member in get_args(hint) if member is not NoneType]
        return members[0] if len(members) == 1 else hint
    return hint


def _plain(hint: Any) -> Any:
    if get_origin(hint) is Literal or hint in (str, bool):
        return hint
    if get_origin(hint) is Annotated:
        base, *notes = get_args(hint)
        if base is float:
            return _number(notes)
        if base is str and all(isinstance(note, StringConstraints) for note in notes):
            return Annotated[str, *(_meta(note) for note in notes)]
    raise Unsupported(str(hint))


def _number(notes: Iterable[Any]) -> Any:
    """Whole numbers stay as they are written."""
    limits = {type(limit): limit for note in notes for limit in note.metadata}
    meta = Meta(ge=limits.pop(Ge).ge, le=limits.pop(Le).le)
    if limits:
        raise Unsupported(str(limits))
    return Annotated[int, meta] | Annotated[float, meta]


def _meta(note: StringConstraints) -> Meta:
    if not isinstance(note.pattern, str | None) or note.strip_whitespace or note.to_upper or note.to_lower:
        raise Unsupported(str(note))
    # Python's $ would also match before a line feed at the end.
    pattern = note.pattern.removesuffix("$") + r"\Z" if note.pattern else None
    return Meta(min_length=note.min_length, max_length=note.max_length, pattern=pattern)


def _texts(hints: dict[str, Any]) -> tuple[tuple[str, Callable[[str], bool]], ...]:
    return tuple((name, _CHECKS[bare]) for name, hint in hints.items() if (bare := _bare(hint)) in _CHECKS)


def _free_texts(hints: dict[str, Any], data: type[FactData]) -> tuple[str, ...]:
    """What a message may say in words of its own: texts without a pattern, and numbers of certificates."""
    return tuple(name for name, hint in hints.items() if name not in data.OFFICIALS and _is_free(_bare(hint)))


def _is_free(hint: Any) -> bool:
    if hint == CertificateNumber:
        return True
    patterns = [note.pattern for note in get_args(hint)[1:] if isinstance(note, StringConstraints)]
    return _is_plain_text(hint) and not any(patterns)


def _plain_texts(hints: dict[str, Any]) -> tuple[str, ...]:
    return tuple(name for name, hint in hints.items() if _is_plain_text(_bare(hint)))


def _is_plain_text(hint: Any) -> bool:
    if hint in _CHECKS or hint == Month:  # of the form of a month is no sign for nothing
        return False
    return hint is str or (get_origin(hint) is Annotated and get_args(hint)[0] is str)


@lru_cache(maxsize=1 << 14)
def _is_day(text: str) -> bool:
    return _DAY.fullmatch(text) is not None and date.fromisoformat(text) is not None


@lru_cache(maxsize=1 << 16)
def _is_instant(text: str) -> bool:
    return _INSTANT.fullmatch(text) is not None and datetime.fromisoformat(text) is not None


def _is_organisation_code(text: str) -> bool:
    return check_organisation_code(text) == text


@lru_cache(maxsize=1 << 14)
def _is_certificate_number(text: str) -> bool:
    return certificate_number(text) == text and not says_nothing(text)


@lru_cache(maxsize=1 << 16)
def _is_firm(name: str) -> bool:
    """Whether it is surely no person's, and is written so that a person's in it can be found as it stands."""
    folded, plain = folded_text(name), name.translate(_BRACKETS).casefold()
    return folded == plain and len(folded) >= SHORTEST_FIRM and not (says_nothing(name) or holds_number(name))


def is_resident_id(text: str) -> bool:
    """True for an 18-character number that needs no change; raises ValueError for a wrong one."""
    return _RESIDENT_ID.fullmatch(text) is not None and check_resident_id(text) == text


class ShapedOrg(Struct, kw_only=True, forbid_unknown_fields=True):
    name: _Name
    uscc: str | UnsetType = UNSET
    aliases: list[_Name] | UnsetType = UNSET

    key = Org.key
    subjects = Org.subjects

    def __post_init__(self) -> None:
        if not isinstance(self.uscc, UnsetType) and not _is_organisation_code(self.uscc):
            raise ValueError("uscc")
        if not _is_firm(self.name):
            raise ValueError("name")
        if not isinstance(self.aliases, UnsetType) and not all(map(_is_firm, self.aliases)):
            raise ValueError("aliases")


_CHECKS: Final[dict[Any, Callable[[str], bool]]] = {
    Day: _is_day,
    Instant: _is_instant,
    OrganisationCode: _is_organisation_code,
    CertificateNumber: _is_certificate_number,
}
_SPECIAL: Final[dict[Any, Any]] = {
    Day: str,
    Instant: str,
    Numbering: str,
    OrganisationCode: str,
    CertificateNumber: Annotated[str, Meta(min_length=1, max_length=2_000)],
    Flag: bool | Literal["true", "false"],
    Org: ShapedOrg,
    PersonRef: ShapedPerson,
    Holder: ShapedHolder,
}
