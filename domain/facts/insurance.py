"""Social-insurance payments 社保缴纳, and the follow-up about a lead whom another firm insures."""

from typing import Literal

from pydantic import Field

from domain.facts.bidding import LotFact
from domain.facts.fact import Day, FactData, Instant, Jurisdiction, Key, Month, Org, PersonRef, Text

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


class LeadInsured(LotFact):
    """Follow-up of an appointment: ``payer``, which is not the bidder, insures the lead.

    ``relation`` is the outcome of comparing payer and bidder. All messages with the same
    ``statement`` make one statement; ``statement`` is the id of the first of them. ``turn`` counts
    them: 0 makes the statement, 1 takes it back, 2 makes it again, and so on. A retraction would not
    do, because it is final, while evidence may become true again (docs/decisions/0015).
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
        """The payer first, whose shard judges it; then the lot, and the person whose shard made the statement."""
        return (*self.payer.subjects, self.lot, self.person.subject)

    @property
    def stands(self) -> bool:
        """Whether this message makes the statement (True) or takes it back (False)."""
        return self.turn % 2 == 0
