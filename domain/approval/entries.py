"""The entries of an approval case 审批件, in the order in which they happened."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, get_args

from domain.evidence.days import day_in_shanghai
from domain.evidence.recorded import RecordedFact
from domain.facts.approvals import ApprovalRecorded, ApprovalState

APPROVED: Final = frozenset({"approved", "approved-with-gaps"})
DECISIONS: Final = APPROVED | {"rejected"}
CLOSING: Final = DECISIONS | {"refused", "withdrawn"}
"""The states that end a case, unless one of :data:`OPENING_AGAIN` follows."""
OPENING_AGAIN: Final = frozenset({"submitted", "window-accepted", "accepted"})

_PLACES: Final = {state: place for place, state in enumerate(get_args(ApprovalState))}
"""The order of states in the course of a case: it orders entries that happened at the same moment."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the case: what the source stated, and the fact it is recorded in."""

    statement: ApprovalRecorded
    fact: RecordedFact

    @property
    def state(self) -> ApprovalState:
        return self.statement.state

    @property
    def at(self) -> datetime:
        return self.statement.at

    @property
    def day(self) -> date:
        """The day of :attr:`at` in Shanghai."""
        return day_in_shanghai(self.statement.at)


def entries_of(case_id: str, facts: Iterable[RecordedFact]) -> tuple[Entry, ...]:
    """The entries of one case among standing facts, in the order in which they happened."""
    entries = (Entry(data, fact) for fact in facts if isinstance(data := fact.data, ApprovalRecorded))
    return tuple(sorted((entry for entry in entries if entry.statement.case_id == case_id), key=_order))


def _order(entry: Entry) -> tuple[datetime, int, tuple[str, str]]:
    return entry.at, _PLACES[entry.state], entry.fact.identity


def acceptance(entries: Iterable[Entry]) -> Entry | None:
    """The first acceptance by the department 部门受理, else by the window 窗口受理; None without any."""
    entries = tuple(entries)
    for state in ("accepted", "window-accepted"):
        for entry in entries:
            if entry.state == state:
                return entry
    return None


def closing(entries: Iterable[Entry]) -> Entry | None:
    """The entry that ended the case; None while the case is open.

    A case that is accepted again after its end is open again: its next step began.
    """
    closed: Entry | None = None
    accepted = False
    for entry in entries:
        # An acceptance after a decision that was made without one is taken for the missing one,
        # entered late; it does not open the case again.
        if entry.state in CLOSING and closed is None:
            closed = entry
        elif entry.state in OPENING_AGAIN and (accepted or closed is None or closed.state not in DECISIONS):
            closed = None
        accepted = accepted or entry.state in ("accepted", "window-accepted")
    return closed
