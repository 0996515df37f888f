"""The step from a ledger without a registry: what is known is registered with the types it has sent, once."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from infra.installation import Installation
from infra.rebuilding import Rebuilding
from infra.settings import Settings
from projections.boards.registered_sources import Registration, registrations
from tests.builders import a_payment, a_registration
from tests.logged import logged
from tests.monitor import SOURCE, Monitor, as_bytes, correction, said


@pytest.fixture
def older(tmp_path: Path) -> Iterator[Installation]:
    """A folder as a version without a registry left it."""
    with closing(Installation.open(Settings(data=tmp_path / "data"))) as installation:
        said_before = (
            said(a_payment(), "p1"),
            said(a_registration(), "r1", source="urn:other"),
            correction("c1", "p1"),
        )
        prepared = installation.intake().prepare([as_bytes(message) for message in said_before])
        # As one of our own: nobody is asked whether a source may say it.
        installation.open_shard().commit([replace(prepared, ours=True)])
        yield installation


def registered(installation: Installation) -> dict[str, Registration]:
    with installation.database.read() as connection:
        return {each.source: each for each in registrations(connection)}


def test_known_sources_are_registered_with_the_types_they_have_sent(older: Installation) -> None:
    with logged() as log:
        older.open_shard()
    found = registered(older)
    assert {source: each.bounds.types for source, each in found.items()} == {
        SOURCE: ("insurance-paid",),
        "urn:other": ("registration-recorded",),
    }
    assert {each.granted_by for each in found.values()} == {"upgrade"}
    (line,) = log.named("known_sources_registered")
    assert line["sources"] == {SOURCE: "fact-corrected, insurance-paid", "urn:other": "registration-recorded"}
    assert Rebuilding(older).rebuild() == len(ledger(older))


def ledger(installation: Installation) -> list[tuple[int, str, bytes]]:
    with installation.database.read() as connection:
        return installation.recorder.scan(connection, after=0, limit=1_000)


def test_the_step_is_taken_once_and_not_where_there_is_a_registry(monitor: Monitor) -> None:
    monitor.send(said(a_payment(), "p1"))
    monitor.end_source(SOURCE, "停用")
    rows = len(monitor.ledger())
    monitor.installation.open_shard()
    assert len(monitor.ledger()) == rows
    assert registered(monitor.installation)[SOURCE].ended_at is not None


def test_nothing_is_registered_in_a_new_folder(tmp_path: Path) -> None:
    with closing(Installation.open(Settings(data=tmp_path))) as installation:
        installation.open_shard()
        assert (registered(installation), ledger(installation)) == ({}, [])
