"""The people who are watched on projects: leads, people who failed an inspection, and operators.

They are few, compared with everybody who checks in. They are in memory, so that a batch finds at once
whom it touches, and in tables, so that they are there after a restart.
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
"""One row for each watched person and project.

``silent_months`` are the months in charge in which no check-in of anybody on the project is known, such as
``2025-08 2025-09``.
"""

SITES_JUDGED = Table(
    "sites_judged",
    METADATA,
    Column("person_id", String(64), primary_key=True),
    Column("through", BigInteger, nullable=False),
)
"""The last ledger position with a fact about a watched person that has been judged."""

_DELETE = delete(WATCHED_SITES).where(WATCHED_SITES.c.person_id == bindparam("person"))
_INSERT = insert(WATCHED_SITES)
_DELETE_JUDGED = delete(SITES_JUDGED).where(SITES_JUDGED.c.person_id == bindparam("person"))
_INSERT_JUDGED = insert(SITES_JUDGED)

Sites = dict[str, tuple[str, ...]]
"""Project code → its silent months."""


class WatchedSites:
    """The watched people, and the projects that matter to each, found by the 64-bit keys of subjects."""

    def __init__(self) -> None:
        self._sites: dict[str, Sites] = {}
        self._through: dict[str, int] = {}
        self._expected: set[str] = set()
        # A fact under a person concerns that person; a fact about a project itself concerns its watched
        # people; a check-in in a silent month concerns those for whom the month is silent.
        self._people = _PeopleByKey()
        self._projects = _PeopleByKey()
        self._silent = _PeopleByKey()

    @classmethod
    def load(cls, connection: Connection) -> "WatchedSites":
        """The watched people as the tables have them."""
        watched = cls()
        by_person: dict[str, Sites] = {}
        for person_id, code, silent in connection.execute(select(WATCHED_SITES)):
            by_person.setdefault(person_id, {})[code] = tuple(silent.split())
        for person_id, sites in by_person.items():
            watched._watch(person_id, sites)
        watched._through = {row.person_id: row.through for row in connection.execute(select(SITES_JUDGED))}
        return watched

    def judged_through(self, person_id: str) -> int:
        """The last position up to which the person has been judged; 0 for a person who is not watched."""
        return self._through.get(person_id, 0)

    def projects(self, person_id: str) -> list[str]:
        """The codes of the projects on which the person is watched, sorted."""
        return sorted(self._sites.get(person_id, {}))

    def touched(self, keys: Keys, of_projects: Keys) -> set[str]:
        """The ids of the people whom facts under ``keys`` concern.

        ``of_projects`` are those of the keys under which a fact about a project itself is indexed, and not
        only a check-in on it.
        """
        return {
            *self._people.among(keys),
            *self._silent.among(keys),
            *self._projects.among(of_projects),
        }

    def expect(self, person_id: str) -> None:
        """Let facts about this person count as if the person were watched, until the first judgement."""
        # Without this, facts that come while the first ones settle would not put the moment off, and a person
        # would be judged in the middle of a history that is being loaded.
        if person_id not in self._sites and person_id not in self._expected:
            self._expected.add(person_id)
            self._people.replace(person_id, (), [f"person:{person_id}"])

    def expects(self, person_id: str) -> bool:
        """Whether the person waits for the first judgement (see :meth:`expect`)."""
        return person_id in self._expected

    def put(self, connection: Connection, person_id: str, sites: Sites, through: int) -> None:
        """Write on which projects a person is watched, judged ``through`` a position; none deletes the person."""
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


class _PeopleByKey:
    """The people whom each subject concerns, by the key of the subject."""

    def __init__(self) -> None:
        self._people: dict[int, set[str]] = {}
        self._keys: Keys | None = None
        """The keys of ``_people``, sorted; None after they changed."""

    def among(self, keys: Keys) -> Iterable[str]:
        """The people whom one of ``keys`` concerns; a person may come several times."""
        if self._keys is None:
            self._keys = np.array(sorted(self._people), dtype=np.uint64)
        if not len(self._keys) or not len(keys):
            return
        places = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        for key in set(keys[self._keys[places] == keys].tolist()):
            yield from self._people[key]

    def replace(self, person_id: str, before: Collection[str], now: Collection[str]) -> None:
        """Let the subjects ``now`` concern the person, in the place of those ``before``."""
        for subject in set(before) - set(now):
            people = self._people[key_of(subject)]
            people.discard(person_id)
            if not people:
                del self._people[key_of(subject)]
                self._keys = None
        for subject in now:
            if key_of(subject) not in self._people:
                self._keys = None
            self._people.setdefault(key_of(subject), set()).add(person_id)


def _people(person_id: str, sites: Sites) -> list[str]:
    return [f"person:{person_id}"] if sites else []


def _projects(codes: Iterable[str]) -> list[str]:
    return [f"project:{code}" for code in codes]


def _silent(sites: Sites) -> list[str]:
    return [site_month_subject(code, month) for code, months in sites.items() for month in months]


def _row(person_id: str, code: str, silent: tuple[str, ...]) -> dict[str, str]:
    return {"person_id": person_id, "project_code": code, "silent_months": " ".join(silent)}
