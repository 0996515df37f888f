"""The credit codes of the parties of a clue, where its opening names them without: joined with what others say."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import date

from sqlalchemy import Connection

from domain.clues.context import ClueContext
from domain.employers.credit_code import credit_code_in, joined
from domain.evidence import standing
from domain.evidence.appointment import AppointmentCase
from domain.evidence.concerns import LICENCE_KIND
from domain.evidence.days import day_in_shanghai
from domain.facts.certificates import CertificateFact
from domain.facts.employers import EmployerRenamed, ExemptionRecorded
from domain.facts.fact import Org
from domain.rule import Finding
from projections.boards import clue_board
from projections.boards.named_parties import given_codes
from projections.evidence.organisations import Organisations


class PartyCodes:
    """Joins parties with the codes that openings, announcements, licences and renames give.

    For one judging run of ``groups``, during which no code becomes known: all leads of an opening have one tenderer.
    """

    def __init__(self, connection: Connection, organisations: Organisations, groups: Collection[str]) -> None:
        self._connection = connection
        self._organisations = organisations
        self._with_clues = clue_board.groups_with_clues(connection, groups)
        self._asked: dict[frozenset[str], tuple[Org, ...]] = {}

    def completed(
        self, context: ClueContext, findings: Iterable[Finding], *, of_bidder: Iterable[Org] = ()
    ) -> ClueContext:
        """What a clue is about, with bidder and tenderer by their codes; as it is where there is and was no clue.

        ``of_bidder`` are organisations that may be the bidder, and have its code.
        """
        # Nearly all cases have no clue, and nobody reads the context of a case that has none.
        if context.case_group not in self._with_clues and not any(found.outcome.makes_clue for found in findings):
            return context
        on = day_in_shanghai(context.occurred_at)
        bidder = self._joined(context.bidder, on, of_bidder)
        return replace(context, bidder=bidder, tenderer=self._joined(context.tenderer, on))

    def _joined(self, party: Org | None, on: date, others: Iterable[Org] = ()) -> Org | None:
        """The party with its credit code, where exactly one is known by ``on``."""
        if party is None or credit_code_in(party) is not None:
            return party
        known = (*others, *self._given(party), *self._said_elsewhere(party))
        return joined(party, known, on=on, renames=self._organisations.renames(self._connection))

    def _given(self, party: Org) -> tuple[Org, ...]:
        names = frozenset(party.spellings)
        if names not in self._asked:
            given = given_codes(self._connection, names)
            self._asked[names] = tuple(Org(name=name, uscc=code) for name, code in sorted(given))
        return self._asked[names]

    def _said_elsewhere(self, party: Org) -> Iterator[Org]:
        for fact in standing(self._organisations.facts_about(self._connection, [party])):
            if isinstance(fact.data, CertificateFact) and fact.data.kind == LICENCE_KIND:
                yield from _holder(fact.data)
        for fact in standing(self._organisations.renames_of(self._connection, [party])):
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
