"""The won lots that are judged, and what each watches.

There are few of them: one for each lot, while leads have as many appointments as bids. They are in memory, so
that a batch finds at once which of them it touches, and in a table, so that they are there after a restart.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Column, Connection, String, Table, Text, bindparam, delete, insert, select

from domain.evidence import PAID
from domain.evidence.won import WonCase
from domain.facts.attendance import site_lead_subject
from projections.boards.concerned import Concerned, Hits
from projections.index import Keys
from projections.index.fact_codes import codes_of
from projections.index.subject_index import key_of
from projections.tables import METADATA

WON_LOTS = Table(
    "won_lots",
    METADATA,
    Column("subject", String(2_500), primary_key=True),
    Column("project_code", String(200), nullable=False),
    Column("months", Text, nullable=False),
    Column("watched", Text, nullable=False),
)
"""One row for each won lot; ``subject`` is that of its appointment.

``months`` are those in which payments for the lead may matter, such as ``2025-07 2025-08``. ``watched`` are the
subjects of the case, one on a line: a fact about one may change its findings.
"""

_DELETE = delete(WON_LOTS).where(WON_LOTS.c.subject == bindparam("gone"))
_INSERT = insert(WON_LOTS)


@dataclass(frozen=True, slots=True)
class _Won:
    project_code: str
    months: str
    watched: str

    @property
    def keys(self) -> Iterator[int]:
        return map(key_of, self.watched.split("\n"))

    @property
    def site_key(self) -> int:
        return key_of(site_lead_subject(self.project_code))

    @property
    def codes(self) -> frozenset[int]:
        """The codes of the payments that may matter (:mod:`projections.index.fact_codes`)."""
        return codes_of(PAID, frozenset(self.months.split()))


class WonLots:
    """The won lots by the 64-bit keys of the subjects that concern them."""

    def __init__(self) -> None:
        self._won: dict[str, _Won] = {}
        self._watching = Concerned()
        self._sites = Concerned()

    @classmethod
    def load(cls, connection: Connection) -> "WonLots":
        """The won lots as the table has them."""
        lots = cls()
        for row in connection.execute(select(WON_LOTS)):
            lots._add(row.subject, _Won(row.project_code, row.months, row.watched))
        return lots

    def touched(self, keys: Keys) -> Hits:
        """For each of ``keys``, whether a fact under it may concern a won lot."""
        return self._watching.hits(keys)

    def sites_touched(self, keys: Keys) -> Hits:
        """For each of ``keys``, whether a fact under it shows who leads on the site of a won lot."""
        return self._sites.hits(keys)

    def watching(self, key: int) -> frozenset[str]:
        """The subjects of the won lots that watch the subject with this key, or the lead on that site."""
        return frozenset((*self._watching.of(key), *self._sites.of(key)))

    def paying(self, key: int, code: int) -> list[str]:
        """The subjects of the won lots that a payment with this ``code`` under ``key`` may concern."""
        return [subject for subject in self._watching.of(key) if code in self._won[subject].codes]

    def put(self, connection: Connection, judged: Mapping[str, WonCase | None]) -> None:
        """Write the cases by subject; None deletes a lot."""
        after = {subject: _of_case(case) if case else None for subject, case in judged.items()}
        changed = [subject for subject in judged if self._won.get(subject) != after[subject]]
        gone = [{"gone": subject} for subject in changed if subject in self._won]
        if gone:
            connection.execute(_DELETE, gone)
        rows = [_row(subject, won) for subject in changed if (won := after[subject])]
        if rows:
            connection.execute(_INSERT, rows)
        for subject in changed:
            self._remove(subject)
            if won := after[subject]:
                self._add(subject, won)

    def _add(self, subject: str, won: _Won) -> None:
        self._won[subject] = won
        self._watching.add(subject, won.keys)
        self._sites.add(subject, [won.site_key])

    def _remove(self, subject: str) -> None:
        won = self._won.pop(subject, None)
        if won is not None:
            self._watching.remove(subject, won.keys)
            self._sites.remove(subject, [won.site_key])


def _of_case(case: WonCase) -> _Won:
    return _Won(case.project_code, " ".join(case.paid_months), "\n".join(sorted(case.watched)))


def _row(subject: str, won: _Won) -> dict[str, str]:
    return {"subject": subject, "project_code": won.project_code, "months": won.months, "watched": won.watched}
