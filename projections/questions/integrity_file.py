"""The integrity file 诚信档案 of a person: what the trading system may show.

While an investigation about the person runs, the file is suspended: it tells that, and nothing else.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from domain.access import Actor, Role
from domain.conduct.records import ConductRecord, ConductState
from domain.conduct.terms import Term
from domain.errors import NotFound
from domain.evidence import RecordedFact
from domain.evidence.certificates import certificates_on
from domain.evidence.registrations import fold_registrations
from domain.facts.bidding import LeadAppointed
from projections.questions.as_of import AsOf
from projections.questions.clue_queries import suspended
from projections.questions.conduct_records import records_of
from projections.questions.dossier import check_visible


@dataclass(frozen=True, slots=True)
class FiledRegistration:
    employer: str
    employer_uscc: str | None
    certificate_no: str
    qualification: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class FiledCertificate:
    certificate_no: str
    kind: str
    status: str
    valid_from: date
    valid_to: date | None
    valid: bool


@dataclass(frozen=True, slots=True)
class FiledConduct:
    record_id: str
    kind: str
    what: str
    authority: str
    happened_on: date
    published_on: date | None
    counts_from: date
    counts_to: date | None


@dataclass(frozen=True, slots=True)
class IntegrityFile:
    """The integrity file as of the day ``on``; its lists are empty while it is ``suspended``.

    ``conduct`` has the records that are in force on that day, and no others.
    """

    person_id: str
    on: date
    suspended: bool
    registrations: tuple[FiledRegistration, ...] = ()
    certificates: tuple[FiledCertificate, ...] = ()
    conduct: tuple[FiledConduct, ...] = ()
    person_masked: str | None = None


def integrity_file(connection: Connection, as_of: AsOf, actor: Actor, person_id: str, *, on: date) -> IntegrityFile:
    """The integrity file of a person; raises NotFound where there is none that the actor may see."""
    subject = f"person:{person_id}"
    facts = as_of.standing(connection, subject)
    if not facts:
        raise NotFound("person")
    if actor.role is Role.SOURCE:
        _check_named_by(actor, facts)
    else:
        check_visible(connection, as_of, actor, person_id)
    if suspended(connection, person_id):
        return IntegrityFile(person_id, on, suspended=True)
    return IntegrityFile(
        person_id,
        on,
        suspended=False,
        registrations=_registrations(facts, on),
        certificates=filed_certificates(facts, on),
        conduct=filed_conduct(records_of(connection, as_of, subject, on=on)),
    )


def _check_named_by(actor: Actor, facts: tuple[RecordedFact, ...]) -> None:
    """Raise NotFound unless one of the actor's own openings named the person: a trading system may ask only then."""
    causes = (fact.fact.causationid or "" for fact in facts if isinstance(fact.data, LeadAppointed))
    if not any(cause.startswith(f"{actor.source}#") for cause in causes):
        raise NotFound("person")


def _registrations(facts: tuple[RecordedFact, ...], on: date) -> tuple[FiledRegistration, ...]:
    return tuple(
        FiledRegistration(
            registration.employer.name,
            registration.employer.uscc,
            registration.certificate_no,
            registration.qualification,
            registration.valid_from,
            registration.last_day,
        )
        for registration in fold_registrations(facts).valid_on(on)
    )


def filed_certificates(facts: tuple[RecordedFact, ...], on: date) -> tuple[FiledCertificate, ...]:
    return tuple(
        FiledCertificate(state.certificate_no, state.kind, state.status, state.valid_from, state.valid_to, state.valid)
        for state in certificates_on(on, facts)
    )


def filed_conduct(records: tuple[ConductRecord, ...]) -> tuple[FiledConduct, ...]:
    """Those in force."""
    return tuple(
        _filed(record, record.term) for record in records if record.state is ConductState.IN_FORCE and record.term
    )


def _filed(record: ConductRecord, term: Term) -> FiledConduct:
    said = record.content
    return FiledConduct(
        said.record_id, said.kind, said.what, said.authority, said.happened_on, said.published_on, term.first, term.last
    )
