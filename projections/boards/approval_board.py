"""Approval cases 审批件 as boards, filters and statistics need them: one row per case.

A light changes by time alone as well. A row holds the moments at which it will, so all lights
that are due are turned by one statement, however many there are.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    BindParameter,
    Boolean,
    Column,
    Connection,
    Integer,
    String,
    Table,
    bindparam,
    case,
    delete,
    insert,
    null,
    update,
)

from domain.approval import ApprovalCase, Clock
from domain.approval.department import DepartmentMonth
from domain.evidence.days import month_of
from projections.batches import instant_text
from projections.index.subject_index import key_of
from projections.index.tables import sortable
from projections.tables import METADATA

APPROVALS = Table(
    "approvals",
    METADATA,
    Column("case_id", String(200), primary_key=True),
    Column("subject_key", BigInteger, nullable=False, index=True),
    Column("jurisdiction", String(6), nullable=False),
    Column("department", String(2_000), nullable=False),
    Column("department_key", String(2_100), nullable=False, index=True),
    Column("project_code", String(200), nullable=False),
    Column("item_code", String(200), nullable=False),
    Column("item_name", String(2_000), nullable=False),
    Column("category", String(2_000), nullable=False),
    Column("state", String(30), nullable=False),
    Column("closed", Boolean, nullable=False),
    Column("opened_at", String(32), nullable=False),
    Column("accepted_at", String(32)),
    Column("decided_at", String(32)),
    Column("decided_month", String(7), index=True),
    Column("used_working_days", Integer),
    Column("least_limit", Integer),
    Column("limit_working_days", Integer),
    Column("steps_taken", Integer, nullable=False),
    Column("most_steps", Integer),
    Column("paused_seconds", Integer, nullable=False),
    Column("seconds_to_decision", BigInteger),
    Column("in_time", Boolean),
    Column("certificate_in_step", Boolean),
    Column("pauses", JSON, nullable=False),
    Column("clocks", JSON, nullable=False),
)
"""``used_working_days`` to ``in_time`` are of decided cases; ``in_time`` is None
without a known limit, ``certificate_in_step`` where none is due or it is too early to say.
``least_limit`` is the shortest limit in working days that was kept.
``most_steps`` is None where the jurisdiction's table says nothing of the category. ``clocks``: step
(None: the case), started, stopped, limit and lower limit of each; ``pauses`` stop them all.
"""

LIGHTS = Table(
    "approval_lights",
    METADATA,
    Column("case_id", String(200), primary_key=True),
    Column("light", String(10), nullable=False),
    Column("yellow_at", String(32)),
    Column("red_at", String(32)),
    Column("next_turn_at", String(32), index=True),
)
"""``light`` is the worst of the case and its steps; ``yellow_at`` and ``red_at`` are when the first of its
clocks turns. Apart from the cases, for thousands may turn at once: a midnight is nobody's own.
"""

DEPARTMENT_MONTHS = Table(
    "department_months",
    METADATA,
    Column("subject", String(2_200), primary_key=True),
    Column("subject_key", BigInteger, nullable=False, index=True),
    Column("decided", Integer, nullable=False),
)
"""``decided`` counts the cases. A correction finds its department by the key."""

_DELETE: Final = tuple(
    delete(table).where(table.c.case_id.in_(bindparam("cases", expanding=True))) for table in (APPROVALS, LIGHTS)
)
_NOW: Final[BindParameter[str]] = bindparam("now")
_TURN: Final = (
    update(LIGHTS)
    .where(LIGHTS.c.next_turn_at <= _NOW)
    .values(
        light=case(
            (LIGHTS.c.red_at <= _NOW, "red"),
            ((LIGHTS.c.yellow_at <= _NOW) & (LIGHTS.c.light == "green"), "yellow"),
            else_=LIGHTS.c.light,
        ),
        next_turn_at=case(
            (
                (LIGHTS.c.yellow_at > _NOW) & (LIGHTS.c.red_at.is_(None) | (LIGHTS.c.yellow_at < LIGHTS.c.red_at)),
                LIGHTS.c.yellow_at,
            ),
            (LIGHTS.c.red_at > _NOW, LIGHTS.c.red_at),
            else_=null(),
        ),
    )
)
_AT_ONCE: Final = 500


def update_lights(connection: Connection, now: datetime) -> int:
    """Turn every light whose moment has come; how many rows that concerned."""
    return connection.execute(_TURN, {"now": instant_text(now)}).rowcount


def put(connection: Connection, cases: Sequence[str], judged: Sequence[ApprovalCase]) -> None:
    """Write ``cases`` as judged; those of them that are not among ``judged`` have no row any more."""
    for start in range(0, len(cases), _AT_ONCE):
        for forget in _DELETE:
            connection.execute(forget, {"cases": list(cases[start : start + _AT_ONCE])})
    if judged:
        connection.execute(insert(APPROVALS), [_row(one) for one in judged])
        connection.execute(insert(LIGHTS), [_light(one) for one in judged])


def put_month(connection: Connection, subject: str, month: DepartmentMonth | None) -> None:
    """Write what a department decided in a month; None takes the row away."""
    connection.execute(delete(DEPARTMENT_MONTHS).where(DEPARTMENT_MONTHS.c.subject == subject))
    if month is not None:
        row = {"subject": subject, "subject_key": sortable(key_of(subject)), "decided": len(month.decided)}
        connection.execute(insert(DEPARTMENT_MONTHS), row)


def _row(one: ApprovalCase) -> dict[str, Any]:
    said, accepted, decided = one.latest, one.accepted, one.decided
    return {
        "case_id": one.case_id,
        "subject_key": sortable(key_of(one.subject)),
        "jurisdiction": one.jurisdiction,
        "department": said.department,
        "department_key": one.department_key,
        "project_code": said.project_code,
        "item_code": said.item_code,
        "item_name": said.item_name,
        "category": said.category,
        "state": one.state,
        "closed": one.closed is not None,
        "opened_at": instant_text(one.entries[0].at),
        "accepted_at": instant_text(accepted.at) if accepted else None,
        "decided_at": instant_text(decided.at) if decided else None,
        "decided_month": month_of(decided.day) if decided else None,
        "limit_working_days": one.limit,
        "steps_taken": len(one.steps),
        "most_steps": one.most_steps,
        "certificate_in_step": one.certificate_in_step,
        "pauses": [[_text(pause.began), _text(pause.ended)] for pause in one.pauses],
        "clocks": list(_clocks(one)),
        **_time_taken(one, one.clock if decided else None),
    }


def _light(one: ApprovalCase) -> dict[str, Any]:
    turns = [clock.light_changes(one.margin) for clock in one.clocks]
    yellow_at, red_at = (_earliest(turn[place] for turn in turns) for place in (0, 1))
    return {
        "case_id": one.case_id,
        "light": str(one.light(one.now)),
        "yellow_at": yellow_at,
        "red_at": red_at,
        "next_turn_at": min((at for at in (yellow_at, red_at) if at and at > instant_text(one.now)), default=None),
    }


def _time_taken(one: ApprovalCase, clock: Clock | None) -> dict[str, Any]:
    """Of a decided case that ran."""
    if clock is None or clock.stopped is None:
        nothing = dict.fromkeys(("used_working_days", "least_limit", "seconds_to_decision", "in_time"))
        return {**nothing, "paused_seconds": 0}
    deadline = clock.deadline
    return {
        "used_working_days": clock.used(clock.stopped).days,
        "least_limit": clock.least_limit,
        "paused_seconds": clock.paused_seconds,
        "seconds_to_decision": int((clock.stopped - clock.started).total_seconds()),
        "in_time": None if deadline is None or deadline.provisional else one.light(one.now) != "red",
    }


def _clocks(one: ApprovalCase) -> Iterable[dict[str, Any]]:
    named = [(None, one.clock), *((step.name, step.clock) for step in one.steps)]
    for step, clock in named:
        if clock is not None:
            times = {"started": _text(clock.started), "stopped": _text(clock.stopped)}
            yield {"step": step, **times, "limit": clock.limit, "lower_limit": clock.lower_limit}


def _earliest(moments: Iterable[datetime | None]) -> str | None:
    return min((instant_text(moment) for moment in moments if moment is not None), default=None)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else instant_text(moment)
