"""What all facts share: the envelope, persons, organisations and checked scalar types.

A fact is a CloudEvents 1.0 message whose ``data`` is one of the models in this package. The same
models read an incoming message and a row of the ledger. Only a person looks different: an incoming
person may have a name and an ID number, and the validator replaces them by a pseudonym (see
:class:`Pseudonyms`) before a model exists.
"""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Generic, Literal, Protocol, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)
from pydantic_core import PydanticCustomError

from domain.artefacts import certificate_number, says_nothing
from domain.identifiers import check_jurisdiction, organisation_key
from domain.identity_documents import check_identity_number, identity_number_text, identity_text
from domain.names import other_spellings
from domain.organisation_codes import check_organisation_code, check_uscc, scientific_notation

TYPE_PREFIX = "tender-integrity."
OWN_PREFIX = "urn:tender-monitor:"
"""The prefix of the monitor's own sources; no outside source may use it."""


class Model(BaseModel):
    """Base of all models here: frozen. Unknown fields stay in the ledger row, and no model has them."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", allow_inf_nan=False, hide_input_in_errors=True, defer_build=True
    )


Text = Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
Key = Annotated[str, StringConstraints(min_length=1, max_length=200)]
OrgName = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Month = Annotated[str, StringConstraints(pattern=r"^(19|20|21)\d{2}-(0[1-9]|1[0-2])$")]
"""A calendar month, ``YYYY-MM``."""


# Pydantic alone would read a number, and digits in a text, as seconds since 1970, and an amount with an
# exponent whose last digits a spreadsheet has dropped. All that is refused at the door. The ledger, which is
# read without a context, may hold some of it from earlier versions, and must stay readable.


def _exact_date(value: object, info: ValidationInfo) -> object:
    """Refuse a date that is not written ``YYYY-MM-DD``."""
    if isinstance(value, int | float) or (
        isinstance(value, str) and not (_DAY.fullmatch(value) if info.context is not None else len(value) == 10)
    ):
        raise PydanticCustomError("date_format", "a date is written YYYY-MM-DD")
    return value


def _exact_time(value: object, info: ValidationInfo) -> object:
    """Refuse what is not written as RFC 3339."""
    if isinstance(value, int | float) or (
        info.context is not None and isinstance(value, str) and not _TIME_BEGINS.match(value)
    ):
        raise PydanticCustomError("datetime_format", "a time is written as RFC 3339 with an offset")
    return value


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME_BEGINS = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt _][0-9]{2}:[0-9]{2}")


Day = Annotated[date, Field(ge=date(1900, 1, 1), lt=date(2200, 1, 1)), BeforeValidator(_exact_date)]
"""A calendar day, ``YYYY-MM-DD``, from 1900 to 2199."""
Instant = Annotated[
    AwareDatetime,
    Field(ge=datetime(1900, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC)),
    BeforeValidator(_exact_time),
]
"""A moment with its UTC offset (RFC 3339), from 1900 to 2199."""


def _no_number(value: object) -> object:
    """Refuse a text of digits, which would be read as seconds since 1970."""
    if isinstance(value, str) and not _TIME_BEGINS.match(value):
        raise PydanticCustomError("datetime_format", "a time is written as RFC 3339 with an offset")
    return value


ToldInstant = Annotated[Instant, BeforeValidator(_no_number)]
"""The same in what somebody tells us now. The ledger reads what it has as it always did."""


def _decimal_text(value: object, info: ValidationInfo) -> object:
    if isinstance(value, float | int) or (
        info.context is not None and isinstance(value, str) and not _AMOUNT.fullmatch(value)
    ):
        raise PydanticCustomError("money_format", "money is written as a decimal string in yuan")
    return value


_AMOUNT = re.compile(r"\s*[-+]?[0-9]*\.?[0-9]*\s*")
Money = Annotated[
    Decimal,
    BeforeValidator(_decimal_text),
    Field(ge=0, max_digits=20),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$", "maxLength": 21}),
]
"""An amount in yuan, written as a decimal string: a JSON number would lose digits."""


def _flag(value: object) -> object:
    """CloudEvents writes a boolean attribute as ``true`` in JSON and as text in headers; nothing else is one."""
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return value == "true"
    raise PydanticCustomError("flag", "a yes or no is written true or false")


Flag = Annotated[
    bool,
    BeforeValidator(_flag),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, {"enum": ["true", "false"]}]}),
]
"""A boolean attribute of a message, as JSON or as text."""


def _integer_text(value: object) -> object:
    """CloudEvents writes an integer attribute as a number in JSON and as text in headers."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Numbering = Annotated[
    str,
    BeforeValidator(_integer_text),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "integer"}]}),
]
"""A number or text by which a source numbers its messages, kept as text whatever the form of the message."""
Uscc = Annotated[str, AfterValidator(check_uscc)]
"""Unified social credit code (GB 32100), upper case; the check digit is verified."""
OrganisationCode = Annotated[str, AfterValidator(check_organisation_code)]
"""A credit code, an organisation code of 9 characters or a registration number of 15 digits: what a source has."""
CertificateNumber = Annotated[Text, AfterValidator(certificate_number)]
"""The number of a certificate: half-width, upper case, without blanks."""
Jurisdiction = Annotated[str, AfterValidator(check_jurisdiction)]
"""A GB/T 2260 division code of 2, 4 or 6 digits, kept as given: ``4401`` and ``440100`` are the same place."""


class Org(Model):
    """An organisation as a source names it; ``aliases`` are other names of the same organisation.

    ``uscc`` is its credit code. Where a source has only an older code (an organisation code, a registration
    number), that stands there as it is.
    """

    name: OrgName
    uscc: OrganisationCode | None = None
    aliases: tuple[OrgName, ...] = ()

    @property
    def key(self) -> str:
        """The code where there is one, else the normalised name."""
        return self.uscc or organisation_key(self.name)

    @property
    def subjects(self) -> tuple[str, ...]:
        """Its subjects: one for the code and one for the name, because some sources give no code."""
        by_name = f"org:{organisation_key(self.name)}"
        return (f"org:{self.uscc}", by_name) if self.uscc else (by_name,)

    @property
    def spellings(self) -> frozenset[str]:
        """Its normalised names, each in both spellings of its legal form."""
        keys = [organisation_key(name) for name in (self.name, *self.aliases)]
        return frozenset(spelling for key in keys for spelling in (key, *other_spellings(key)))


class DoorPerson(BaseModel):
    """A person as a source names one, with name and ID number. Never stored in this form."""

    model_config = ConfigDict(extra="allow", hide_input_in_errors=True)

    name: Text
    id_type: Literal[1, 3, 4, 5] = 1
    id_number: Annotated[str, StringConstraints(min_length=5, max_length=30)]

    @field_validator("name")
    @classmethod
    def _named(cls, name: str) -> str:
        if says_nothing(name):
            raise PydanticCustomError("missing", "the name is needed, and the source wrote a sign for nothing")
        return name

    @field_validator("id_number", mode="before")
    @classmethod
    def _plain(cls, number: object) -> object:
        if isinstance(number, float):
            raise scientific_notation()
        return identity_number_text(number) if isinstance(number, str) else number

    @field_validator("id_number")
    @classmethod
    def _checked(cls, number: str, info: ValidationInfo) -> str:
        id_type = info.data.get("id_type")
        return check_identity_number(id_type, number) if id_type else number

    @property
    def identity(self) -> str:
        """The text from which the pseudonym is derived, such as ``rid:v1:110101…``."""
        return identity_text(self.id_type, self.id_number)


class Pseudonyms(Protocol):
    """Gives each incoming person a pseudonym, and has the identity sealed in the vault."""

    def identify(self, person: dict[str, Any]) -> "Person":
        """The pseudonym of ``person``; raises pydantic's ValidationError for a wrong name or number."""
        ...


def _pseudonymise(value: object, info: ValidationInfo) -> object:
    """Replace an incoming person by its pseudonym, in the raw message as well.

    The raw message is written to the ledger afterwards. It is changed in place, so that no name and no
    number can get there.
    """
    # Without a context the message comes from the ledger, where every person is a pseudonym already.
    if not isinstance(value, dict) or info.context is None:
        return value
    if "person_id" in value:
        if not value.keys() <= {"person_id", "name_key"}:
            raise PydanticCustomError("person_form", "give either person_id, or name and id_number")
        return value
    pseudonyms: Pseudonyms = info.context
    person = pseudonyms.identify(value)
    value.clear()
    value["person_id"] = person.person_id
    value["name_key"] = person.name_key
    return person


class Person(Model):
    """A natural person by pseudonym; ``name_key`` is a keyed hash of the name (docs/privacy.md)."""

    person_id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32,64}$")]
    name_key: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16,64}$")] | None = None

    @property
    def subject(self) -> str:
        return f"person:{self.person_id}"


PersonRef = Annotated[Person, BeforeValidator(_pseudonymise)]


def _holder_kind(value: object) -> str:
    if isinstance(value, Person):
        return "person"
    if isinstance(value, dict) and {"person_id", "id_number"} & value.keys():
        return "person"
    return "org"


Holder = Annotated[Annotated[Org, Tag("org")] | Annotated[PersonRef, Tag("person")], Discriminator(_holder_kind)]
"""An organisation or a person; only a person has ``id_number`` or ``person_id``."""


class FactData(Model):
    """Base of every fact's ``data``; ``KIND`` is the message type without prefix and version."""

    KIND: ClassVar[str]
    VERSION: ClassVar[int] = 1
    OFFICIALS: ClassVar[tuple[str, ...]] = ()
    """Names of the text fields that hold an official's name; the ledger keeps a pseudonym instead."""
    PARTS: ClassVar[tuple[str, ...]] = ()
    """Paths of what may be unreadable without the rest being refused (:mod:`domain.facts.unread`); ``*`` is any
    element of a list. A kind with such parts has a field ``unread``."""

    @property
    def subjects(self) -> tuple[str, ...]:
        """The subjects whose evidence this fact belongs to; the first one decides its shard."""
        raise NotImplementedError

    @classmethod
    def type_name(cls) -> str:
        return f"{TYPE_PREFIX}{cls.KIND}.v{cls.VERSION}"


D_co = TypeVar("D_co", bound=FactData, covariant=True)


class Fact(Model, Generic[D_co]):
    """One message: CloudEvents attributes around typed ``data``.

    ``history`` marks what is loaded from the past: it is recorded and judged, and pushed to nobody.
    """

    specversion: Literal["1.0"]
    id: Key
    source: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    time: Instant
    subject: str | None = None
    datacontenttype: str | None = None
    recordedtime: Instant | None = None
    sequence: Numbering | None = None
    partitionkey: str | None = None
    traceparent: str | None = None
    causationid: str | None = None
    history: Flag | None = None
    data: D_co

    @property
    def kind(self) -> str:
        return self.data.KIND
