"""Who must be told what happens to a clue, and nobody else.

The bidder and the supervisor are told of a clue at once; where a clue is about lots in several places, the
supervisor of each place is told. The tenderer is told only of winning candidates: when the bidder is
announced as one while the clue is open or confirmed, or when a clue is raised after that.

Changes of a clue are told to those who must still know of it. Its end is told to everyone who was told of
the clue and not yet of an end, and to nobody else. Rivals are never told anything. The parties to the bid are
told nothing about clues of rules that concern rivals or public offices.

What history alone caused is told to nobody, except an end to those who expect to hear of it. The first live
fact that changes such a clue is news to everyone who must know. Where an opening was old when it was recorded,
bidder and tenderer first hear of its clues when an investigation is opened.

A party that is named without a credit code is told under its name, which reaches nobody: such notices are
undeliverable until the code becomes known, and then go to the code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from alerts.tables import LONGEST_KEY
from domain.access import Role
from domain.clues.clue import Clue
from domain.clues.context import ClueStatus
from domain.clues.events import (
    CandidacyChanged,
    Cleared,
    ClueEvent,
    Confirmed,
    Decided,
    EvidenceChanged,
    Explained,
    InvestigationOpened,
    JudgedAnew,
    Reopened,
    Revised,
    Withdrawn,
)
from domain.employers.credit_code import is_credit_code
from domain.identifiers import organisation_key
from domain.rule import RULEBOOK


class Occasion(StrEnum):
    """Why somebody is told."""

    RAISED = "raised"
    REOPENED = "reopened"
    CANDIDATE = "candidate"
    """The bidder of the lead in question is a winning candidate 中标候选人; told to the tenderer."""
    REVISED = "revised"
    EXPLAINED = "explained"
    EVIDENCE_CHANGED = "evidence-changed"
    INVESTIGATION_OPENED = "investigation-opened"
    WITHDRAWN = "withdrawn"
    CLEARED = "cleared"
    CONFIRMED = "confirmed"
    HANDED_OVER = "handed-over"
    """A correction moved the clue to another place or another party."""
    CODE_KNOWN = "code-known"
    """Said to a name without a code: its code is known now, and all that was undeliverable is told under the code."""
    HISTORY_LOADED = "history-loaded"
    """The summary of all clues that a load of history changed; told to the supervisor."""

    @property
    def is_end(self) -> bool:
        """Whether the clue has ended for whoever is told this, so that no other end need be told."""
        return self in _ENDS


_ENDS: Final = frozenset(
    {Occasion.WITHDRAWN, Occasion.CLEARED, Occasion.CONFIRMED, Occasion.HANDED_OVER, Occasion.CODE_KNOWN}
)
_OVER: Final = frozenset({Occasion.WITHDRAWN, Occasion.HANDED_OVER, Occasion.CODE_KNOWN})
"""Of these there is nothing left to deliver."""
_ENDED_BY: Final[dict[type, Occasion]] = {
    Withdrawn: Occasion.WITHDRAWN,
    Cleared: Occasion.CLEARED,
    Confirmed: Occasion.CONFIRMED,
}
_FIRST_HEARD: Final[dict[type, Occasion]] = {
    Reopened: Occasion.REOPENED,
    InvestigationOpened: Occasion.INVESTIGATION_OPENED,
}
_SUPERVISOR: Final = frozenset({Role.SUPERVISOR})
_PARTIES: Final = frozenset({Role.BIDDER, Role.TENDERER})
_EVERYONE: Final = _SUPERVISOR | _PARTIES


@dataclass(frozen=True, slots=True, order=True)
class Recipient:
    """Somebody who is told; ``key`` is a supervisor's jurisdiction code, or the code or name of an organisation."""

    role: Role
    key: str

    @property
    def is_reachable(self) -> bool:
        """Whether somebody can sign in as the recipient; notices to a name without a code are undeliverable."""
        return self.role is Role.SUPERVISOR or is_credit_code(self.key)


Told = Mapping[Recipient, Occasion]
"""The last occasion that each recipient was told about one clue."""


def must_know(clue: Clue) -> frozenset[Recipient]:
    """The recipients who must know of the clue as it is now; none once it has ended."""
    if not clue.is_open:
        return frozenset()
    roles = _EVERYONE if clue.candidate else _EVERYONE - {Role.TENDERER}
    return frozenset(recipient for role in roles for recipient in _of_role(clue, role))


def news(event: ClueEvent, clue: Clue, told: Told) -> dict[Recipient, Occasion]:
    """Whom to tell what after ``event`` has happened to ``clue``, sorted by recipient.

    ``clue`` is as the event left it; ``told`` is what each recipient was last told before.
    """
    # Those who were told of the clue and not yet of an end still expect to hear of it.
    expecting = {recipient for recipient, last in told.items() if not last.is_end}
    end = _ENDED_BY.get(type(event))
    if end is not None:
        occasions = dict.fromkeys(expecting, end)
    elif _is_quiet(event):
        occasions = _no_longer_concerned(clue, expecting) if clue.is_open else {}
        occasions |= _undeliverable_so_far(clue, told)
    elif clue.is_open:
        occasions = {
            **_no_longer_concerned(clue, expecting),
            **(_first_heard(event, clue, expecting) if told or _is_news(event) else {}),
            **_changes(event, clue, expecting),
            **_undeliverable_so_far(clue, told),
        }
    else:
        occasions = {**_after_the_decision(event, clue, told), **_undeliverable_so_far(clue, told)}
    # Sorted, so that notices get the same numbers in a rebuild.
    return dict(sorted(occasions.items()))


def told_in_the_end(before: Occasion | None, said: Sequence[Occasion], *, changed: bool) -> Occasion | None:
    """What one recipient is told in place of several occasions in a row, which waited; None for nothing.

    ``before`` is what it was last told. ``changed`` says whether the clue now says something else than then.
    """
    begun = [occasion for occasion in said if not occasion.is_end]
    if said[-1].is_end:
        knew = before is not None and not before.is_end
        return said[-1] if knew or not begun else None
    if before is None or before.is_end:
        return begun[0]
    if not changed:
        return None
    return said[-1] if said[-1] in (Occasion.REVISED, Occasion.EVIDENCE_CHANGED) else Occasion.REVISED


def _is_quiet(event: ClueEvent) -> bool:
    """Whether history alone caused the event; what people do is never quiet."""
    return not isinstance(event, Decided) and event.quiet


def _is_news(event: ClueEvent) -> bool:
    """Whether the event would be told to somebody who has not heard of the clue before.

    It is not where no word of the clue changed, where a bidder is no candidate any more, or where a supervisor
    merely acknowledged the clue.
    """
    match event:
        case JudgedAnew():
            return event.material
        case CandidacyChanged():
            return event.candidate
        case Decided():
            return isinstance(event, InvestigationOpened)
    return True


def _of_role(clue: Clue, role: Role) -> tuple[Recipient, ...]:
    """The recipients in one role; none where the clue has no such party, or where parties may not know of its rule."""
    if role is Role.SUPERVISOR:
        return tuple(Recipient(role, place) for place in clue.context.places)
    party = clue.context.bidder if role is Role.BIDDER else clue.context.tenderer
    rule = RULEBOOK.get(clue.finding.rule)
    if party is None or rule is None or rule.supervisors_only:
        return ()
    return (Recipient(role, party.key[:LONGEST_KEY]),)


def _first_heard(event: ClueEvent, clue: Clue, expecting: set[Recipient]) -> dict[Recipient, Occasion]:
    """What those are told who must know of the clue and have not heard of it."""
    occasion = _FIRST_HEARD.get(type(event), Occasion.RAISED)
    late = clue.context.recorded_late and not isinstance(event, InvestigationOpened)
    return {
        recipient: Occasion.CANDIDATE if recipient.role is Role.TENDERER else occasion
        for recipient in must_know(clue) - expecting
        if not (late and recipient.role in _PARTIES)
    }


def _changes(event: ClueEvent, clue: Clue, expecting: set[Recipient]) -> dict[Recipient, Occasion]:
    """What those are told who know of the clue and must still know of it."""
    occasion, roles = _change_of(event)
    # A bidder may have found in a list what nobody was told of. Its explanation must be read all the same.
    concerned = must_know(clue) if isinstance(event, Explained) else must_know(clue) & expecting
    return {recipient: occasion for recipient in concerned if recipient.role in roles}


def _change_of(event: ClueEvent) -> tuple[Occasion, frozenset[Role]]:
    """The occasion that an event is to those who know of the clue, and their roles.

    The role that caused the event is not told of it.
    """
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


def _no_longer_concerned(clue: Clue, expecting: set[Recipient]) -> dict[Recipient, Occasion]:
    """What those are told whom the clue no longer concerns after a correction of jurisdiction or tenderer."""
    return {
        recipient: Occasion.HANDED_OVER for recipient in expecting if recipient not in _of_role(clue, recipient.role)
    }


def _undeliverable_so_far(clue: Clue, told: Told) -> dict[Recipient, Occasion]:
    """What was said to a name without a code, for the code that is known now; and to the name, that it is.

    Nothing is left out because history gave the code: what was undeliverable had been live.
    """
    occasions: dict[Recipient, Occasion] = {}
    for role, party in ((Role.BIDDER, clue.context.bidder), (Role.TENDERER, clue.context.tenderer)):
        if clue.status is ClueStatus.WITHDRAWN or party is None or not is_credit_code(party.key):
            continue
        coded = Recipient(role, party.key)
        for named in (Recipient(role, organisation_key(party.name)[:LONGEST_KEY]), Recipient(role, party.key[8:17])):
            last = told.get(named, Occasion.CODE_KNOWN)
            if last not in _OVER and coded not in told:
                occasions |= {named: Occasion.CODE_KNOWN, coded: last}
    return occasions


def _after_the_decision(event: ClueEvent, clue: Clue, told: Told) -> dict[Recipient, Occasion]:
    """What is told about a decided clue: changed evidence to supervisors, a confirmed candidate to the tenderer."""
    if isinstance(event, JudgedAnew) and event.material:
        return dict.fromkeys(_of_role(clue, Role.SUPERVISOR), Occasion.EVIDENCE_CHANGED)
    if isinstance(event, CandidacyChanged) and event.candidate and clue.status is ClueStatus.CONFIRMED:
        tenderers = _of_role(clue, Role.TENDERER)
        not_told = (tenderer for tenderer in tenderers if told.get(tenderer) is not Occasion.CONFIRMED)
        return dict.fromkeys(not_told, Occasion.CONFIRMED)
    return {}
