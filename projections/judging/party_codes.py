"""The credit codes of parties that an opening names without one: joined, watched, and known by whom it concerns."""

from collections.abc import Iterable, Iterator
from datetime import date

from sqlalchemy import Connection

from domain.employers.credit_code import credit_code_in, joined
from domain.evidence import standing
from domain.evidence.appointment import AppointmentCase
from domain.evidence.concerns import LICENCE_KIND
from domain.facts.certificates import CertificateFact
from domain.facts.employers import EmployerRenamed, ExemptionRecorded
from domain.facts.fact import Org
from projections.boards.named_parties import given_codes
from projections.evidence.organisations import Organisations


class PartyCodes:
    """Joins parties with the codes that openings, announcements, licences and renames give.

    For one judging run, during which no code becomes known: all leads of an opening have one tenderer.
    """

    def __init__(self, organisations: Organisations) -> None:
        self._organisations = organisations
        self._asked: dict[frozenset[str], tuple[Org, ...]] = {}

    def joined(self, connection: Connection, party: Org, *, on: date, others: Iterable[Org] = ()) -> Org:
        """The party with its credit code, where exactly one is known by ``on``; ``others`` are looked at as well."""
        if credit_code_in(party) is not None:
            return party
        known = (*others, *self._given(connection, party), *self._said_elsewhere(connection, party))
        return joined(party, known, on=on, renames=self._organisations.renames(connection))

    def _given(self, connection: Connection, party: Org) -> tuple[Org, ...]:
        names = frozenset(party.spellings)
        if names not in self._asked:
            given = given_codes(connection, names)
            self._asked[names] = tuple(Org(name=name, uscc=code) for name, code in sorted(given))
        return self._asked[names]

    def _said_elsewhere(self, connection: Connection, party: Org) -> Iterator[Org]:
        for fact in standing(self._organisations.facts_about(connection, [party])):
            if isinstance(fact.data, CertificateFact) and fact.data.kind == LICENCE_KIND:
                yield from _holder(fact.data)
        for fact in standing(self._organisations.renames_of(connection, [party])):
            if isinstance(renamed := fact.data, EmployerRenamed):
                yield from (Org(name=name, uscc=renamed.uscc) for name in (renamed.old_name, renamed.new_name))


def employers_in(case: AppointmentCase) -> Iterator[Org]:
    """The organisations in the evidence about a lead: the bidder may be among them, with its code."""
    yield from (payment.payer for payment in (*case.payments, *case.later_payments))
    yield from (period.employer for period in case.registrations.periods)
    yield from (fact.data.workplace for fact in case.exemptions if isinstance(fact.data, ExemptionRecorded))


def _holder(certificate: CertificateFact) -> Iterator[Org]:
    if isinstance(certificate.holder, Org):
        yield certificate.holder
