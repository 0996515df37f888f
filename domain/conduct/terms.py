"""The days of a conduct record: reported in time, published for objection, in force, expired.

The numbers are those of the policy of the place (:class:`~domain.conduct_terms.ConductTerms`).
"""

from dataclasses import dataclass
from datetime import date, timedelta

from domain.conduct_terms import ConductTerms
from domain.evidence.days import months_before
from domain.facts.conducts import ConductFact
from domain.policy import Policy
from domain.working_days import WorkingDays, working_days_with


@dataclass(frozen=True, slots=True)
class Term:
    """The days on which a record is in force, both inclusive; ``last`` is None where it never ends."""

    first: date
    last: date | None

    def holds(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


def reported_in_time(content: ConductFact, reported_on: date, policy: Policy) -> bool:
    """False too while nobody can know it, because the working days of that year are not announced."""
    if content.kind != "good":
        return True
    last = _days(policy).add(content.happened_on, policy.conduct.report_days).on
    return last is not None and reported_on <= last


def last_day_to_object(content: ConductFact, policy: Policy) -> date | None:
    """None where the record is not published, or the working days of that year are not announced."""
    if content.published_on is None:
        return None
    return _days(policy).add(content.published_on, _notice_days(content, policy.conduct)).on


def term(content: ConductFact, policy: Policy, *, restored_to: date | None = None) -> Term | None:
    """When the record is in force; None where its first day is not known.

    ``restored_to`` is the end to which an authority has shortened it.
    """
    objectable = last_day_to_object(content, policy)
    if objectable is None:
        return None
    first = max(objectable + timedelta(days=1), content.effective_from or date.min)
    last = _last(content, first, policy.conduct)
    if restored_to is not None and last is not None:
        last = min(last, max(restored_to, _after(first, policy.conduct.fewest_restored_months)))
    return Term(first, last)


def _last(content: ConductFact, first: date, terms: ConductTerms) -> date | None:
    if content.kind == "performance":
        return None
    if content.kind == "good":
        longest = _after(first, terms.good_months)
        return min(content.effective_to or longest, longest)
    shortest, longest = _after(first, terms.fewest_bad_months), _after(first, terms.most_bad_months)
    last = min(max(content.effective_to or shortest, shortest), longest)
    return max(last, content.penalty_to or last)


def _notice_days(content: ConductFact, terms: ConductTerms) -> int:
    if content.kind == "performance" and content.back_filled:
        return terms.back_filled_notice_days
    return {
        "good": terms.good_notice_days,
        "bad": terms.bad_notice_days,
        "performance": terms.performance_notice_days,
        "blacklist": terms.blacklist_notice_days,
    }[content.kind]


def _days(policy: Policy) -> WorkingDays:
    return working_days_with(policy.local_working_days)


def _after(first: date, months: int) -> date:
    """The last of so many months that begin on ``first``."""
    return months_before(first, -months) - timedelta(days=1)
