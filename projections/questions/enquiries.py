"""The enquiry list 待查询名单: leads about whom a bureau is to be asked, because their months are not covered."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import Connection, select

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
    bids = _bids(connection, actor)
    asks = COVERAGE_ASKS.c
    found: defaultdict[tuple[str, str], set[Ask]] = defaultdict(set)
    for group, asked_of, month in connection.execute(
        select(asks.case_group, asks.area, asks.period).where(asks.kind == PAID)
    ):
        if group not in bids or (area is not None and not lies_in(asked_of, place_of(area))):
            continue
        person_id, jurisdiction = bids[group]
        if _is_over(month, policies.for_jurisdiction(jurisdiction), today):
            found[person_id, asked_of].add(Ask(PAID, asked_of, month))
    return found


def _bids(connection: Connection, actor: Actor) -> Mapping[str, tuple[str, str]]:
    """Person and jurisdiction of the bids that the actor may see, by the case groups that ask about their leads.

    They are joined with the asks here: a database that goes through all bids for each ask takes minutes.
    """
    bids = APPOINTMENTS.c
    query = select(bids.person_id, bids.subject, bids.jurisdiction)
    return {
        group_of(subject): (person_id, jurisdiction)
        for person_id, subject, jurisdiction in connection.execute(
            query.where(within_jurisdiction(actor, bids.jurisdiction))
        )
        for group_of in (group_of_appointment, group_of_won_lot)
    }


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
