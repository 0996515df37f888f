"""Whatever is changed by hand in the database, the audit names the first place."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from sqlalchemy import Connection, Table, select, text

from infra.installation import Installation
from infra.settings import Settings
from infra.storage.fact_blocks import rows_behind
from infra.transparency.audit import Audit, Audited
from infra.transparency.checkpoint import parse_checkpoint
from infra.transparency.notes import NotSigned, Signer, parse_note
from infra.transparency.tables import CHECKPOINTS, TILES
from infra.transparency.tampered import Tampered
from projections.batches import BATCHES
from tests.builders import RIVAL, a_bid_opening, a_payment, a_registration
from tests.ledger_events import unpacked
from tests.monitor import Monitor, said

WITNESS = Signer("witness.example", b"w" * 32, witness=True)


def lived_through(opened: Monitor) -> int:
    """Batches that end at 600 (300 and 300), then some with clues, then single ones; the last position."""
    # The registration of the source is the first entry.
    for first, after in ((1, 300), (300, 600)):
        opened.send(*(said(a_payment(), f"p{number}") for number in range(first, after)))
    opened.send(said(a_bid_opening(), "opening"), said(a_registration(employer=RIVAL), "registered"))
    opened.send_each(*(said(a_payment(), f"q{number}") for number in range(5)))
    return len(opened.ledger())


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a record that nobody touched, most of whose facts are in blocks."""
    opened = Monitor(Settings(data=tmp_path_factory.mktemp("packed")))
    lived_through(opened)
    opened.close()
    return opened.settings.data


@pytest.fixture(scope="module")
def whole(packed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same record, all in rows."""
    opened = Installation.open(Settings(data=copytree(packed, tmp_path_factory.mktemp("whole") / "data")))
    with opened.database.transaction() as connection:
        unpacked(connection)
    opened.close()
    return opened.settings.data


@pytest.fixture
def record(whole: Path, tmp_path: Path) -> Iterator[Installation]:
    opened = Installation.open(Settings(data=copytree(whole, tmp_path / "data")))
    yield opened
    opened.close()


@pytest.fixture
def record_in_blocks(packed: Path, tmp_path: Path) -> Iterator[Installation]:
    opened = Installation.open(Settings(data=copytree(packed, tmp_path / "in blocks")))
    yield opened
    opened.close()


def audited(opened: Installation, **options: Any) -> Audited:
    with opened.database.read() as connection:
        return Audit(connection, opened.log_identity.verifier(), **options).run()


def last_of(opened: Installation) -> int:
    with opened.database.read() as connection:
        return opened.recorder.last_position(connection)


def rows(opened: Installation, table: Table) -> list[Any]:
    with opened.database.read() as connection:
        return list(connection.execute(select(table).order_by(*table.primary_key)))


def change(opened: Installation, *statements: str, **values: object) -> None:
    with opened.database.transaction() as connection:
        for statement in statements:
            assert connection.execute(text(statement), values).rowcount != 0, statement


def first_bad(opened: Installation, **options: Any) -> int:
    with pytest.raises(Tampered) as found:
        audited(opened, **options)
    assert found.value.position is not None
    return found.value.position


def test_an_untouched_record_is_whole(monitor_anywhere: Monitor) -> None:
    last = lived_through(monitor_anywhere)
    assert audited(monitor_anywhere.installation) == Audited(entries=last, checkpoints=10, cosigned=0)


def test_a_record_of_nothing_but_a_registration_is_whole(monitor: Monitor) -> None:
    assert audited(monitor.installation) == Audited(entries=1, checkpoints=2, cosigned=0)


ROWS = {
    "state edited": (["UPDATE stored_events SET state = '{}' WHERE id = 17"], 17),
    "a byte added": (["UPDATE stored_events SET state = CAST(state || ' ' AS BLOB) WHERE id = 300"], 300),
    "topic edited": (["UPDATE stored_events SET topic = 'clue.raised.v1' WHERE id = 257"], 257),
    "version edited": (["UPDATE stored_events SET originator_version = 9999 WHERE id = 1"], 1),
    "originator edited": (["UPDATE stored_events SET originator_id = zeroblob(16) WHERE id = 601"], 601),
    "deleted": (["DELETE FROM stored_events WHERE id = 42"], 42),
    "the first deleted": (["DELETE FROM stored_events WHERE id = 1"], 1),
    "several deleted": (["DELETE FROM stored_events WHERE id IN (599, 256, 300)"], 256),
    "truncated": (["DELETE FROM stored_events WHERE id > 590"], 591),
    "all deleted": (["DELETE FROM stored_events"], 1),
    "inserted before": (["INSERT INTO stored_events VALUES (0, zeroblob(16), 1, 'x', '{}')"], 0),
    "inserted at the end": (
        ["INSERT INTO stored_events SELECT max(id) + 1, zeroblob(16), 1, 'x', '{}' FROM stored_events"],
        -1,
    ),
    "inserted in between": (
        [
            "UPDATE stored_events SET id = -id - 1 WHERE id > 100",
            "UPDATE stored_events SET id = -id WHERE id < 0",
            "INSERT INTO stored_events VALUES (101, zeroblob(16), 1, 'x', '{}')",
        ],
        101,
    ),
    "state made a text": (["UPDATE stored_events SET state = CAST(state AS TEXT) WHERE id = 9"], 9),
    "version made a text": (["UPDATE stored_events SET originator_version = 'x' WHERE id = 9"], 9),
    "two swapped": (
        [
            "UPDATE stored_events SET id = -1 WHERE id = 200",
            "UPDATE stored_events SET id = 200 WHERE id = 500",
            "UPDATE stored_events SET id = 500 WHERE id = -1",
        ],
        200,
    ),
    "contents swapped": (
        ["UPDATE stored_events SET state = o.state FROM stored_events o WHERE stored_events.id + o.id = 8"],
        1,
    ),
}


@pytest.mark.parametrize(("statements", "position"), ROWS.values(), ids=ROWS)
def test_a_changed_ledger_is_told_at_its_first_position(
    record: Installation, statements: Sequence[str], position: int
) -> None:
    last = last_of(record)
    change(record, *statements)
    assert first_bad(record) == (position if position >= 0 else last + 1)


BLOCKS = {
    "body cut": (["UPDATE fact_blocks SET body = substr(body, 1, 400) WHERE first_position = 2"], 2),
    "body made a text": (["UPDATE fact_blocks SET body = 'x' WHERE first_position = 2"], 2),
    "body of another": (
        ["UPDATE fact_blocks SET body = o.body FROM fact_blocks o WHERE o.rowid = 2 AND fact_blocks.rowid = 301"],
        301,
    ),
    "deleted": (["DELETE FROM fact_blocks WHERE first_position = 301"], 301),
    "all deleted": (["DELETE FROM fact_blocks"], 2),
    "moved": (["UPDATE fact_blocks SET first_position = first_position + 1 WHERE first_position = 2"], 2),
    "said to be shorter": (["UPDATE fact_blocks SET last_position = last_position - 1 WHERE first_position = 2"], 2),
    "said to hold more": (["UPDATE fact_blocks SET facts = facts + 1 WHERE first_position = 301"], 301),
    "stream hidden": (["DELETE FROM fact_block_streams WHERE first_position = 2"], 2),
    "versions hidden": (
        ["UPDATE fact_block_streams SET last_version = last_version - 1 WHERE first_position = 301"],
        301,
    ),
    "stream invented": (["INSERT INTO fact_block_streams VALUES (zeroblob(16), 1, 9, 99999)"], 99_999),
    "also a row": (["INSERT INTO stored_events VALUES (5, zeroblob(16), 1, 'x', '{}')"], 5),
}


@pytest.mark.parametrize(("statements", "position"), BLOCKS.values(), ids=BLOCKS)
def test_a_changed_block_is_told_at_its_first_position(
    record_in_blocks: Installation, statements: Sequence[str], position: int
) -> None:
    change(record_in_blocks, *statements)
    assert first_bad(record_in_blocks) == position


def test_blocks_and_rows_lead_to_the_same_log(record: Installation, record_in_blocks: Installation) -> None:
    with record_in_blocks.database.read() as connection:
        assert list(rows_behind(connection, 0))
    assert audited(record) == audited(record_in_blocks)
    assert rows(record, CHECKPOINTS) == rows(record_in_blocks, CHECKPOINTS)


LOG = {
    "leaf edited": (
        "UPDATE log_tiles SET hashes = CAST(zeroblob(32) || substr(hashes, 33) AS BLOB) WHERE level = 0 AND tile = 1",
        257,
    ),
    "tile deleted": ("DELETE FROM log_tiles WHERE level = 0 AND tile = 1", 257),
    "tile cut": ("UPDATE log_tiles SET hashes = substr(hashes, 1, 64) WHERE level = 0 AND tile = 2", 515),
    "upper tile edited": ("UPDATE log_tiles SET hashes = zeroblob(64) WHERE level = 1", 1),
    "upper tile deleted": ("DELETE FROM log_tiles WHERE level = 1", 1),
    "tile lengthened": (
        "UPDATE log_tiles SET hashes = CAST(hashes || zeroblob(32) AS BLOB) WHERE level = 0 AND tile = 2",
        513,
    ),
    "tile added": ("INSERT INTO log_tiles VALUES (0, 9, zeroblob(32))", -1),
    "checkpoint deleted": ("DELETE FROM log_checkpoints WHERE size = 300", 300),
    "first checkpoint deleted": ("DELETE FROM log_checkpoints WHERE size = 0", 1),
    "checkpoint added": ("INSERT INTO log_checkpoints SELECT 450, note FROM log_checkpoints WHERE size = 300", 450),
    "checkpoint edited": ("UPDATE log_checkpoints SET note = replace(note, '600', '601') WHERE size = 600", 600),
    "checkpoint copied": (
        "UPDATE log_checkpoints SET note = (SELECT note FROM log_checkpoints WHERE size = 300) WHERE size = 600",
        600,
    ),
    "checkpoint lost": ("UPDATE log_checkpoints SET note = '' WHERE size = 600", 600),
    "checkpoints truncated": ("DELETE FROM log_checkpoints WHERE size > 300", 301),
    "all checkpoints deleted": ("DELETE FROM log_checkpoints", 1),
    "batch made a text": ("UPDATE batches SET last_position = 'x' WHERE batch = 1", 1),
    "tile made a text": ("UPDATE log_tiles SET hashes = 'x' WHERE tile = 1", 257),
    "batch deleted": ("DELETE FROM batches WHERE batch = 3", 301),
    "batches truncated": ("DELETE FROM batches WHERE batch > 3", 601),
    "batch moved in time": ("UPDATE batches SET recorded_at = '2025-12-01T05:00:00.000000+00:00' WHERE batch = 3", 301),
    "batch resized": ("UPDATE batches SET last_position = 299 WHERE batch = 2", 299),
    "batch added": (
        "INSERT INTO batches SELECT max(batch) + 1, max(last_position) + 1, 9999, max(recorded_at), NULL FROM batches",
        -1,
    ),
}


@pytest.mark.parametrize(("statement", "position"), LOG.values(), ids=LOG)
def test_a_changed_log_is_told_at_its_first_position(record: Installation, statement: str, position: int) -> None:
    last = last_of(record)
    change(record, statement)
    found = first_bad(record)
    assert found in ((last, last + 1) if position < 0 else (position,))


def test_a_row_and_its_leaf_edited_together_are_told_within_their_transaction(record: Installation) -> None:
    change(record, "UPDATE stored_events SET state = '{}', topic = 'x' WHERE id = 450")
    with record.database.transaction() as connection:
        _rewrite_leaf(connection, 450)
    assert first_bad(record) == 301


def _rewrite_leaf(connection: Connection, position: int) -> None:
    from infra.transparency.rows import leaf_at
    from tests.infra.transparency import reference

    leaf = reference.leaf(leaf_at(connection, position) or b"")
    at = (position - 1) % 256 * 32
    tile = TILES.c.level == 0, TILES.c.tile == (position - 1) // 256
    (stored,) = connection.execute(TILES.select().where(*tile)).all()
    hashes = stored.hashes[:at] + leaf + stored.hashes[at + 32 :]
    connection.execute(TILES.update().where(*tile).values(hashes=hashes))


def test_a_history_cut_back_everywhere_is_told_by_a_checkpoint_kept_outside(record: Installation) -> None:
    """Nothing inside the database can tell."""
    last = last_of(record)
    kept = {str(row.size): row.note for row in rows(record, CHECKPOINTS)}
    change(
        record,
        "DELETE FROM stored_events WHERE id > 600",
        "DELETE FROM batches WHERE batch > 3",
        "DELETE FROM log_checkpoints WHERE size > 600",
        "UPDATE log_tiles SET hashes = substr(hashes, 1, 32 * 88) WHERE level = 0 AND tile = 2",
    )
    assert audited(record).entries == 600
    assert first_bad(record, published={"kept": kept[str(last)]}) == 601
    assert audited(record, published={"kept": kept["300"]}).entries == 600


def test_another_history_signed_with_the_right_key_is_told_by_a_checkpoint_kept_outside(record: Installation) -> None:
    kept = next(row.note for row in rows(record, CHECKPOINTS) if row.size == 600)
    identity = record.log_identity
    forged = parse_checkpoint(parse_note(kept).text)
    other = type(forged)(forged.origin, forged.size, bytes(32))
    assert first_bad(record, published={"forged": str(identity.signer().signed(other.text))}) == 1


def test_a_checkpoint_that_is_not_ours_proves_nothing(record: Installation) -> None:
    stranger = Signer(record.log_identity.verifier().name, b"s" * 32)
    note = str(stranger.signed("a\n0\nb\n"))
    with pytest.raises(NotSigned):
        audited(record, published={"theirs": note})


def test_what_a_trusted_witness_countersigned_is_told_and_checked(record: Installation) -> None:
    note = parse_note(next(row.note for row in rows(record, CHECKPOINTS) if row.size == 600))
    line = WITNESS.cosignature(note.text, 1_700_000_000).line
    change(record, "INSERT INTO log_cosignatures VALUES (600, 'witness.example', :line)", line=line)
    assert audited(record, witnesses=[WITNESS.verifier]).cosigned == 600
    assert audited(record).cosigned == 0
    change(record, "UPDATE log_cosignatures SET size = 300")
    assert first_bad(record, witnesses=[WITNESS.verifier]) == 300


def test_every_moment_of_the_batches_is_that_of_their_rows(record: Installation) -> None:
    _, first, second, *_ = rows(record, BATCHES)
    assert first.recorded_at < second.recorded_at
    change(record, "UPDATE batches SET recorded_at = :moment WHERE batch = 3", moment=first.recorded_at)
    assert first_bad(record) == 300
