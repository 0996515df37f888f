"""The enquiry list 待查询名单: leads about whom a bureau is to be asked, because their months are not covered."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import Connection, literal, select

from domain.access import Actor
from domain.clues.context import group_of_appointment, group_of_won_lot
from domain.evidence.coverage import PAID, Ask, Coverage
from domain.evidence.days import day_in_shanghai, last_day_of, shifted_month
from domain.facts.corrections import FactCorrected
from domain.facts.deliveries import lies_in, place_of
from domain.facts.insurance import InsuranceStated
from domain.policy import Policy, PolicyBook
from projections.boards.closings import COVERAGE_ASKS
from projections.boards.judged import APPOINTMENTS
from projections.questions.as_of import AsOf
from projections.questions.visibility import within_jurisdiction

_STATED: Final = frozenset({InsuranceStated.KIND, FactCorrected.KIND})


@dataclass(frozen=True, slots=True, order=True)
class Enquiry:
    """The months about which the bureau of ``area`` is to be asked for one person, the earliest first."""

    area: str
    person_id: str
    months: tuple[str, ...]


def enquiries(
    connection: Connection,
    as_of: AsOf,
    actor: Actor,
    policies: PolicyBook,
    *,
    now: datetime,
    area: str | None = None,
    after: str = "",
) -> list[Enquiry]:
    """Of bids that the actor may see, by person and area, those whose :func:`key` comes after ``after``.

    A month is left out once it is closed, or once an answer about the person covers it.
    """
    asked = _asked(connection, actor, policies, area, day_in_shanghai(now))
    coverage = as_of.coverage(connection, {ask for asks in asked.values() for ask in asks})
    found = (
        Enquiry(each_area, person_id, tuple(sorted(ask.period for ask in asks if ask in missing)))
        for (person_id, each_area), asks in sorted(asked.items())
        if key(person_id, each_area) > after and (missing := _missing(connection, as_of, person_id, coverage, asks))
    )
    return list(found)


def key(person_id: str, area: str) -> str:
    """What a list is ordered by, and where its next page begins."""
    return f"{person_id}.{area}"


def _asked(
    connection: Connection, actor: Actor, policies: PolicyBook, area: str | None, today: date
) -> Mapping[tuple[str, str], set[Ask]]:
    """What the rules ask about payments because none is known, by person and area."""
    asks, subject = COVERAGE_ASKS.c, APPOINTMENTS.c.subject
    groups = (literal(group_of("")).concat(subject) for group_of in (group_of_appointment, group_of_won_lot))
    query = (
        select(APPOINTMENTS.c.person_id, APPOINTMENTS.c.jurisdiction, asks.area, asks.period)
        .join_from(APPOINTMENTS, COVERAGE_ASKS, asks.case_group.in_(groups))
        .where(asks.kind == PAID, within_jurisdiction(actor, APPOINTMENTS.c.jurisdiction))
    )
    found: defaultdict[tuple[str, str], set[Ask]] = defaultdict(set)
    for row in connection.execute(query):
        policy = policies.for_jurisdiction(row.jurisdiction)
        if _is_over(row.period, policy, today) and (area is None or lies_in(row.area, place_of(area))):
            found[row.person_id, row.area].add(Ask(PAID, row.area, row.period))
    return found


def _is_over(month: str, policy: Policy, today: date) -> bool:
    """Whether the month can no longer be paid lawfully.

    An answer counts for good. Asked sooner, the bureau would find nothing of somebody who is paid for in time.
    """
    return today > last_day_of(shifted_month(month, policy.payable_months))


def _missing(connection: Connection, as_of: AsOf, person_id: str, coverage: Coverage, asks: set[Ask]) -> set[Ask]:
    """Those of ``asks`` that neither a delivery nor an answer about the person covers."""
    missing = {ask for ask in asks if coverage.answers[ask].closing is None}
    if not missing:
        return missing
    stated = as_of.standing(connection, f"person:{person_id}", kinds=_STATED)
    of_person = coverage.with_statements(stated)
    return {ask for ask in missing if of_person.answers[ask].closing is None}
