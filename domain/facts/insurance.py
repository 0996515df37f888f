"""Social-insurance payments 社保缴纳, and the follow-up about a lead whom another firm insures."""

from typing import Annotated, Literal

from pydantic import Field

from domain.facts.bidding import LotFact
from domain.facts.deliveries import Area
from domain.facts.fact import Day, FactData, Instant, Jurisdiction, Key, Model, Month, Org, PersonRef, Text

Scheme = Literal["pension", "medical", "unemployment", "injury", "maternity", "housing-fund"]


class InsurancePaid(FactData):
    """``payer`` paid ``scheme`` for ``month`` on ``paid_on``; a day after the month is a back-payment 补缴."""

    KIND = "insurance-paid"

    person: PersonRef
    payer: Org
    month: Month
    scheme: Scheme
    paid_on: Day

    @property
    def subjects(self) -> tuple[str, ...]:
        return (self.person.subject,)


class StatedPayment(Model):
    """A payment that the answer to an enquiry names; it counts like an ``insurance-paid`` of the person."""

    payer: Org
    month: Month
    scheme: Scheme
    paid_on: Day


class InsuranceStated(FactData):
    """The answer to an enquiry about one person: of these ``months``, ``payments`` are all in this ``area``.

    There may be none. For this person the months are covered, as by a ``delivery-closed``.
    """

    KIND = "insurance-stated"

    person: PersonRef
    months: Annotated[tuple[Month, ...], Field(min_length=1, max_length=120)]
    payments: Annotated[tuple[StatedPayment, ...], Field(max_length=2_000)] = ()
    area: Area
    enquiry_id: Key | None = None

    @property
    def subjects(self) -> tuple[str, ...]:
        return (self.person.subject,)

    @property
    def told_of(self) -> frozenset[str]:
        """The months asked, and those of payments besides."""
        return frozenset((*self.months, *(payment.month for payment in self.payments)))


class LeadInsured(LotFact):
    """Follow-up of an appointment: ``payer``, which is not the bidder, insures the lead.

    ``relation`` is the outcome of comparing payer and bidder. All messages with the same
    ``statement`` make one statement; ``statement`` is the id of the first of them. ``turn`` counts
    them: 0 makes the statement, 1 takes it back, 2 makes it again, and so on. A retraction would not
    do, because it is final, while evidence may become true again (docs/decisions/0015).

    Each payer is told of without ``scheme`` and ``month``, so that its next payment changes nothing there. The
    lot is told once more with both: what was paid is named in what is found there (docs/decisions/0040).
    """

    KIND = "lead-insured"

    person: PersonRef
    bidder: Org
    payer: Org
    relation: Literal["probably_same", "branch_or_group", "unknown", "different"]
    jurisdiction: Jurisdiction
    title: Text
    opened_at: Instant
    appointed: Key
    statement: Key
    turn: int = Field(default=0, ge=0)
    scheme: Scheme | None = None
    month: Month | None = None

    @property
    def subjects(self) -> tuple[str, ...]:
        """The payer first, whose shard judges it; then the lot, and the person whose shard made the statement.

        What names a month does not concern the payer.
        """
        payer = () if self.month else self.payer.subjects
        return (*payer, self.lot, self.person.subject)

    @property
    def stands(self) -> bool:
        """Whether this message makes the statement (True) or takes it back (False)."""
        return self.turn % 2 == 0
