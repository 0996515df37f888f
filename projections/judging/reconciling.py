"""Reconciling: the clues of a group are brought in line with the findings of now."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, Protocol
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, select

from domain.clues.changed_by_history import changed_by_history
from domain.clues.clue import BY_RULES, BY_TIME, Clue, by_rule, clue_id, consider, fingerprint
from domain.evidence import RecordedFact
from domain.facts.corrections import FactCorrected
from domain.facts.fact import OWN_PREFIX
from domain.facts.rules import RulesAdopted
from domain.follow_ups.follow_up import FollowUp
from domain.rule import Finding
from projections.boards.clue_board import CLUES, context_fingerprint
from projections.judging.case_kind import Judgement, Judgements


class Clues(Protocol):
    """Where clues are read and written."""

    def clue(self, clue_id: UUID) -> Clue: ...

    def record(self, connection: Connection, clues: Sequence[Clue]) -> None: ...


class Reconciling:
    """Compares findings with the clue board, and loads only the clues that differ."""

    def __init__(self, clues: Clues) -> None:
        self._clues = clues

    def reconcile(
        self,
        connection: Connection,
        judged: Judgements,
        causes: Mapping[str, Sequence[RecordedFact]],
        now: datetime,
    ) -> tuple[FollowUp, ...]:
        """Raise, revise, withdraw or mark the clues of each group, in the order of groups and clue ids.

        ``causes`` are the facts that made judging a group necessary; where there are none, time did.
        Returns what the supervisors are to be told in a summary, because history alone changed it.
        """
        rows = _known(connection, judged)
        changed: list[Change] = []
        for group, judgements in judged.items():
            changed += self._changed(rows.get(group, {}), judgements, causes[group], now)
        unpushed = changed_by_history((clue, cause.history) for clue, cause in changed if cause.history)
        self._clues.record(connection, [clue for clue, _ in changed])
        return unpushed

    def _changed(
        self,
        rows: Mapping[UUID, Row[Any]],
        judgements: Sequence[Judgement],
        causes: Sequence[RecordedFact],
        now: datetime,
    ) -> "Iterator[Change]":
        # Most groups have no clues. There, findings that make none are left out before their ids are
        # hashed; where there are clues, such a finding may withdraw one.
        found = {
            clue_id(finding): (judgement, finding)
            for judgement in judgements
            for finding in judgement.findings
            if finding.outcome.makes_clue or rows
        }
        # Sorted by id, so that events and clue numbers do not depend on the order of the findings.
        for identity in sorted(found.keys() | rows.keys()):
            judgement, finding = found.get(identity, (None, None))
            row = rows.get(identity)
            if _is_up_to_date(row, judgement, finding):
                continue
            before = self._clues.clue(identity) if row is not None else None
            cause = _cause(before, judgement, finding, causes)
            clue = consider(
                before,
                finding,
                judgement.context if judgement is not None else None,
                candidate=judgement is not None and judgement.candidate,
                at=now,
                caused_by=cause.name,
                quiet=cause.history is not None,
            )
            if clue is not None:
                yield clue, cause


class Cause(NamedTuple):
    """What changed a finding: ``source#id`` of a fact, or ``time``.

    ``history`` is that fact where nothing but history changed the finding, and None where anything live did.
    """

    name: str
    history: RecordedFact | None


Change = tuple[Clue, Cause]
"""A clue with its pending event, and what caused the event."""


_COLUMNS: Final = (
    CLUES.c.case_group,
    CLUES.c.clue_id,
    CLUES.c.fingerprint,
    CLUES.c.status,
    CLUES.c.candidate,
    CLUES.c.about,
)
_OF_GROUPS: Final = select(*_COLUMNS).where(CLUES.c.case_group.in_(bindparam("groups", expanding=True)))
_AT_ONCE: Final = 500


def _known(connection: Connection, groups: Iterable[str]) -> dict[str, dict[UUID, Any]]:
    """The rows of the clues of ``groups``, by group and clue id."""
    by_group: dict[str, dict[UUID, Any]] = {}
    wanted = list(groups)
    for start in range(0, len(wanted), _AT_ONCE):
        for row in connection.execute(_OF_GROUPS, {"groups": wanted[start : start + _AT_ONCE]}):
            by_group.setdefault(row.case_group, {})[UUID(row.clue_id)] = row
    return by_group


def _is_up_to_date(row: Row[Any] | None, judgement: Judgement | None, finding: Finding | None) -> bool:
    """Whether the board has the finding already, so that the clue need not be loaded."""
    makes_clue = finding is not None and finding.outcome.makes_clue
    if row is None:
        return not makes_clue
    if row.status == "withdrawn" and not makes_clue:
        return True
    return (
        judgement is not None
        and finding is not None
        and row.status != "withdrawn"
        and row.fingerprint == fingerprint(finding)
        and row.candidate == judgement.candidate
        and row.about == context_fingerprint(judgement.context)
    )


def _cause(
    before: Clue | None, judgement: Judgement | None, finding: Finding | None, causes: Sequence[RecordedFact]
) -> Cause:
    """What changed the finding.

    It is the last of the facts that the finding rests on only now, else of those that retracted a fact
    it rested on before, else of all ``causes``.
    """
    if not causes:
        return Cause(BY_TIME, judgement.history if judgement is not None else None)
    before_facts = {(fact.source, fact.id) for fact in before.finding.facts} if before is not None else set()
    after_facts = {(fact.source, fact.id) for fact in finding.facts} if finding is not None else set()
    new = [fact for fact in causes if fact.identity in after_facts - before_facts]
    retracting = [fact for fact in causes if _retracted(fact) in before_facts]
    changing = new or retracting or list(causes)
    chosen = changing[-1]
    # One live fact among them is enough: what it helped to find is news.
    history = chosen if all(fact.is_history for fact in changing) else None
    if isinstance(chosen.fact.data, RulesAdopted):
        return Cause(_rule(before, finding, chosen.fact.data), history)
    # A person is told the fact of a source. A follow-up is internal, and its ``causationid`` names
    # the fact that it followed from.
    outside_cause = chosen.fact.causationid if chosen.source.startswith(OWN_PREFIX) else None
    return Cause(outside_cause or chosen.name, history)


def _rule(before: Clue | None, finding: Finding | None, adopted: RulesAdopted) -> str:
    """``rule E101 version 2``, where the version of the rule has changed, else ``rules``."""
    judged = finding or (before.finding if before is not None else None)
    assert judged is not None
    version = adopted.versions.get(judged.rule)
    if version is None or (before is not None and before.finding.rule_version == version):
        return BY_RULES
    return by_rule(judged.rule, version)


def _retracted(fact: RecordedFact) -> tuple[str, str] | None:
    data = fact.fact.data
    return (data.retracts.source, data.retracts.id) if isinstance(data, FactCorrected) else None
