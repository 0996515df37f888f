"""The follow-ups of clues that history changed: one message for each place, and the summary made of them.

Of such clues nobody is told one by one. The messages go to the home of the place, so that a supervisor
gets one summary of a load also where several shards judged it.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Final

from domain.clues.clue import Clue
from domain.clues.context import ClueStatus
from domain.clues.events import JudgedAnew, Raised
from domain.evidence import RecordedFact
from domain.facts.history import ChangedByHistory, ChangedClue
from domain.follow_ups.follow_up import FollowUp, follow_up_id
from domain.rule import Severity

_AT_ONCE: Final = 1_000
"""So many clues are named in one message at most."""

_Changes = list[tuple[ChangedClue, datetime, RecordedFact]]


@dataclass(frozen=True, slots=True)
class LoadSummary:
    """What a load of history changed in one place: how many clues of each rule and severity stand after it.

    ``since`` is the moment of the first change.
    """

    jurisdiction: str
    since: datetime
    counts: tuple[tuple[str, Severity, int], ...]

    @property
    def clues(self) -> int:
        return sum(count for _, _, count in self.counts)


def changed_by_history(changed: Iterable[tuple[Clue, RecordedFact]]) -> tuple[FollowUp, ...]:
    """One message or more for each place of these clues, whose one event is still pending.

    With each clue comes the fact of history that changed it.
    """
    by_place: defaultdict[str, _Changes] = defaultdict(list)
    for clue, cause in changed:
        event = clue.pending_events[-1] if clue.pending_events else None
        if isinstance(event, Raised) or (isinstance(event, JudgedAnew) and event.material):
            for place in filter(None, clue.context.places):
                by_place[place].append((_as_it_is(clue), event.timestamp, cause))
    return tuple(_message(place, part) for place, changes in sorted(by_place.items()) for part in _parts(changes))


def summary_of(messages: Iterable[RecordedFact]) -> LoadSummary | None:
    """The summary of a load from its messages about one place; None where no clue stands that it changed.

    It is the same in whatever order the facts of the load came: of each clue the latest version counts.
    """
    content = [data for fact in messages if isinstance(data := fact.data, ChangedByHistory)]
    latest: dict[str, ChangedClue] = {}
    for clue in sorted((clue for data in content for clue in data.clues), key=lambda clue: clue.version):
        latest[clue.clue_id] = clue
    counts = Counter((clue.rule, Severity(clue.severity)) for clue in latest.values() if not clue.withdrawn)
    if not counts:
        return None
    return LoadSummary(
        content[0].jurisdiction,
        min(data.changed_at for data in content),
        tuple((rule, severity, number) for (rule, severity), number in sorted(counts.items())),
    )


def _as_it_is(clue: Clue) -> ChangedClue:
    return ChangedClue(
        clue_id=str(clue.id),
        version=clue.version,
        rule=clue.finding.rule,
        severity=clue.severity.value,
        withdrawn=clue.status is ClueStatus.WITHDRAWN,
    )


def _parts(changes: _Changes) -> Iterator[_Changes]:
    return (changes[start : start + _AT_ONCE] for start in range(0, len(changes), _AT_ONCE))


def _message(place: str, changes: _Changes) -> FollowUp:
    clues = tuple(clue for clue, _, _ in changes)
    data = ChangedByHistory(jurisdiction=place, changed_at=changes[0][1], clues=clues)
    cause = changes[-1][2]
    versions = json.dumps([(clue.clue_id, clue.version) for clue in clues])
    digest = blake2b(versions.encode(), digest_size=16).hexdigest()
    return FollowUp(follow_up_id(cause, f"changed/{place}/{digest}"), data, cause, cause.fact.recordedtime)
