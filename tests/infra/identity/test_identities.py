"""Identities are kept once, whatever fails or is handed in again, and found through any connection."""

from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from infra.identity.identities import IDENTITIES, Identities, IdentityRow, erase, sealed_identities
from infra.storage.database import Database

ROWS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2)), max_size=12)


def a_person(number: int) -> str:
    return f"{number:016x}" * 4


def a_row(person: int, variant: int = 0) -> IdentityRow:
    return a_person(person), f"{variant:032x}", f"{person}/{variant}".encode()


def opened(database: Database) -> Identities:
    identities = Identities(key_version=1)
    with database.transaction() as connection:
        identities.load(connection)
    return identities


def kept(database: Database) -> list[tuple[str, str]]:
    with database.read() as connection:
        rows = connection.execute(select(IDENTITIES.c.person_id, IDENTITIES.c.variant)).all()
    return sorted((row.person_id, row.variant) for row in rows)


def keep(database: Database, identities: Identities, *rows: IdentityRow) -> None:
    with database.transaction() as connection:
        identities.keep(connection, rows)
    identities.committed()


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(ROWS, st.sampled_from(["commit", "fail", "restart"])), max_size=6))
def test_each_variant_of_a_person_is_kept_once(
    sqlite_database: Database, batches: list[tuple[list[tuple[int, int]], str]]
) -> None:
    with sqlite_database.transaction() as connection:
        connection.exec_driver_sql("DELETE FROM identities")
        connection.exec_driver_sql("DELETE FROM identity_index_runs")
        connection.exec_driver_sql("DELETE FROM identity_index_segments")
    identities = opened(sqlite_database)
    expected = set()
    for numbers, end in batches:
        rows = [a_row(*number) for number in numbers]
        if end == "fail":
            with suppress(RuntimeError), sqlite_database.transaction() as connection:
                identities.keep(connection, rows)
                raise RuntimeError
            identities.rolled_back()
            continue
        keep(sqlite_database, identities, *rows)
        expected |= {(person, variant) for person, variant, _ in rows}
        if end == "restart":
            identities = opened(sqlite_database)
    assert kept(sqlite_database) == sorted(expected)


def test_a_persons_variants_are_found_and_nobody_elses(database: Database) -> None:
    keep(database, opened(database), a_row(1), a_row(2), a_row(1, 7))
    with database.read() as connection:
        assert sealed_identities(connection, [a_person(1), a_person(9)]) == [a_row(1), a_row(1, 7)]


def test_two_people_with_one_key_are_told_apart(database: Database) -> None:
    """The index knows the first 64 bits of a pseudonym only."""
    one, other = a_row(1), (a_person(1)[:16] + "f" * 48, f"{0:032x}", b"other")
    keep(database, opened(database), one, other)
    with database.transaction() as connection:
        assert sealed_identities(connection, [other[0]]) == [other]
        assert erase(connection, one[0]) == 1
        assert sealed_identities(connection, [one[0], other[0]]) == [other]


def test_an_erased_person_who_comes_again_is_kept_again(database: Database) -> None:
    identities = opened(database)
    keep(database, identities, a_row(1), a_row(2))
    with database.transaction() as connection:
        erase(connection, a_person(1))
    keep(database, identities, a_row(1))
    with database.read() as connection:
        assert sealed_identities(connection, [a_person(1)]) == [a_row(1)]
