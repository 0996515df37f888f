"""Who is watched on which project: leads, people who failed an inspection, and operators.

A small set beside everybody who checks in: held in memory to see at once what a batch
touches, and in tables to be there again after a restart.
"""

from collections.abc import Collection, Iterable

import numpy as np
from sqlalchemy import BigInteger, Column, Connection, String, Table, Text, bindparam, delete, insert, select

from domain.facts.attendance import site_month_subject
from projections.index import Keys
from projections.index.subject_index import key_of
from projections.tables import METADATA

WATCHED_SITES = Table(
    "watched_sites",
    METADATA,
    Column("person_id", String(64), primary_key=True),
    Column("project_code", String(200), primary_key=True),
    Column("silent_months", Text, nullable=False),
)
"""``silent_months``: in charge, but no attendance of anybody on the project is known; ``2025-08 2025-09``."""

SITES_JUDGED = Table(
    "sites_judged",
    METADATA,
    Column("person_id", String(64), primary_key=True),
    Column("through", BigInteger, nullable=False),
)
"""The last ledger position that was judged of a watched person."""

_DELETE = delete(WATCHED_SITES).where(WATCHED_SITES.c.person_id == bindparam("person"))
_INSERT = insert(WATCHED_SITES)
_DELETE_JUDGED = delete(SITES_JUDGED).where(SITES_JUDGED.c.person_id == bindparam("person"))
_INSERT_JUDGED = insert(SITES_JUDGED)

Sites = dict[str, tuple[str, ...]]
"""By project code: the silent months."""


class WatchedSites:
    """The watched people by 64-bit subject key, and the projects that matter to them."""

    def __init__(self) -> None:
        self._sites: dict[str, Sites] = {}
        self._through: dict[str, int] = {}
        self._expected: set[str] = set()
        self._people = _Watchers()
        self._projects = _Watchers()
        self._silent = _Watchers()

    @classmethod
    def load(cls, connection: Connection) -> "WatchedSites":
        watched = cls()
        found: dict[str, Sites] = {}
        for person_id, code, silent in connection.execute(select(WATCHED_SITES)):
            found.setdefault(person_id, {})[code] = tuple(silent.split())
        for person_id, sites in found.items():
            watched._watch(person_id, sites)
        watched._through = {row.person_id: row.through for row in connection.execute(select(SITES_JUDGED))}
        return watched

    def judged_through(self, person_id: str) -> int:
        """The last position that was judged; 0 for a person who is not watched."""
        return self._through.get(person_id, 0)

    def projects(self, person_id: str) -> list[str]:
        """The codes of the projects that matter to a watched person."""
        return sorted(self._sites.get(person_id, {}))

    def touched(self, keys: Keys, of_projects: Keys) -> set[str]:
        """Whom facts under ``keys`` concern, of which those ``of_projects`` are said of a project itself.

        In a silent month everybody's attendance matters.
        """
        return {
            *self._people.among(keys),
            *self._silent.among(keys),
            *self._projects.among(of_projects),
        }

    def expect(self, person_id: str) -> None:
        """Whoever is about to be judged for the first time is concerned by what comes until then."""
        if person_id not in self._sites and person_id not in self._expected:
            self._expected.add(person_id)
            self._people.replace(person_id, (), [f"person:{person_id}"])

    def expects(self, person_id: str) -> bool:
        return person_id in self._expected

    def put(self, connection: Connection, person_id: str, sites: Sites, through: int) -> None:
        """Write where a person is watched now; nowhere forgets the person."""
        if person_id in self._expected:
            self._expected.remove(person_id)
            self._people.replace(person_id, [f"person:{person_id}"], ())
        if sites != self._sites.get(person_id, {}):
            connection.execute(_DELETE, {"person": person_id})
            if sites:
                connection.execute(_INSERT, [_row(person_id, code, sites[code]) for code in sorted(sites)])
            self._watch(person_id, sites)
        if (through if sites else 0) != self.judged_through(person_id):
            connection.execute(_DELETE_JUDGED, {"person": person_id})
            self._through.pop(person_id, None)
            if sites:
                connection.execute(_INSERT_JUDGED, {"person_id": person_id, "through": through})
                self._through[person_id] = through

    def _watch(self, person_id: str, sites: Sites) -> None:
        before = self._sites.pop(person_id, {})
        if sites:
            self._sites[person_id] = sites
        self._people.replace(person_id, _people(person_id, before), _people(person_id, sites))
        self._projects.replace(person_id, _projects(before), _projects(sites))
        self._silent.replace(person_id, _silent(before), _silent(sites))


class _Watchers:
    """By subject key, who is concerned by it."""

    def __init__(self) -> None:
        self._of: dict[int, set[str]] = {}
        self._keys: Keys | None = None

    def among(self, keys: Keys) -> Iterable[str]:
        """Everybody whom one of ``keys`` concerns."""
        if self._keys is None:
            self._keys = np.array(sorted(self._of), dtype=np.uint64)
        if not len(self._keys) or not len(keys):
            return
        places = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        for key in set(keys[self._keys[places] == keys].tolist()):
            yield from self._of[key]

    def replace(self, person_id: str, before: Collection[str], now: Collection[str]) -> None:
        for subject in set(before) - set(now):
            watchers = self._of[key_of(subject)]
            watchers.discard(person_id)
            if not watchers:
                del self._of[key_of(subject)]
                self._keys = None
        for subject in now:
            if key_of(subject) not in self._of:
                self._keys = None
            self._of.setdefault(key_of(subject), set()).add(person_id)


def _people(person_id: str, sites: Sites) -> list[str]:
    return [f"person:{person_id}"] if sites else []


def _projects(codes: Iterable[str]) -> list[str]:
    return [f"project:{code}" for code in codes]


def _silent(sites: Sites) -> list[str]:
    return [site_month_subject(code, month) for code, months in sites.items() for month in months]


def _row(person_id: str, code: str, silent: tuple[str, ...]) -> dict[str, str]:
    return {"person_id": person_id, "project_code": code, "silent_months": " ".join(silent)}
