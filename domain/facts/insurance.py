"""Social-insurance payments 社保缴纳, and what they mean for the organisation that pays."""

from typing import Literal

from pydantic import Field

from domain.facts.bidding import LotFact
from domain.facts.fact import Day, FactData, Instant, Jurisdiction, Key, Month, Org, PersonRef, Text

Scheme = Literal["pension", "medical", "unemployment", "injury", "maternity", "housing-fund"]


class InsurancePaid(FactData):
    """``payer`` paid ``scheme`` for ``month`` on ``paid_on`` (later than the month: back-payment)."""

    KIND = "insurance-paid"

    person: PersonRef
    payer: Org
    month: Month
    scheme: Scheme
    paid_on: Day

    @property
    def subjects(self) -> tuple[str, ...]:
        return (self.person.subject,)


class LeadInsured(LotFact):
    """Follow-up of an appointment: ``payer``, who is not the bidder, insures the lead.

    ``relation`` is the outcome of comparing the two. It is said (``turn`` 0), taken back (1) and
    said again (2) as the evidence changes, under one ``statement``: the id of the message that
    said it first. A retraction would be final, and evidence is not.
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

    @property
    def subjects(self) -> tuple[str, ...]:
        """The payer's first, which judges its leads; the lot's, and the person's, where it was said."""
        return (*self.payer.subjects, self.lot, self.person.subject)

    @property
    def stands(self) -> bool:
        """Whether this message says so, or takes it back."""
        return self.turn % 2 == 0
