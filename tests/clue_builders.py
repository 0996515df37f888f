"""Findings, clues and the people who act on them, with sensible defaults."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from eventsourcing.persistence import DatetimeAsISO, JSONTranscoder, Mapper, StoredEvent, UUIDAsHex

from domain.access import Actor, Role
from domain.clues.clue import Clue, ClueContext, consider
from domain.evidence import FactRef
from domain.rule import RULEBOOK, Explanation, Finding, FindingOutcome, Severity
from tests.builders import BIDDER, RIVAL, TENDERER, an_appointment

OPENING = datetime(2025, 6, 18, 1, 30, tzinfo=UTC)
CONTEXT = ClueContext.of(an_appointment())
PROJECT = "2506-440100-04-01-100001"
CONTEXTS = {
    "appointments": CONTEXT,
    "lots": ClueContext(
        "lots:lot:T-2025-001/1",
        "440100",
        "测试路改造工程",
        OPENING,
        tender_id="T-2025-001",
        lot_id="1",
        bidder=BIDDER,
        tenderer=TENDERER,
    ),
    "sites": ClueContext(
        "sites:person:a1",
        "440100",
        "测试路改造工程",
        OPENING,
        bidder=BIDDER,
        person_id="a1" * 32,
        project_code=PROJECT,
    ),
    "approvals": ClueContext(
        "approvals:case:C-1", "440100", "建筑工程施工许可", OPENING, project_code=PROJECT, case_id="C-1"
    ),
    "payers": ClueContext("payers:org:某人力公司", "440100", "广州某某人力资源有限公司", OPENING),
    "departments": ClueContext("departments:department:某局:2025-05", "440100", "某某住建局 2025-05", OPENING),
}
"""What a clue of each kind of case is about."""
SECRET_RULE = next(code for code, rule in RULEBOOK.items() if rule.supervisors_only)
"""A rule whose clues no party may know of."""

SUPERVISOR = Actor(Role.SUPERVISOR, "广州市监管处", jurisdiction="440100")
PROVINCE = Actor(Role.SUPERVISOR, "广东省监管处", jurisdiction="440000")
ELSEWHERE = Actor(Role.SUPERVISOR, "深圳市监管处", jurisdiction="440300")
BY_BIDDER = Actor(Role.BIDDER, "宏图建设", uscc=BIDDER.uscc)
BY_RIVAL = Actor(Role.BIDDER, "泰和市政", uscc=RIVAL.uscc)
BY_TENDERER = Actor(Role.TENDERER, "交投集团", uscc=TENDERER.uscc)


def hours_later(hours: int) -> datetime:
    """A moment after the opening."""
    return OPENING + timedelta(hours=hours)


def a_finding(*facts: str, says: str = "缴纳单位不是投标人", **given: Any) -> Finding:
    """A mismatch of E101 that rests on facts of these ids."""
    finding = Finding(
        rule="E101",
        rule_version=1,
        subject="a1|bidder|T-2025-001/1",
        outcome=FindingOutcome.MISMATCH,
        severity=Severity.HIGH,
        facts=tuple(a_fact_ref(fact) for fact in facts or ("may",)),
        explanation=Explanation(says, f"in English: {says}"),
    )
    return replace(finding, **given)


def consistent(*facts: str) -> Finding:
    return a_finding(*facts, says="缴纳单位是投标人", outcome=FindingOutcome.CONSISTENT, severity=None)


def a_fact_ref(id: str, position: int = 1) -> FactRef:
    return FactRef("urn:test:insurance", id, "tender-integrity.insurance-paid.v1", position, OPENING, OPENING)


def judged(clue: Clue | None, finding: Finding | None, **given: Any) -> Clue | None:
    """The clue after a judgement; ``given`` replaces its defaults."""
    context = None if finding is None else CONTEXT
    given = {"context": context, "candidate": False, "at": hours_later(1), "caused_by": "urn:test#1", **given}
    return consider(clue, finding, given.pop("context"), **given)


def a_clue(**given: Any) -> Clue:
    """Just raised; its event is collected."""
    clue = judged(None, a_finding(), at=OPENING, **given)
    assert clue is not None
    clue.collect_events()
    return clue


def under_investigation(**given: Any) -> Clue:
    clue = a_clue(**given)
    clue.investigate(SUPERVISOR, at=hours_later(1))
    clue.collect_events()
    return clue


def confirmed(**given: Any) -> Clue:
    clue = under_investigation(**given)
    clue.confirm(SUPERVISOR, "工资与社保均由他单位发放", at=hours_later(2))
    clue.collect_events()
    return clue


def cleared(**given: Any) -> Clue:
    clue = under_investigation(**given)
    clue.clear(SUPERVISOR, "劳动合同与工资单齐全", at=hours_later(2))
    clue.collect_events()
    return clue


def happened(clue: Clue | None) -> list[type]:
    """The kinds of the events not collected yet, which are collected."""
    return [type(event) for event in clue.collect_events()] if clue is not None else []


def stored(events: Iterable[Any]) -> list[StoredEvent]:
    return [_mapper().to_stored_event(event) for event in events]


def replay(rows: Iterable[StoredEvent]) -> Iterator[tuple[Any, Clue]]:
    """Each event of one clue's ledger rows, and the clue as it left it."""
    clue: Any = None
    for row in rows:
        event: Any = _mapper().to_domain_event(row)
        clue = event.mutate(clue)
        yield event, clue


def replayed(rows: Iterable[StoredEvent]) -> Clue:
    *_, (_, clue) = replay(rows)
    return clue


def _mapper() -> Mapper[UUID]:
    transcoder = JSONTranscoder()
    transcoder.register(DatetimeAsISO())
    transcoder.register(UUIDAsHex())
    return Mapper(transcoder)
