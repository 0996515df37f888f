"""Judging a recorded history anew, by the rules and policies in force.

First all tables are derived again, because this program may index and watch other things than the one that
wrote them. Then the rules in force are recorded. That makes every case group due, and the groups are judged
a few hundred at a time. Each step can be interrupted: the next call goes on from there.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any, Final
from uuid import uuid4

from domain.clues.clue import is_by_rules
from domain.clues.events import TOPICS, name_of
from domain.evidence import RecordedFact
from domain.facts.fact import OWN_PREFIX
from domain.facts.rules import RULES_SUBJECT
from domain.rules_in_force import rules_in_force
from infra.installation import Installation
from infra.rebuilding import Rebuilding
from projections.decisions import decision_mapper
from projections.evidence.recorded_facts import SubjectFacts
from projections.index.subject_index import SubjectReader
from streams.intake.own_facts import prepare_own

SOURCE: Final = f"{OWN_PREFIX}rules"
_AT_ONCE: Final = 20_000


@dataclass(frozen=True, slots=True)
class Change:
    """How many clues were ``raised``, ``revised``, ``withdrawn`` … for one cause, such as ``rule E101 version 2``."""

    what: str
    cause: str
    clues: int


@dataclass(frozen=True, slots=True)
class Rejudged:
    """All is judged by the rules adopted at ``since``; ``now`` is True where this call did it, or the rest of it.

    ``changes`` are all since then that came of other rules or policies.
    """

    since: datetime
    now: bool
    changes: tuple[Change, ...]


def rejudge(
    installation: Installation,
    *,
    again: bool = False,
    tell: bool = False,
    progress: Callable[[int], None] = lambda _: None,
) -> Rejudged:
    """Judge every case by the rules and policies in force, unless that was done; ``again`` does it in any case.

    Nobody is told of single clues, unless ``tell`` is True: it is marked as history, of which supervisors get a
    summary. ``progress`` is told how many case groups are left. Nobody else may write meanwhile.
    """
    in_force = rules_in_force(installation.settings.policy, version("tender-monitor"))
    adopted, shard = _adopted(installation), installation.open_shard()
    unfinished = shard.left_to_judge_anew > 0
    needed = adopted is None or adopted.data != in_force or (again and not unfinished)
    if needed:
        Rebuilding(installation).derive_again()
        shard = installation.open_shard()
        attributes: dict[str, Any] = {"time": installation.clock().isoformat()}
        if not tell:
            attributes["history"] = True
        shard.adopt(prepare_own([(SOURCE, str(uuid4()), in_force, attributes)]))
    while left := shard.left_to_judge_anew:
        progress(left)
        shard.commit([])
    adopted = _adopted(installation)
    assert adopted is not None
    changes = _changes(installation, since=adopted.position)
    return Rejudged(adopted.recorded_at, needed or unfinished, changes)


def _adopted(installation: Installation) -> RecordedFact | None:
    """The rules that were adopted last; None where they never changed."""
    with installation.database.read() as connection:
        adopted = SubjectFacts(SubjectReader(), installation.recorder).of(connection, RULES_SUBJECT)
    return adopted[-1] if adopted else None


def _changes(installation: Installation, *, since: int) -> tuple[Change, ...]:
    """What happened to clues after that position because of rules and policies."""
    mapper, counted = decision_mapper(), Counter[tuple[str, str]]()
    while events := installation.recorder.select_notifications(since + 1, _AT_ONCE, topics=TOPICS):
        for stored in events:
            event: Any = mapper.to_domain_event(stored)
            cause: str = getattr(event, "caused_by", "")
            if is_by_rules(cause):
                counted[name_of(event), cause] += 1
        since = int(events[-1].id)
    return tuple(Change(what, cause, clues) for (what, cause), clues in sorted(counted.items()))
