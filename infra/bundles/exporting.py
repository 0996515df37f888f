"""Writing a bundle: what is known of a clue or a case now, and its proofs."""

import base64
import hashlib
import inspect
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, select

from domain.clues.clue import Clue, clue_id
from domain.clues.context import finding_record
from domain.errors import MonitorError, NotFound
from domain.facts.approvals import case_subject
from domain.instants import instant_text
from domain.rule import RULEBOOK, Finding, Rule
from infra.bundles.bundle import FORMAT, Bundle, Entry, History, RuleCode, Subject
from infra.bundles.rejudging import judge_live, judge_rows
from infra.installation import Installation
from infra.storage.event_rows import STORED_EVENTS
from infra.transparency.checkpoint import parse_checkpoint
from infra.transparency.jcs import NotCanonical, canonical, parsed
from infra.transparency.notes import parse_note
from infra.transparency.reader import LogReader
from infra.transparency.rows import leaf_at
from infra.transparency.suite import Suite
from projections.boards.clue_board import CLUES
from projections.evidence.recorded_facts import FACT_TOPIC_PREFIX

_APPROVALS: Final = "approvals:"


class NotRepeatable(MonitorError):
    """What the bundle would say does not follow from the facts in it: nothing is exported."""


def bundle_of(installation: Installation, wanted: str) -> Bundle:
    """The bundle of a clue by its id, or of an approval case by its number; raises NotFound."""
    clue = _clue(installation, wanted)
    if clue is not None:
        return _bundle(installation, Subject(kind="clue", id=str(clue.id)), clue.context.case_group, [clue])
    scope = _APPROVALS + case_subject(wanted)
    with installation.database.read() as connection:
        ids = connection.execute(select(CLUES.c.clue_id).where(CLUES.c.case_group == scope).order_by(CLUES.c.number))
        clues = [installation.decisions.clue(UUID(each)) for each in ids.scalars()]
    return _bundle(installation, Subject(kind="case", id=wanted), scope, clues)


def person_of(installation: Installation, wanted: str) -> str | None:
    """Whose evidence a bundle would show, if it is about a person."""
    clue = _clue(installation, wanted)
    return clue.context.person_id if clue is not None else None


def _clue(installation: Installation, wanted: str) -> Clue | None:
    try:
        identity = UUID(wanted)
    except ValueError:
        return None
    query = select(CLUES.c.number).where(CLUES.c.clue_id == str(identity))
    with installation.database.read() as connection:
        if connection.execute(query).first() is None:
            return None
    return installation.decisions.clue(identity)


def _bundle(installation: Installation, about: Subject, scope: str, clues: Sequence[Clue]) -> Bundle:
    policies, now = installation.settings.policy, installation.clock()
    judged = judge_live(installation.database, installation.recorder, policies, scope, now)
    findings = _concerning(judged.findings, about)
    with installation.database.read() as connection:
        rows = [row for row in installation.recorder.read(connection, judged.looked_at) if _is_fact(row)]
        if about.kind == "case" and not rows:
            raise NotFound("clue or approval case")
        if _concerning(judge_rows(rows, policies, scope, now), about) != findings:
            raise NotRepeatable("the findings do not follow from the facts that were looked at")
        histories = [_history(connection, clue) for clue in clues]
        facts = tuple(row[0] for row in rows)
        positions = sorted({*facts, *(event for history in histories for event in history.events)})
        note, entries = _proved(connection, positions, installation.log_suite)
    return Bundle(
        format=FORMAT,
        suite=installation.keys.suite.name,
        program=version("tender-monitor"),
        about=about,
        log_key=str(installation.log_identity.verifier()),
        checkpoint=note,
        entries=tuple(entries),
        scope=scope,
        judged_at=instant_text(now),
        facts=facts,
        findings=tuple(map(finding_record, findings)),
        clues=tuple(histories),
        rules=tuple(map(rule_code, _rules(findings, clues))),
        policy=policies.model_dump(mode="json"),
    )


def _concerning(findings: Iterable[Finding], about: Subject) -> list[Finding]:
    """What is said of a case, or by the one rule about the one subject of a clue; in a fixed order."""
    wanted = [each for each in findings if about.kind == "case" or str(clue_id(each)) == about.id]
    return sorted(wanted, key=lambda each: (each.rule, each.subject, each.discriminator))


def _is_fact(row: tuple[int, str, bytes]) -> bool:
    return row[1].startswith(FACT_TOPIC_PREFIX)


def _history(connection: Connection, clue: Clue) -> History:
    events = select(STORED_EVENTS.c.id).where(STORED_EVENTS.c.originator_id == clue.id).order_by(STORED_EVENTS.c.id)
    positions = tuple(connection.execute(events).scalars())
    return History(clue_id=str(clue.id), status=str(clue.status), events=positions)


def _proved(connection: Connection, positions: Sequence[int], suite: Suite) -> tuple[str, list[Entry]]:
    """A checkpoint that covers all, countersigned if there is such a one, and the entries up to it."""
    log = LogReader(connection, suite)
    note = log.witnessed(at_least=max(positions, default=0)) or log.checkpoint() or ""
    size = parse_checkpoint(parse_note(note).text).size
    return note, [_entry(connection, log, position, size) for position in positions]


def _entry(connection: Connection, log: LogReader, position: int, size: int) -> Entry:
    leaf = leaf_at(connection, position) or b""
    proof = log.inclusion(position - 1, size)
    return Entry(
        position=position,
        leaf=base64.b64encode(leaf).decode(),
        said=said_in(leaf),
        hashes=tuple(each.hex() for each in proof.hashes),
    )


def said_in(leaf: bytes) -> Any:
    """The JSON in a leaf, where it has a canonical form."""
    try:
        said = parsed(leaf.split(b"\n", 5)[-1])
        canonical(said)
    except (ValueError, NotCanonical, RecursionError):
        return None
    return said


def _rules(findings: Iterable[Finding], clues: Iterable[Clue]) -> list[Rule]:
    codes = {finding.rule for finding in findings} | {clue.finding.rule for clue in clues}
    return [RULEBOOK[code] for code in sorted(codes) if code in RULEBOOK]


def rule_code(rule: Rule) -> RuleCode:
    """The rule as it is installed here."""
    source = inspect.getsource(sys.modules[rule.pattern.__module__])
    return RuleCode(
        code=rule.code,
        version=rule.version,
        title=rule.title,
        clause=rule.clause,
        module=rule.pattern.__module__,
        source=source,
        digest=hashlib.sha256(source.encode()).hexdigest(),
    )
