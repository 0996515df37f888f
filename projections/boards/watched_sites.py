"""The people who are watched on projects: leads, people who failed an inspection, and operators.

They are few, compared with everybody who checks in. They are in memory, so that a batch finds at once
whom it touches, and in tables, so that they are there after a restart.
"""

from collections.abc import Iterable

from sqlalchemy import BigInteger, Column, Connection, String, Table, bindparam, delete, insert, select

from projections.boards.concerned import Concerned
from projections.index import Keys
from projections.index.subject_index import key_of
from projections.tables import METADATA

WATCHED_SITES = Table(
    "watched_sites",
    METADATA,
    Column("person_id", String(64), primary_key=True),
    Column("project_code", String(200), primary_key=True),
)
"""One row for each watched person and project."""

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


class WatchedSites:
    """The watched people, and the projects that matter to each, found by the 64-bit keys of subjects."""

    def __init__(self) -> None:
        self._sites: dict[str, frozenset[str]] = {}
        """Person → the codes of the projects."""
        self._through: dict[str, int] = {}
        self._expected: set[str] = set()
        # A fact under a person concerns that person; a fact about a project itself concerns its watched people.
        self._people = Concerned()
        self._projects = Concerned()

    @classmethod
    def load(cls, connection: Connection) -> "WatchedSites":
        """The watched people as the tables have them."""
        watched = cls()
        by_person: dict[str, set[str]] = {}
        for person_id, code in connection.execute(select(WATCHED_SITES)):
            by_person.setdefault(person_id, set()).add(code)
        for person_id, codes in by_person.items():
            watched._watch(person_id, frozenset(codes))
        watched._through = {row.person_id: row.through for row in connection.execute(select(SITES_JUDGED))}
        return watched

    def judged_through(self, person_id: str) -> int:
        """The last position up to which the person has been judged; 0 for a person who is not watched."""
        return self._through.get(person_id, 0)

    def projects(self, person_id: str) -> list[str]:
        """The codes of the projects on which the person is watched, sorted."""
        return sorted(self._sites.get(person_id, ()))

    def touched(self, keys: Keys, of_projects: Keys) -> set[str]:
        """The ids of the people whom facts under ``keys`` concern.

        ``of_projects`` are those of the keys under which a fact about a project itself is indexed, and not
        only a check-in on it.
        """
        return {*self._people.among(keys), *self._projects.among(of_projects)}

    def expect(self, person_id: str) -> None:
        """Let facts about this person count as if the person were watched, until the first judgement."""
        # Without this, facts that come while the first ones settle would not put the moment off, and a person
        # would be judged in the middle of a history that is being loaded.
        if person_id not in self._sites and person_id not in self._expected:
            self._expected.add(person_id)
            self._people.add(person_id, [key_of(f"person:{person_id}")])

    def expects(self, person_id: str) -> bool:
        """Whether the person waits for the first judgement (see :meth:`expect`)."""
        return person_id in self._expected

    def put(self, connection: Connection, person_id: str, codes: frozenset[str], through: int) -> None:
        """Write on which projects a person is watched, judged ``through`` a position; none deletes the person."""
        if person_id in self._expected:
            self._expected.remove(person_id)
            self._people.remove(person_id, [key_of(f"person:{person_id}")])
        if codes != self._sites.get(person_id, frozenset()):
            connection.execute(_DELETE, {"person": person_id})
            if codes:
                rows = [{"person_id": person_id, "project_code": code} for code in sorted(codes)]
                connection.execute(_INSERT, rows)
            self._watch(person_id, codes)
        if (through if codes else 0) != self.judged_through(person_id):
            connection.execute(_DELETE_JUDGED, {"person": person_id})
            self._through.pop(person_id, None)
            if codes:
                connection.execute(_INSERT_JUDGED, {"person_id": person_id, "through": through})
                self._through[person_id] = through

    def _watch(self, person_id: str, codes: frozenset[str]) -> None:
        before = self._sites.pop(person_id, frozenset())
        if codes:
            self._sites[person_id] = codes
        person = [key_of(f"person:{person_id}")]
        if codes:
            self._people.add(person_id, person)
        elif before:
            self._people.remove(person_id, person)
        self._projects.add(person_id, _projects(codes - before))
        self._projects.remove(person_id, _projects(before - codes))


def _projects(codes: Iterable[str]) -> list[int]:
    return [key_of(f"project:{code}") for code in codes]
