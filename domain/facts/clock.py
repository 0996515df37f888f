"""What an operator said about the clock by which facts are recorded."""

from typing import Annotated, Final

from pydantic import AwareDatetime, Field

from domain.facts.fact import FactData, Text

CLOCK_SUBJECT: Final = "register:clock"


class ClockConfirmed(FactData):
    """The clock had gone ahead, nothing was recorded, and ``confirmed_by`` said that it is right all the same."""

    KIND = "clock-confirmed"

    confirmed_by: Text
    reason: Text

    @property
    def subjects(self) -> tuple[str, ...]:
        return (CLOCK_SUBJECT,)


class LedgerRecovered(FactData):
    """A ledger that had run ahead of the time was left, and this one goes on where it was right.

    Up to ``kept_entries`` both are equal. The other one had ``left_entries`` under the signed ``left_root`` (hex), and
    had ``reached`` a time that had not come. What follows here was recorded there first.
    """

    KIND = "ledger-recovered"

    kept_entries: Annotated[int, Field(ge=0)]
    left_entries: Annotated[int, Field(ge=0)]
    left_root: Text
    reached: AwareDatetime
    recovered_by: Text
    reason: Text

    @property
    def subjects(self) -> tuple[str, ...]:
        return (CLOCK_SUBJECT,)
