"""Evidence as it was known at a moment: the same fold as live judgement, with a cut-off."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from sqlalchemy import Connection, select

from domain.clues.clue import Clue
from domain.evidence import (
    PAID,
    RELEVANT_KINDS,
    AppointmentCase,
    RecordedFact,
    StaffCase,
    appointment_cases,
    licensed_firms,
    payment_months,
    standing,
)
from domain.evidence.coverage import Ask, Asking, Coverage
from domain.evidence.lot import (
    InsuredLeadCase,
    LotCase,
    UnidentifiedLeadCase,
    insured_lead_cases,
    lot_case,
    unidentified_lead_cases,
)
from domain.evidence.recorded import EVERYTHING, Knowledge, retracted
from domain.evidence.won import WonCase
from domain.facts.bidding import LeadAppointed, LotFact
from domain.facts.corrections import FactCorrected
from domain.facts.deliveries import delivery_subject
from domain.facts.fact import Org
from domain.follow_ups.appointments import CAUSING_KINDS, DERIVED_KINDS, appointing
from domain.follow_ups.insured_leads import statements_about
from domain.instants import instant_text
from domain.policy import PolicyBook
from domain.rule import Finding, judge
from projections.boards.clue_board import CLUES, HISTORY
from projections.boards.coverage import Closings, StandingClosing
from projections.case_groups import subject_of
from projections.evidence.homes import AtHome, Home, Homes, only_home
from projections.evidence.projects import moments_of, project_facts, projects_named
from projections.evidence.recorded_facts import Ledger
from projections.evidence.sites import SiteEvidence, site_evidence
from projections.evidence.won_lots import OF_LEAD_KINDS, recorded_after_award, with_evidence

_ANY_DELIVERY: Final = delivery_subject("")
_OF_LOTS: Final = CAUSING_KINDS | {FactCorrected.KIND}


class PastClues(Protocol):
    """Where a clue is read as one of its events left it."""

    def clue(self, clue_id: UUID, *, version: int | None = None) -> Clue: ...


class AsOf:
    """Reads on any connection; holds nothing that a writer changes. One per thread."""

    def __init__(self, ledger: Ledger, clues: PastClues, policies: PolicyBook, at_home: AtHome = only_home) -> None:
        self._homes = Homes(ledger, at_home)
        self._clues = clues
        self._policies = policies

    @property
    def policies(self) -> PolicyBook:
        return self._policies

    def standing(
        self,
        connection: Connection,
        subject: str,
        *,
        knowledge: Knowledge = EVERYTHING,
        kinds: Collection[str] | None = None,
    ) -> tuple[RecordedFact, ...]:
        """The facts about ``subject`` that counted by then; a correction may have moved one elsewhere."""
        with self._homes.of(connection, subject) as home:
            facts = home.facts.known(connection, subject, knowledge, kinds=kinds)
            if kinds is None or not DERIVED_KINDS.isdisjoint(kinds):
                facts = _joined(facts, self._followed(connection, home, subject, knowledge))
        return tuple(fact for fact in standing(facts, knowledge) if subject in fact.data.subjects)

    def recorded(
        self, connection: Connection, subject: str, *, knowledge: Knowledge = EVERYTHING
    ) -> list[RecordedFact]:
        """All facts about ``subject`` known by then, retracted ones too, by position; then what was never recorded."""
        with self._homes.of(connection, subject) as home:
            facts = _about(subject, home.facts.known(connection, subject, knowledge))
            return _joined(facts, self._followed(connection, home, subject, knowledge))

    def recorded_around(self, connection: Connection, person_id: str) -> list[RecordedFact]:
        """All facts about a person, and the moments of the projects the person has to do with, by position.

        Of the projects for which the person was named in a bid also who acted as the lead, and who followed.
        """
        person = f"person:{person_id}"
        with self._homes.of(connection, person) as home:
            found = {fact.position: fact for fact in home.facts.of(connection, person)}
            bids = {fact.data.project_code for fact in found.values() if isinstance(fact.data, LeadAppointed)}
            for code in sorted({*projects_named(found.values()), *bids}):
                found |= {fact.position: fact for fact in moments_of(connection, home.facts, code)}
            for code in sorted(bids):
                found |= {fact.position: fact for fact in recorded_after_award(connection, home.facts, code)}
        return [found[position] for position in sorted(found)]

    def recorded_of_firms(self, connection: Connection, subject: str, firms: Iterable[Org]) -> list[RecordedFact]:
        """Licences of firms, and what they were renamed, under every name; read in the home of ``subject``."""
        firms = list(firms)
        with self._homes.of(connection, subject) as home:
            licences = home.organisations.facts_about(connection, firms)
            return [*licences, *home.organisations.renames_of(connection, firms)]

    def recorded_closings(self, connection: Connection, subject: str, asks: Iterable[Ask]) -> list[RecordedFact]:
        """The facts that ever said whether what ``asks`` name is complete; read in the home of ``subject``."""
        with self._homes.of(connection, subject) as home:
            return Closings(home.facts).ever_closed(connection, asks)

    @contextmanager
    def asking(self, connection: Connection, subject: str, knowledge: Knowledge = EVERYTHING) -> Iterator[Asking]:
        """While it lasts, answers what was stated to be complete, as the home of ``subject`` knew it."""
        with self._homes.of(connection, subject) as home:
            yield Closings(home.facts).asking(connection, knowledge)

    def cases(
        self,
        connection: Connection,
        person_id: str,
        *,
        knowledge: Knowledge,
        now: datetime,
        of_lot: str | None = None,
        valid_at: datetime | None = None,
    ) -> tuple[AppointmentCase, ...]:
        """A person's appointments with the evidence known by then; ``now`` decides what is due.

        See :func:`domain.evidence.appointment_cases` for ``of_lot`` and ``valid_at``.
        """
        if of_lot is not None:
            return tuple(
                self.cases_of_lot(connection, of_lot, [person_id], knowledge=knowledge, now=now, valid_at=valid_at)
            )
        person = f"person:{person_id}"
        with self._homes.of(connection, person) as home:
            followed = self._followed(connection, home, person, knowledge)
            return self._cases(connection, home, person, followed, knowledge=knowledge, now=now, valid_at=valid_at)

    def cases_of_lot(
        self,
        connection: Connection,
        lot: str,
        people: Iterable[str],
        *,
        knowledge: Knowledge,
        now: datetime,
        valid_at: datetime | None = None,
    ) -> list[AppointmentCase]:
        """The appointments of ``people`` as leads for one lot, by case subject."""
        followed = self._followed_for(connection, lot, knowledge)
        found: list[AppointmentCase] = []
        for person_id in sorted(set(people)):
            person = f"person:{person_id}"
            with self._homes.of(connection, person) as home:
                found += self._cases(
                    connection,
                    home,
                    person,
                    followed[person],
                    knowledge=knowledge,
                    now=now,
                    of_lot=lot,
                    valid_at=valid_at,
                )
        leads = (case for case in found if not isinstance(case, StaffCase))
        return sorted(leads, key=lambda case: case.subject)

    def _cases(
        self,
        connection: Connection,
        home: Home,
        person: str,
        followed: Iterable[RecordedFact],
        *,
        knowledge: Knowledge,
        now: datetime,
        of_lot: str | None = None,
        valid_at: datetime | None = None,
    ) -> tuple[AppointmentCase, ...]:
        recorded = _joined(home.facts.known(connection, person, knowledge, kinds=RELEVANT_KINDS - PAID), followed)
        named = [fact.data for fact in recorded if isinstance(fact.data, LeadAppointed)]
        appointed = [data for data in named if of_lot in (None, data.lot)]
        months = payment_months(appointed, self._policies, valid_at)
        recorded += home.facts.known(connection, person, knowledge, kinds=PAID, months=months)
        facts = [fact for fact in standing(recorded, knowledge) if person in fact.data.subjects]
        about = home.organisations.facts_about(
            connection, [firm for data in appointed for firm in licensed_firms(data)]
        )
        return appointment_cases(
            facts,
            standing(about, knowledge),
            home.organisations.renames(connection, knowledge=knowledge),
            project_facts=project_facts(connection, home.facts, facts, knowledge=knowledge),
            policies=self._policies,
            now=now,
            of_lot=of_lot,
            valid_at=valid_at,
            asking=Closings(home.facts).asking(connection, knowledge),
        )

    def closings(self, connection: Connection, *, knowledge: Knowledge = EVERYTHING) -> list[StandingClosing]:
        """The closed deliveries that counted by then. They stand in every shard, so any one is asked."""
        with self._homes.of(connection, _ANY_DELIVERY) as home:
            return Closings(home.facts).standing(connection, knowledge)

    def coverage(self, connection: Connection, asks: Collection[Ask], *, knowledge: Knowledge = EVERYTHING) -> Coverage:
        """The answers to ``asks`` by then, for people about whom no enquiry was answered."""
        with self._homes.of(connection, _ANY_DELIVERY) as home:
            return Closings(home.facts).asking(connection, knowledge)(asks)

    def won_findings(
        self, connection: Connection, openings: Iterable[AppointmentCase], *, knowledge: Knowledge
    ) -> tuple[Finding, ...]:
        """What was found by then about those of ``openings`` whose bidder had won."""
        return tuple(finding for case in self._won_cases(connection, openings, knowledge) for finding in judge(case))

    def _won_cases(
        self, connection: Connection, openings: Iterable[AppointmentCase], knowledge: Knowledge
    ) -> Iterator[WonCase]:
        for opening in openings:
            person = opening.appointment.person.subject
            with self._homes.of(connection, person) as home:
                recorded = home.facts.known(connection, person, knowledge, kinds=OF_LEAD_KINDS)
                recorded = _joined(recorded, self._followed(connection, home, person, knowledge))
                facts, asking = standing(recorded, knowledge), Closings(home.facts).asking(connection, knowledge)
                won = with_evidence(connection, home.facts, opening, facts, asking, knowledge)
            if won is not None:
                yield won

    def _followed(self, connection: Connection, home: Home, subject: str, knowledge: Knowledge) -> list[RecordedFact]:
        """What followed for a person from the lots that ever named it, as they were known then.

        It is recorded too, but for what followed from an opening that we heard of together with its
        correction, or after it: the shard says only what still stands at the end of a batch.
        """
        if knowledge.known_at is None or not subject.startswith("person:"):
            return []
        recorded = home.facts.of(connection, subject, kinds=DERIVED_KINDS)
        lots = {fact.data.lot for fact in recorded if isinstance(fact.data, LotFact)}
        return [fact for lot in sorted(lots) for fact in self._followed_for(connection, lot, knowledge)[subject]]

    def _followed_for(
        self, connection: Connection, lot: str, knowledge: Knowledge
    ) -> Mapping[str, Sequence[RecordedFact]]:
        """The same of one lot, by the subject of the person."""
        found: defaultdict[str, list[RecordedFact]] = defaultdict(list)
        if knowledge.known_at is not None:
            for follow_up in appointing(self.standing(connection, lot, knowledge=knowledge, kinds=_OF_LOTS)):
                found[follow_up.data.subjects[0]].append(follow_up.as_recorded())
        return found

    def on_sites(
        self,
        connection: Connection,
        person_id: str,
        *,
        knowledge: Knowledge,
        now: datetime,
        months: frozenset[str] | None = None,
    ) -> SiteEvidence:
        """A person's months on sites, or some of them, with the evidence known by then; ``now`` decides what is due."""
        with self._homes.of(connection, f"person:{person_id}") as home:
            return site_evidence(
                connection,
                home.facts,
                person_id,
                policies=self._policies,
                now=now,
                knowledge=knowledge,
                months=months,
                asking=Closings(home.facts).asking(connection, knowledge),
            )

    def clues_about(self, connection: Connection, person_id: str, *, known_at: datetime) -> Iterator[Clue]:
        """The clues that named a person by then, withdrawn ones too, as we had them."""
        named = select(CLUES.c.clue_id, CLUES.c.case_group, CLUES.c.history).where(
            CLUES.c.person_id == person_id, CLUES.c.raised_at <= instant_text(known_at)
        )
        for row in connection.execute(named).all():
            happened = (step for step in HISTORY.validate_python(row.history) if step.at <= known_at)
            with self._homes.of(connection, subject_of(row.case_group)):
                yield self._clues.clue(UUID(row.clue_id), version=max(step.version for step in happened))

    def lot_cases(
        self, connection: Connection, lot: str, leads: Iterable[AppointmentCase], *, knowledge: Knowledge
    ) -> tuple[LotCase | InsuredLeadCase | UnidentifiedLeadCase, ...]:
        """The lot itself: its bids; those of its ``leads`` whom others insure; bids whose lead is not known."""
        of_lot = self.standing(connection, lot, knowledge=knowledge)
        case = lot_case(of_lot, policies=self._policies)
        if case is None:
            return ()
        with self._homes.of(connection, lot) as home:
            renames = home.organisations.renames(connection, knowledge=knowledge)
        statements = (said.as_recorded() for lead in leads for said in statements_about(lead))
        insured = insured_lead_cases(case, statements, renames)
        return case, *insured, *unidentified_lead_cases(case, of_lot, renames)


def _joined(recorded: Iterable[RecordedFact], followed: Iterable[RecordedFact]) -> list[RecordedFact]:
    """What was recorded, by its own position, and what else followed."""
    facts = list(recorded)
    known = {fact.identity for fact in facts}
    return [*facts, *(fact for fact in followed if fact.identity not in known)]


def _about(subject: str, facts: Iterable[RecordedFact]) -> list[RecordedFact]:
    """Without corrections of what is not among ``facts``: when they came, nobody knew whom they concern."""
    known = list(facts)
    named = {fact.identity for fact in known if subject in fact.fact.data.subjects}
    return [fact for fact in known if fact.identity in named or retracted(fact) in named]
