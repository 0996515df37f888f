"""All messages: who may send them, their models and their codes."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from threading import Lock
from typing import Annotated, Any, Final, Literal, Union, cast

from pydantic import Field, TypeAdapter, create_model

from domain.facts.access import AccessRecorded, DossierRead, IdentityErased, KeyChanged
from domain.facts.approvals import CaseDecided
from domain.facts.bidding import LeadAppointed, LeadCandidacy, StaffAppointed
from domain.facts.clock import ClockConfirmed, LedgerRecovered
from domain.facts.corrections import REPLACEABLE, FactCorrected
from domain.facts.fact import Fact, FactData, Pseudonyms
from domain.facts.history import ChangedByHistory
from domain.facts.insurance import LeadInsured
from domain.facts.ocds import LotImported
from domain.facts.rules import RulesAdopted
from domain.facts.sources import SourceHeartbeat
from domain.facts.taken_deliveries import DeliveryBegun, DeliveryTaken

OUTSIDE: tuple[type[FactData], ...] = (*REPLACEABLE, FactCorrected, LotImported, SourceHeartbeat)
"""The facts that a source may send."""
OWN: tuple[type[FactData], ...] = (
    LeadAppointed,
    StaffAppointed,
    LeadCandidacy,
    DossierRead,
    CaseDecided,
    LeadInsured,
    ChangedByHistory,
    RulesAdopted,
    IdentityErased,
    DeliveryBegun,
    DeliveryTaken,
    AccessRecorded,
    ClockConfirmed,
    LedgerRecovered,
    KeyChanged,
)
"""The facts that the monitor itself records: follow-ups, who read a dossier, erased a person or signed in, rules,
the clock, and the deliveries that it took in."""


def _message(data: type[FactData]) -> type[Fact[FactData]]:
    base: Any = Fact[data]  # type: ignore[valid-type]
    name: Any = Literal[data.type_name()]
    model = cast("type[Fact[FactData]]", create_model(f"{data.__name__}Fact", __base__=base, type=(name, ...)))
    model.model_rebuild()
    return model


class Messages(Mapping[str, type[Fact[FactData]]]):
    """Message type → model. A model is made when it is first asked for, because a command needs few of them."""

    def __init__(self, kinds: Iterable[type[FactData]]) -> None:
        self._kinds = {data.type_name(): data for data in kinds}
        self._made: dict[str, type[Fact[FactData]]] = {}
        self._making = Lock()

    def __getitem__(self, name: str) -> type[Fact[FactData]]:
        """The model of the message type ``name``; raises KeyError for an unknown one."""
        made = self._made.get(name)
        if made is None:
            # Several threads may ask at once. Two models of one type must not come into being: facts
            # read by different models are never equal.
            with self._making:
                made = self._made.get(name) or self._made.setdefault(name, _message(self._kinds[name]))
        return made

    def __contains__(self, name: object) -> bool:
        return name in self._kinds

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)


MESSAGES: Final = Messages((*OUTSIDE, *OWN))


class AnyMessage:
    """Reads messages of ``kinds``; the message type decides which model reads a message.

    The parser is made for the first message, because making it is slow.
    """

    def __init__(self, kinds: Iterable[type[FactData]]) -> None:
        self._kinds = tuple(kinds)

    def read(self, message: Any, pseudonyms: Pseudonyms | None = None) -> Fact[FactData]:
        """The fact in ``message``; raises pydantic's ValidationError.

        Without ``pseudonyms``, persons must be pseudonyms already, as in the ledger.
        """
        fact: Fact[FactData] = self._adapter.validate_python(message, context=pseudonyms)
        return fact

    @cached_property
    def _adapter(self) -> TypeAdapter[Any]:
        models = tuple(MESSAGES[data.type_name()] for data in self._kinds)
        either: Any = Union[models]  # noqa: UP007 - the members are computed
        return TypeAdapter(Annotated[either, Field(discriminator="type")])


KINDS: tuple[str, ...] = (
    "bid-opened",
    "candidates-announced",
    "award-announced",
    "registration-recorded",
    "registration-cancelled",
    "insurance-paid",
    "attendance-recorded",
    "site-inspected",
    "project-started",
    "project-completed",
    "project-suspended",
    "certificate-issued",
    "certificate-changed",
    "employer-renamed",
    "exemption-recorded",
    "approval-recorded",
    "conduct-recorded",
    "conduct-objected",
    "conduct-withdrawn",
    "conduct-corrected",
    "fact-corrected",
    "lot-imported",
    "lead-appointed",
    "lead-candidacy",
    "dossier-read",
    "case-decided",
    "lead-insured",
    "source-heartbeat",
    "lead-changed",
    "changed-by-history",
    "rules-adopted",
    "staff-appointed",
    "delivery-closed",
    "insurance-stated",
    "identity-erased",
    "delivery-begun",
    "delivery-taken",
    "access-recorded",
    "clock-confirmed",
    "ledger-recovered",
    "key-changed",
    "conduct-upheld",
    "conduct-restored",
)
"""All kinds of facts. Add only at the end: the place of a kind is its code in the stored subject index."""
TYPES: tuple[str, ...] = tuple(
    next(data.type_name() for data in (*OUTSIDE, *OWN) if kind == data.KIND) for kind in KINDS
)
"""The message type of each kind, in the order of :data:`KINDS`."""
