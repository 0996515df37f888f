"""Approval cases 审批件 for boards, filters and statistics: one row for each case.

A light also changes by time alone. Its row has the moments at which it will, so that one statement
updates all lights that are due, however many there are.
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
    ColumnElement,
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
from domain.instants import instant_text
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
"""One row for each approval case.

Only decided cases have ``used_working_days``, ``least_limit``, ``seconds_to_decision`` and ``in_time``.
``in_time`` is null where no limit is known, and ``certificate_in_step`` where no certificate is due or it is
too early to tell. ``least_limit`` is the shortest limit in working days that was kept. ``most_steps`` is
null where the jurisdiction's table sets no number of steps. ``clocks`` is a list of clocks with the step (null
for the case as a whole), start, stop, limit and lower limit; ``pauses`` is a list of (beginning, end) of the
special procedures that stop all of them.
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
"""The light of each case: the worst of the case and its steps.

``yellow_at`` and ``red_at`` are when the first of its clocks becomes yellow and red. The table is apart from
the cases because thousands of lights may change at one midnight, and these rows are small.
"""

DEPARTMENT_MONTHS = Table(
    "department_months",
    METADATA,
    Column("subject", String(2_200), primary_key=True),
    Column("subject_key", BigInteger, nullable=False, index=True),
    Column("decided", Integer, nullable=False),
)
"""``decided`` is the number of cases. Through ``subject_key``, a correction finds its department."""

_DELETE: Final = tuple(
    delete(table).where(table.c.case_id.in_(bindparam("cases", expanding=True))) for table in (APPROVALS, LIGHTS)
)
_NOW: Final[BindParameter[str]] = bindparam("now")


def light_at(moment: str | BindParameter[str]) -> ColumnElement[str]:
    """The light at ``moment`` (an ``instant_text``), also where no batch has come since to update it."""
    # Red is tested first: both moments may have passed since the last update. A light never goes back by
    # time alone, so a yellow or red light stays where neither moment has come.
    return case(
        (LIGHTS.c.red_at <= moment, "red"),
        ((LIGHTS.c.yellow_at <= moment) & (LIGHTS.c.light == "green"), "yellow"),
        else_=LIGHTS.c.light,
    )


_UPDATE_LIGHTS: Final = (
    update(LIGHTS)
    .where(LIGHTS.c.next_turn_at <= _NOW)
    .values(
        light=light_at(_NOW),
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
    """Update every light whose moment has come; the number of rows updated."""
    return connection.execute(_UPDATE_LIGHTS, {"now": instant_text(now)}).rowcount


def put(connection: Connection, cases: Sequence[str], judged: Sequence[ApprovalCase]) -> None:
    """Write the ``judged`` cases; those of the ids ``cases`` that are not among them lose their rows."""
    for start in range(0, len(cases), _AT_ONCE):
        for statement in _DELETE:
            connection.execute(statement, {"cases": list(cases[start : start + _AT_ONCE])})
    if judged:
        connection.execute(insert(APPROVALS), [_row(approval) for approval in judged])
        connection.execute(insert(LIGHTS), [_light(approval) for approval in judged])


def put_month(connection: Connection, subject: str, month: DepartmentMonth | None) -> None:
    """Write the row of a department's month; delete it where ``month`` is None."""
    connection.execute(delete(DEPARTMENT_MONTHS).where(DEPARTMENT_MONTHS.c.subject == subject))
    if month is not None:
        row = {"subject": subject, "subject_key": sortable(key_of(subject)), "decided": len(month.decided)}
        connection.execute(insert(DEPARTMENT_MONTHS), row)


def _row(approval: ApprovalCase) -> dict[str, Any]:
    latest, accepted, decided = approval.latest, approval.accepted, approval.decided
    return {
        "case_id": approval.case_id,
        "subject_key": sortable(key_of(approval.subject)),
        "jurisdiction": approval.jurisdiction,
        "department": latest.department,
        "department_key": approval.department_key,
        "project_code": latest.project_code,
        "item_code": latest.item_code,
        "item_name": latest.item_name,
        "category": latest.category,
        "state": approval.state,
        "closed": approval.closed is not None,
        "opened_at": instant_text(approval.entries[0].at),
        "accepted_at": instant_text(accepted.at) if accepted else None,
        "decided_at": instant_text(decided.at) if decided else None,
        "decided_month": month_of(decided.day) if decided else None,
        "limit_working_days": approval.limit,
        "steps_taken": len(approval.steps),
        "most_steps": approval.most_steps,
        "certificate_in_step": approval.certificate_in_step,
        "pauses": [[_text(pause.began), _text(pause.ended)] for pause in approval.pauses],
        "clocks": list(_clocks(approval)),
        **_time_taken(approval, approval.clock if decided else None),
    }


def _light(approval: ApprovalCase) -> dict[str, Any]:
    changes = [clock.light_changes(approval.margin) for clock in approval.clocks]
    yellow_at, red_at = _earliest(yellow for yellow, _ in changes), _earliest(red for _, red in changes)
    now = instant_text(approval.now)
    return {
        "case_id": approval.case_id,
        "light": str(approval.light(approval.now)),
        "yellow_at": yellow_at,
        "red_at": red_at,
        "next_turn_at": min((at for at in (yellow_at, red_at) if at and at > now), default=None),
    }


def _time_taken(approval: ApprovalCase, clock: Clock | None) -> dict[str, Any]:
    """The columns about the time to the decision; ``clock`` is None for a case that is not decided."""
    if clock is None or clock.stopped is None:
        nothing = dict.fromkeys(("used_working_days", "least_limit", "seconds_to_decision", "in_time"))
        return {**nothing, "paused_seconds": 0}
    deadline = clock.deadline
    return {
        "used_working_days": clock.used(clock.stopped).days,
        "least_limit": clock.least_limit,
        "paused_seconds": clock.paused_seconds,
        "seconds_to_decision": int((clock.stopped - clock.started).total_seconds()),
        "in_time": None if deadline is None or deadline.provisional else approval.light(approval.now) != "red",
    }


def _clocks(approval: ApprovalCase) -> Iterable[dict[str, Any]]:
    named = [(None, approval.clock), *((step.name, step.clock) for step in approval.steps)]
    for step, clock in named:
        if clock is not None:
            times = {"started": _text(clock.started), "stopped": _text(clock.stopped)}
            yield {"step": step, **times, "limit": clock.limit, "lower_limit": clock.lower_limit}


def _earliest(moments: Iterable[datetime | None]) -> str | None:
    return min((instant_text(moment) for moment in moments if moment is not None), default=None)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else instant_text(moment)
