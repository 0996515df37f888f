"""The log grows in the shard's transactions, on either database."""

from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete, select, text

from infra.installation import KEYS_FOLDER, Installation
from infra.transparency.checkpoint import open_checkpoint
from infra.transparency.log import ForeignLog, LogBroken
from infra.transparency.merkle import verify_consistency, verify_inclusion
from infra.transparency.reader import LogReader, OutsideTheLog
from infra.transparency.rows import leaf_at
from infra.transparency.tables import CHECKPOINTS, TILES
from projections.batches import BATCHES
from tests.builders import RIVAL, a_bid_opening, a_payment, a_registration
from tests.infra.transparency import reference
from tests.monitor import Monitor, said

NAMED = said(a_payment(), "named")
NAMED["data"]["person"] = {"name": "诸葛青云", "id_number": "11010119900307002X"}
LEADING_TO_A_CLUE = (said(a_bid_opening(), "opening"), said(a_registration(employer=RIVAL), "registered"), NAMED)
LOG_TABLES = (TILES, CHECKPOINTS)


def payments(first: int, count: int) -> list[dict[str, Any]]:
    return [said(a_payment(), f"p{number}") for number in range(first, first + count)]


def notes(opened: Monitor) -> list[str]:
    return [row.note for row in sorted(opened.rows(CHECKPOINTS), key=lambda row: row.size)]


def check(opened: Monitor) -> int:
    """Every entry is in the log, and every checkpoint leads to the next; the size."""
    key = opened.installation.log_identity.verifier()
    checkpoints = [open_checkpoint(note, key)[0] for note in notes(opened)]
    with opened.read() as connection:
        reader = LogReader(connection)
        size = opened.installation.recorder.last_position(connection)
        leaves = [reference.leaf(leaf_at(connection, position) or b"") for position in range(1, size + 1)]
        assert [each.root for each in checkpoints] == [reference.root(leaves[: each.size]) for each in checkpoints]
        assert checkpoints[-1].size == size == reader.size
        for index, leaf in enumerate(leaves):
            proof = reader.inclusion(index, size)
            assert proof.leaf_hash == leaf
            verify_inclusion(index, size, leaf, proof.hashes, checkpoints[-1].root)
        for one, other in pairwise(checkpoints[1:]):
            grown = reader.consistency(one.size, other.size)
            assert (grown.first_root, grown.second_root) == (one.root, other.root)
            verify_consistency(one.size, other.size, one.root, other.root, grown.hashes)
    return size


def test_every_row_is_a_leaf_and_every_transaction_has_a_checkpoint(monitor_anywhere: Monitor) -> None:
    """Facts, follow-ups and decisions about clues alike."""
    monitor_anywhere.send(*payments(0, 300))
    monitor_anywhere.send(*LEADING_TO_A_CLUE)
    monitor_anywhere.decide(next(iter(monitor_anywhere.open_clues())).clue_id, "acknowledge")
    topics = {topic.split(".")[0] for _, topic, _ in monitor_anywhere.ledger()}
    assert topics == {"tender-integrity", "clue", "source"}
    assert check(monitor_anywhere) > 300
    moments = {row.recorded_at for row in monitor_anywhere.rows(BATCHES) if row.last_position >= row.first_position}
    assert len(notes(monitor_anywhere)) == len(moments) + 1


def test_a_log_goes_on_after_a_restart(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.send(*payments(0, 257))
    monitor_anywhere.reopen()
    monitor_anywhere.send(*payments(257, 300))
    assert check(monitor_anywhere) == 558


def test_a_transaction_that_fails_leaves_no_leaf(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.send(*payments(0, 3))

    def fail(_connection: object, _at: object) -> None:
        raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError):
        monitor_anywhere.shard.decide(fail)
    monitor_anywhere.send(*payments(3, 300))
    assert check(monitor_anywhere) == 304


def test_time_passing_without_a_row_signs_nothing(monitor: Monitor) -> None:
    monitor.send(*payments(0, 1))
    before = notes(monitor)
    monitor.shard.commit([])
    assert notes(monitor) == before


def test_an_empty_log_has_a_checkpoint(monitor: Monitor) -> None:
    checkpoint, _, _ = open_checkpoint(notes(monitor)[0], monitor.installation.log_identity.verifier())
    assert (checkpoint.size, checkpoint.root) == (0, reference.root([]))


def test_an_older_folder_gets_its_log_when_it_is_opened(monitor_anywhere: Monitor) -> None:
    for first in range(0, 900, 300):
        monitor_anywhere.send(*payments(first, 300))
    before = notes(monitor_anywhere)
    with monitor_anywhere.installation.database.transaction() as connection:
        for table in LOG_TABLES:
            connection.execute(delete(table))
    monitor_anywhere.installation.log_identity.published.unlink()
    monitor_anywhere.reopen()
    assert notes(monitor_anywhere) == before
    assert check(monitor_anywhere) == 901


def test_a_log_that_was_emptied_is_not_begun_again(monitor: Monitor) -> None:
    monitor.send(*payments(0, 5))
    with monitor.installation.database.transaction() as connection:
        for table in LOG_TABLES:
            connection.execute(delete(table))
    with pytest.raises(LogBroken):
        monitor.installation.open_shard()


@pytest.mark.parametrize(
    "tampering",
    [
        "DELETE FROM stored_events WHERE id = 6",
        "DELETE FROM log_checkpoints WHERE size = 6",
        "DELETE FROM log_tiles",
        "UPDATE log_tiles SET hashes = zeroblob(192)",
    ],
)
def test_a_ledger_that_does_not_fit_its_log_is_not_written_on(monitor: Monitor, tampering: str) -> None:
    monitor.send(*payments(0, 3))
    monitor.send(*payments(3, 2))
    with monitor.installation.database.transaction() as connection:
        connection.execute(text(tampering))
    with pytest.raises(LogBroken):
        monitor.installation.open_shard()


def test_a_row_that_somebody_else_wrote_meanwhile_stops_the_shard(monitor: Monitor) -> None:
    monitor.send(*payments(0, 3))
    with monitor.installation.database.transaction() as connection:
        connection.execute(
            text("INSERT INTO stored_events VALUES (5, :o, 1, 'tender-integrity.x.v1', '{}')"), {"o": uuid4().bytes}
        )
    with pytest.raises(LogBroken, match="position 5"):
        monitor.send(*payments(3, 1))
    assert check_size(monitor) == 4


def check_size(opened: Monitor) -> int:
    with opened.read() as connection:
        return LogReader(connection).size


def test_another_key_does_not_continue_a_log(monitor: Monitor) -> None:
    (monitor.settings.data / KEYS_FOLDER / "log.key").write_bytes(b"k" * 32)
    with pytest.raises(ForeignLog):
        monitor.installation.open_shard()


def test_a_renamed_log_is_another_log(monitor: Monitor) -> None:
    renamed = monitor.settings.model_copy(
        update={"transparency": monitor.settings.transparency.model_copy(update={"origin": "log.example/other"})}
    )
    opened = Installation.open(renamed, clock=monitor.clock)
    with pytest.raises(ForeignLog):
        opened.open_shard()
    opened.close()


def test_proofs_outside_the_log_are_refused(monitor: Monitor) -> None:
    monitor.send(*payments(0, 2))
    with monitor.read() as connection:
        reader = LogReader(connection)
        for question in (
            lambda: reader.inclusion(3, 3),
            lambda: reader.inclusion(0, 4),
            lambda: reader.inclusion(-1, 3),
            lambda: reader.consistency(0, 3),
            lambda: reader.consistency(3, 2),
            lambda: reader.consistency(1, 4),
            lambda: reader.root(-1),
        ):
            with pytest.raises(OutsideTheLog):
                question()


def test_erasing_a_person_leaves_every_proof_valid(monitor: Monitor) -> None:
    monitor.send(*LEADING_TO_A_CLUE, *payments(0, 20))
    person = monitor.facts()[2]["data"]["person"]["person_id"]
    size = check(monitor)
    with monitor.installation.database.transaction() as connection:
        assert monitor.installation.vault.erase(connection, person)
    assert check(monitor) == size


def test_the_verifier_key_is_left_in_a_file(monitor: Monitor) -> None:
    published = (monitor.settings.data / KEYS_FOLDER / "log.vkey").read_text(encoding="utf-8").strip()
    assert published == str(monitor.installation.log_identity.verifier())
    with monitor.read() as connection:
        assert connection.execute(select(CHECKPOINTS.c.size)).scalars().all() == [0, 1]
