"""The evidence about a won lot after the award: who leads the project, and who insures the lead meanwhile."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from domain.employers import Outcome
from domain.evidence.appointment import AppointmentCase
from domain.evidence.concerns import Horizon
from domain.evidence.coverage import PAID, Ask, Completeness, Coverage, asks_of
from domain.evidence.days import last_day_of, month_of, shifted_month
from domain.evidence.exemptions import covered
from domain.evidence.payments import Payment, deciding_payments
from domain.evidence.projects import Phase, Project, replaced
from domain.evidence.recorded import RecordedFact
from domain.evidence.registrations import Registrations
from domain.facts.attendance import LeadChanged
from domain.facts.bidding import LeadAppointed
from domain.facts.employers import ExemptionRecorded
from domain.facts.fact import Org
from domain.policy import Policy


@dataclass(frozen=True, slots=True)
class Acting:
    """Somebody who checked in, or was met by an inspector, in the role of the project lead on ``day``."""

    person_id: str
    day: date
    fact: RecordedFact


@dataclass(frozen=True)
class WonCase:
    """What is known of a lot that the bidder won, from the award on.

    ``opening`` is the case of the lead at the opening. ``won_by`` says who won: it is the award, or where none
    was announced, what shows that the bidder builds; ``begun_on`` is its day. ``projects`` are what the bidder
    builds under the project code of the lot; ``elsewhere`` are the people who lead what other firms build
    under it. ``named`` are the leads of all bids for lots with this project code. ``payments`` are those of the
    deciding schemes for the months after the award, and ``qualified`` are the registrations of all people whom
    recorded changes name. ``coverage`` says of which months without a payment all payments are known.
    """

    opening: AppointmentCase
    won_by: RecordedFact
    begun_on: date
    projects: tuple[Project, ...]
    changes: tuple[RecordedFact, ...]
    acting: tuple[Acting, ...]
    named: tuple[RecordedFact, ...]
    elsewhere: frozenset[str]
    payments: tuple[Payment, ...]
    registrations: Registrations
    exemptions: tuple[RecordedFact, ...]
    qualified: Mapping[str, Registrations] = field(hash=False)
    coverage: Coverage

    @property
    def subject(self) -> str:
        return self.opening.subject

    @property
    def policy(self) -> Policy:
        return self.opening.policy

    @property
    def won(self) -> tuple[RecordedFact, RecordedFact]:
        """The bid, and what says that it won."""
        return self.opening.appointed, self.won_by

    @property
    def lead_id(self) -> str:
        """The person whom the bid names as lead."""
        return self.opening.appointment.person.person_id

    @property
    def project_code(self) -> str:
        return self.opening.appointment.project_code

    @cached_property
    def lead_changes(self) -> tuple[LeadChanged, ...]:
        return tuple(fact.data for fact in self.changes if isinstance(fact.data, LeadChanged))

    def agreed_leads(self, day: date) -> frozenset[str]:
        """Who may lead for the bidder on ``day``: the lead of the bid, and whoever followed with consent by then.

        So may the leads whom the bidder named for other lots under this project code.
        """
        return self._followed({self.lead_id, *self._leads_of_other_lots(of_bidder=True)}, day)

    def expected_on_site(self, day: date) -> frozenset[str]:
        """Who may act as a project lead on the site: also the leads of other firms and other lots."""
        return self._followed({self.lead_id, *self._leads_of_other_lots(of_bidder=False)}, day) | self.elsewhere

    def _followed(self, people: set[str], day: date) -> frozenset[str]:
        """``people``, and whoever came in the place of one of them with consent up to ``day``."""
        changes = [change for change in self.lead_changes if change.on <= day]
        while new := {each.new.person_id for each in changes if each.old.person_id in people} - people:
            people |= new
        return frozenset(people)

    def _leads_of_other_lots(self, *, of_bidder: bool) -> set[str]:
        here = self.opening.appointment
        bids = (fact.data for fact in self.named)
        return {
            bid.person.person_id
            for bid in bids
            if isinstance(bid, LeadAppointed)
            and bid.lot != here.lot
            and (not of_bidder or self._compare(bid.bidder, here.bidder) is Outcome.SAME)
        }

    def led_until(self, day: date) -> frozenset[str]:
        """The lead of the bid, and whoever came in the place with consent up to ``day``."""
        return self._followed({self.lead_id}, day)

    def in_charge(self, day: date) -> bool:
        """Whether the lead of the bid leads the project on ``day``, as far as is known."""
        known = [leads for project in self.projects if (leads := project.leads_on(day))]
        if known:
            return any(self.lead_id in leads for leads in known)
        return self.lead_id in replaced({self.lead_id}, [each for each in self.lead_changes if each.on <= day])

    def running(self, day: date) -> bool:
        """Whether the project runs on ``day``: from the award until its acceptance is passed."""
        stretches = [project.stretch_on(day) for project in self.projects]
        phases = {stretch.phase for stretch in stretches if stretch is not None}
        return phases != {Phase.ACCEPTED}

    @cached_property
    def months(self) -> tuple[str, ...]:
        """The whole months after the award in which the lead runs the project, earliest first.

        Where no start of construction is known, only as many as the policy allows for the beginning.
        """
        return tuple(
            month
            for month in months_after(self.begun_on, bool(self.projects), self.policy)
            if all(self.running(day) and self.in_charge(day) for day in (first_day_of(month), last_day_of(month)))
        )

    @property
    def paid_months(self) -> tuple[str, ...]:
        """The months whose payments can matter: those around the opening tell whether the payer changed."""
        later = months_after(self.begun_on, bool(self.projects), self.policy)
        around = Horizon.of(self.opening.appointment, self.policy).paid_months
        return tuple(dict.fromkeys((*around, *later)))

    def exempt_in(self, month: str) -> RecordedFact | None:
        """The exemption that covers the lead in ``month``, if any."""
        day = last_day_of(month)
        granted = [
            fact
            for fact in self.exemptions
            if isinstance(data := fact.data, ExemptionRecorded)
            and data.valid_from <= day <= (data.valid_to or date.max)
        ]
        paid = deciding_payments(payment for payment in self.payments if payment.month == month)
        found = covered(granted, self.registrations.valid_on(day), paid, self._compare).exemption
        return found.fact if found else None

    @cached_property
    def unpaid_months(self) -> tuple[str, ...]:
        """The months for which nobody is known to insure the lead, although somebody did before.

        Months in which the project stood still, and those that an exemption covers, are not among them.
        """
        paid = {each.month for each in self.payments}
        return tuple(
            month
            for month in self.months
            if month not in paid
            and self.paid_before(month)
            and not self._stood_still(month)
            and self.exempt_in(month) is None
        )

    def paid_before(self, month: str) -> Payment | None:
        """The last known payment of a deciding scheme for an earlier month, from the look-back months on."""
        around = (*self.opening.payments, *self.opening.later_payments)
        known = {(each.month, each.fact.identity): each for each in (*around, *self.payments) if each.can_decide}
        return next((known[key] for key in sorted(known, reverse=True) if key[0] < month), None)

    def _stood_still(self, month: str) -> bool:
        """Whether the project was stopped on any day of the month."""
        first, last = first_day_of(month), last_day_of(month)
        return any(
            stretch.phase is Phase.STOPPED and stretch.first <= last and first <= (stretch.last or date.max)
            for project in self.projects
            for stretch in project.stretches
        )

    def all_paid_known(self, month: str) -> Completeness:
        """Whether all payments for one of the unpaid months were stated to be known."""
        return self.coverage.of(self._asks(month))

    @property
    def open_asks(self) -> frozenset[Ask]:
        """What the rules ask of coverage, because a payment is missing: a closing may change a finding."""
        return frozenset(self._asks(*self.unpaid_months))

    def _asks(self, *months: str) -> tuple[Ask, ...]:
        return asks_of(self.policy, self.opening.jurisdiction, PAID, months)

    def _compare(self, left: Org, right: Org) -> Outcome:
        return self.opening.compare(left, right).outcome

    @property
    def watched(self) -> frozenset[str]:
        """The subjects of all whom this case is about: a fact about one may change a finding."""
        employers = {self.opening.bidder, *self.opening.employers, *(payment.payer for payment in self.payments)}
        employers |= {period.employer for period in self.registrations.periods}
        people = {self.lead_id, *self.qualified}
        return frozenset(
            {
                f"project:{self.project_code}",
                *(f"person:{person_id}" for person_id in people),
                *(subject for firm in employers for subject in firm.subjects),
            }
        )


def months_after(begun_on: date, started: bool, policy: Policy) -> tuple[str, ...]:
    """The months after ``begun_on`` in which a winner's lead may be asked about; ``started``: construction began."""
    first = month_of(begun_on)
    number = policy.award_months if started else min(policy.award_months, policy.unstarted_months)
    return tuple(shifted_month(first, later) for later in range(1, number + 1))


def first_day_of(month: str) -> date:
    return date(int(month[:4]), int(month[5:]), 1)
