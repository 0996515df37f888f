"""The days of a conduct record: reported in time, published for objection, in force, expired.

Numbers: 建筑市场信用管理暂行办法 (建市〔2017〕241号) and 川建办发〔2017〕169号, as docs/records.md lists them.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from domain.evidence.days import months_before
from domain.facts.conducts import ConductFact
from domain.working_days import WorkingDays

REPORTED_WITHIN: Final = 30
"""Good conduct must be reported so many working days after it happened at the latest."""
NOTICE_DAYS: Final = {"good": 30, "bad": 15, "performance": 15, "blacklist": 15}
"""So many working days a record is published before it counts, by its kind."""
BACK_FILLED_NOTICE_DAYS: Final = 10
"""The same for performance that is back-filled 补录."""
GOOD_MONTHS: Final = 36
SHORTEST_BAD_MONTHS: Final = 6
LONGEST_BAD_MONTHS: Final = 36
SHORTEST_RESTORED_MONTHS: Final = 3
"""A term that is shortened after rectification 信用修复 lasts so long at least."""


@dataclass(frozen=True, slots=True)
class Term:
    """The days on which a record is in force, both inclusive; ``last`` is None where it never ends."""

    first: date
    last: date | None

    def holds(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


def reported_in_time(content: ConductFact, reported_on: date, days: WorkingDays) -> bool:
    """False too while nobody can know it, because the working days of that year are not announced."""
    if content.kind != "good":
        return True
    last = days.add(content.happened_on, REPORTED_WITHIN).on
    return last is not None and reported_on <= last


def last_day_to_object(content: ConductFact, days: WorkingDays) -> date | None:
    """None where the record is not published, or the working days of that year are not announced."""
    if content.published_on is None:
        return None
    back_filled = content.kind == "performance" and content.back_filled
    return days.add(content.published_on, BACK_FILLED_NOTICE_DAYS if back_filled else NOTICE_DAYS[content.kind]).on


def term(content: ConductFact, days: WorkingDays, *, restored_to: date | None = None) -> Term | None:
    """When the record is in force; None where its first day is not known.

    ``restored_to`` is the end to which an authority has shortened it.
    """
    objectable = last_day_to_object(content, days)
    if objectable is None:
        return None
    first = max(objectable + timedelta(days=1), content.effective_from or date.min)
    last = _last(content, first)
    if restored_to is not None and last is not None:
        last = min(last, max(restored_to, _after(first, SHORTEST_RESTORED_MONTHS)))
    return Term(first, last)


def _last(content: ConductFact, first: date) -> date | None:
    if content.kind == "performance":
        return None
    if content.kind == "good":
        longest = _after(first, GOOD_MONTHS)
        return min(content.effective_to or longest, longest)
    shortest, longest = _after(first, SHORTEST_BAD_MONTHS), _after(first, LONGEST_BAD_MONTHS)
    last = min(max(content.effective_to or shortest, shortest), longest)
    return max(last, content.penalty_to or last)


def _after(first: date, months: int) -> date:
    """The last of so many months that begin on ``first``."""
    return months_before(first, -months) - timedelta(days=1)
