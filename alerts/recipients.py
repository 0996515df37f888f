"""Who must know of what happens to a clue, and nobody else.

Bidder and supervisor know at once of a clue about a bid opening; of one about several lots
the supervisor of each place. The tenderer knows only of
a winning candidate: when the bidder is announced while the clue is open (or confirmed), or
when a clue arises afterwards. News of a clue go to those who must know it still; its end
reaches everyone who was told and has not been told an end. A rival never hears anything, and
of rules that speak of rivals or of offices the parties to the bid hear nothing at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.access import Role
from domain.clues.clue import Clue
from domain.clues.context import ClueStatus
from domain.clues.events import (
    CandidacyChanged,
    Cleared,
    ClueEvent,
    Confirmed,
    EvidenceChanged,
    Explained,
    InvestigationOpened,
    JudgedAnew,
    Reopened,
    Revised,
    Withdrawn,
)
from domain.rule import RULEBOOK


class Occasion(StrEnum):
    """Why someone is told."""

    RAISED = "raised"
    REOPENED = "reopened"
    CANDIDATE = "candidate"
    """The bidder of the suspected lead is a winning candidate 中标候选人: for the tenderer."""
    REVISED = "revised"
    EXPLAINED = "explained"
    EVIDENCE_CHANGED = "evidence-changed"
    INVESTIGATION_OPENED = "investigation-opened"
    WITHDRAWN = "withdrawn"
    CLEARED = "cleared"
    CONFIRMED = "confirmed"
    HANDED_OVER = "handed-over"
    """A correction made the clue somebody else's business."""

    @property
    def is_end(self) -> bool:
        """Whether who is told so need not be told of any other end."""
        return self in _ENDS


_ENDS: Final = frozenset({Occasion.WITHDRAWN, Occasion.CLEARED, Occasion.CONFIRMED, Occasion.HANDED_OVER})
_ENDED_BY: Final[dict[type, Occasion]] = {
    Withdrawn: Occasion.WITHDRAWN,
    Cleared: Occasion.CLEARED,
    Confirmed: Occasion.CONFIRMED,
}
_FIRST_HEARD: Final[dict[type, Occasion]] = {
    Reopened: Occasion.REOPENED,
    InvestigationOpened: Occasion.INVESTIGATION_OPENED,
}
LONGEST_KEY: Final = 200
"""Longer names are cut, to fit into an index; nobody signs in under a name."""
_SUPERVISOR: Final = frozenset({Role.SUPERVISOR})
_PARTIES: Final = frozenset({Role.BIDDER, Role.TENDERER})
_EVERYONE: Final = _SUPERVISOR | _PARTIES


@dataclass(frozen=True, slots=True, order=True)
class Recipient:
    """``key`` is a jurisdiction code for a supervisor, else the organisation's key (its code, or its name)."""

    role: Role
    key: str


Told = Mapping[Recipient, Occasion]
"""The last thing each was told about one clue."""


def must_know(clue: Clue) -> frozenset[Recipient]:
    """Who must know of the clue as it is now."""
    if not clue.is_open:
        return frozenset()
    roles = _EVERYONE if clue.candidate else _EVERYONE - {Role.TENDERER}
    return frozenset(recipient for role in roles for recipient in _of_role(clue, role))


def news(event: ClueEvent, clue: Clue, told: Told) -> dict[Recipient, Occasion]:
    """Whom to tell what, now that ``event`` has happened to ``clue``, sorted by recipient.

    ``clue`` is as the event left it; ``told`` is what was known to whom before.
    """
    waiting = {recipient for recipient, last in told.items() if not last.is_end}
    end = _ENDED_BY.get(type(event))
    if end is not None:
        found = dict.fromkeys(waiting, end)
    elif clue.is_open:
        found = {**_moved(clue, waiting), **_continued(event, clue, waiting), **_first_heard(event, clue, waiting)}
    else:
        found = _after_the_decision(event, clue, told)
    return dict(sorted(found.items()))


def _of_role(clue: Clue, role: Role) -> tuple[Recipient, ...]:
    """The recipient in that role; none where the clue has no such party or is not known to be for parties."""
    if role is Role.SUPERVISOR:
        return tuple(Recipient(role, place) for place in clue.context.places)
    party = clue.context.bidder if role is Role.BIDDER else clue.context.tenderer
    rule = RULEBOOK.get(clue.finding.rule)
    if party is None or rule is None or rule.supervisors_only:
        return ()
    return (Recipient(role, party.key[:LONGEST_KEY]),)


def _first_heard(event: ClueEvent, clue: Clue, waiting: set[Recipient]) -> dict[Recipient, Occasion]:
    occasion = _FIRST_HEARD.get(type(event), Occasion.RAISED)
    return {
        recipient: Occasion.CANDIDATE if recipient.role is Role.TENDERER else occasion
        for recipient in must_know(clue) - waiting
    }


def _continued(event: ClueEvent, clue: Clue, waiting: set[Recipient]) -> dict[Recipient, Occasion]:
    occasion, roles = _news_of(event)
    return {recipient: occasion for recipient in must_know(clue) & waiting if recipient.role in roles}


def _news_of(event: ClueEvent) -> tuple[Occasion, frozenset[Role]]:
    """What is news to those who know of the clue; whoever caused it is not told."""
    match event:
        case InvestigationOpened():
            return Occasion.INVESTIGATION_OPENED, _PARTIES
        case Explained():
            return Occasion.EXPLAINED, _SUPERVISOR
        case EvidenceChanged(material=True):
            return Occasion.EVIDENCE_CHANGED, _SUPERVISOR
        case Revised(material=True):
            return Occasion.REVISED, _EVERYONE
    return Occasion.REVISED, frozenset()


def _moved(clue: Clue, waiting: set[Recipient]) -> dict[Recipient, Occasion]:
    """Those told whose business it no longer is, since jurisdiction or tenderer were corrected."""
    return {r: Occasion.HANDED_OVER for r in waiting if r not in _of_role(clue, r.role)}


def _after_the_decision(event: ClueEvent, clue: Clue, told: Told) -> dict[Recipient, Occasion]:
    if isinstance(event, JudgedAnew) and event.material:
        return dict.fromkeys(_of_role(clue, Role.SUPERVISOR), Occasion.EVIDENCE_CHANGED)
    if isinstance(event, CandidacyChanged) and event.candidate and clue.status is ClueStatus.CONFIRMED:
        untold = (each for each in _of_role(clue, Role.TENDERER) if told.get(each) is not Occasion.CONFIRMED)
        return dict.fromkeys(untold, Occasion.CONFIRMED)
    return {}
