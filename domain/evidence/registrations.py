"""Registrations 注册 of one person: records and cancellations folded into periods with an employer."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from unicodedata import normalize

from domain.evidence.recorded import RecordedFact
from domain.facts.fact import FactData, Org
from domain.facts.registration import RegistrationCancelled, RegistrationRecorded


@dataclass(frozen=True, slots=True)
class Registration:
    """One period of registration with one employer, both ends inclusive.

    ``last_day`` None means until further notice; a ``last_day`` before ``valid_from`` means that the
    period was never valid. ``facts`` are the record and the cancellations that ended the period.
    """

    employer: Org
    certificate_no: str
    qualification: str
    valid_from: date
    last_day: date | None
    cancelled: bool
    facts: tuple[RecordedFact, ...]

    def valid_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.last_day is None or day <= self.last_day)

    def ended_before(self, day: date) -> bool:
        return self.last_day is not None and self.last_day < day


@dataclass(frozen=True, slots=True)
class Registrations:
    """All periods of a person, and the cancellations of certificates without any record."""

    periods: tuple[Registration, ...]
    only_cancelled: tuple[RecordedFact, ...]

    def __bool__(self) -> bool:
        return bool(self.periods or self.only_cancelled)

    def of(self, certificate_no: str) -> "Registrations":
        """What is known of one certificate number, however its width, case and spaces are written."""
        number = _plain(certificate_no)
        return Registrations(
            tuple(period for period in self.periods if _plain(period.certificate_no) == number),
            tuple(fact for fact in self.only_cancelled if _cancels(fact.data, number)),
        )

    def valid_on(self, day: date) -> tuple[Registration, ...]:
        return tuple(period for period in self.periods if period.valid_on(day))

    def as_of(self, day: date) -> "Registrations":
        """Without cancellations after ``day`` of certificates that have no record: they say nothing about ``day``."""
        by_then = (fact for fact in self.only_cancelled if _cancelled_on(fact.data) <= day)
        return replace(self, only_cancelled=tuple(by_then))


_Recorded = tuple[RegistrationRecorded, RecordedFact]
_Cancelled = tuple[RegistrationCancelled, RecordedFact]


def fold_registrations(facts: Iterable[RecordedFact]) -> Registrations:
    """The registrations of one person.

    Each certificate number has its own history. A period ends the day before the next record with
    its number begins: the number moved to another employer, or was renewed. Records with one number
    that begin on the same day contradict each other, and both count. A cancellation ends the period
    that began before its day. A record that begins on that very day is the registration with the next
    employer, and the cancellation does not end it. Where no earlier period was left to end, the
    cancellation takes the record of its day back: the registration never was.
    """
    recorded: defaultdict[str, list[_Recorded]] = defaultdict(list)
    cancelled: defaultdict[str, list[_Cancelled]] = defaultdict(list)
    for fact in facts:
        data = fact.data
        if isinstance(data, RegistrationRecorded):
            recorded[data.certificate_no].append((data, fact))
        elif isinstance(data, RegistrationCancelled):
            cancelled[data.certificate_no].append((data, fact))
    periods = [
        _period(data, fact, next_start=_next_start(records, data.valid_from), cancellations=cancelled[number])
        for number, records in list(recorded.items())
        for data, fact in records
        if not _never_was(data, records, cancelled[number])
    ]
    standing = {period.certificate_no for period in periods}
    orphans = [fact for number, entries in cancelled.items() if number not in standing for _, fact in entries]
    return Registrations(tuple(sorted(periods, key=_order)), tuple(sorted(orphans, key=lambda fact: fact.identity)))


def _never_was(data: RegistrationRecorded, records: Iterable[_Recorded], cancellations: Iterable[_Cancelled]) -> bool:
    if all(entry.cancelled_on != data.valid_from for entry, _ in cancellations):
        return False
    day_before = data.valid_from - timedelta(days=1)
    earlier = (other for other, _ in records if other.valid_from < data.valid_from)
    return all(other.valid_to is not None and other.valid_to < day_before for other in earlier)


def _cancelled_on(data: FactData) -> date:
    assert isinstance(data, RegistrationCancelled)
    return data.cancelled_on


def _cancels(data: FactData, certificate_no: str) -> bool:
    return isinstance(data, RegistrationCancelled) and _plain(data.certificate_no) == certificate_no


def _plain(certificate_no: str) -> str:
    return "".join(normalize("NFKC", certificate_no).split()).upper()


def _next_start(records: Iterable[_Recorded], day: date) -> date | None:
    return min((data.valid_from for data, _ in records if data.valid_from > day), default=None)


def _period(
    data: RegistrationRecorded, fact: RecordedFact, *, next_start: date | None, cancellations: Iterable[_Cancelled]
) -> Registration:
    end = min(data.valid_to or date.max, (next_start or date.max) - timedelta(days=1))
    within = [entry for entry in cancellations if data.valid_from < entry[0].cancelled_on <= end]
    first = min((entry.cancelled_on for entry, _ in within), default=None)
    if first is not None:
        end = first - timedelta(days=1)
    return Registration(
        employer=data.employer,
        certificate_no=data.certificate_no,
        qualification=data.qualification,
        valid_from=data.valid_from,
        last_day=None if data.valid_to is None and next_start is None and first is None else end,
        cancelled=first is not None,
        facts=(fact, *(cancellation for entry, cancellation in within if entry.cancelled_on == first)),
    )


def _order(period: Registration) -> tuple[str, date, str, str, tuple[str, str]]:
    return (
        period.certificate_no,
        period.valid_from,
        period.employer.key,
        period.employer.name,
        period.facts[0].identity,
    )
