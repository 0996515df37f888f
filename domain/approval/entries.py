"""The file of an approval case 审批件: its entries in the order in which they happened."""

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
"""After one of these nothing is left to do, until the case is taken up again."""
TAKING_UP: Final = frozenset({"submitted", "window-accepted", "accepted"})

_PLACES: Final = {state: place for place, state in enumerate(get_args(ApprovalState))}
"""Entries of one moment follow each other as a case goes its way; a refusal ends its first part."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One statement about the case, and the fact that made it."""

    said: ApprovalRecorded
    fact: RecordedFact

    @property
    def state(self) -> ApprovalState:
        return self.said.state

    @property
    def at(self) -> datetime:
        return self.said.at

    @property
    def day(self) -> date:
        """In Shanghai."""
        return day_in_shanghai(self.said.at)


def entries_of(case_id: str, facts: Iterable[RecordedFact]) -> tuple[Entry, ...]:
    """The case's entries among facts that stand, as it happened: in any order of arrival the same."""
    said = (Entry(data, fact) for fact in facts if isinstance(data := fact.data, ApprovalRecorded))
    return tuple(sorted((entry for entry in said if entry.said.case_id == case_id), key=_order))


def _order(entry: Entry) -> tuple[datetime, int, tuple[str, str]]:
    return entry.at, _PLACES[entry.state], entry.fact.identity


def acceptance(entries: Iterable[Entry]) -> Entry | None:
    """The first acceptance by the department 部门受理, else by the window 窗口受理."""
    entries = tuple(entries)
    for state in ("accepted", "window-accepted"):
        for entry in entries:
            if entry.state == state:
                return entry
    return None


def closing(entries: Iterable[Entry]) -> Entry | None:
    """The entry that ended the case, if it has ended.

    A case that is accepted again has not: its next step began. An acceptance that follows a
    decision made without one does not open the case again.
    """
    closed: Entry | None = None
    accepted = False
    for entry in entries:
        if entry.state in CLOSING and closed is None:
            closed = entry
        elif entry.state in TAKING_UP and (accepted or closed is None or closed.state not in DECISIONS):
            closed = None
        accepted = accepted or entry.state in ("accepted", "window-accepted")
    return closed
