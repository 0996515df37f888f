"""The monitor and its witness, over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree

import aiohttp
import pytest

from infra.installation import system_clock
from infra.settings import Settings, Transparency
from infra.transparency.checkpoint import open_checkpoint
from infra.transparency.notes import Signer, VerifierKey
from infra.transparency.reader import LogReader
from infra.transparency.suite import SHA256_ED25519
from infra.transparency.tables import COSIGNATURES
from infra.witness.asking import NotCosigned, OutsideWitness, keep_witnessed
from infra.witness.figures import WitnessFigures
from infra.witness.seen import Seen
from infra.witness.server import serving
from infra.witness.witness import Witness
from tests.builders import a_payment
from tests.monitor import Monitor, said

SIGNER = Signer("witness.example", b"w" * 32, witness=True)


@dataclass(frozen=True)
class Asked:
    url: str
    session: aiohttp.ClientSession

    async def by(self, monitor: Monitor) -> int:
        return await OutsideWitness(self.url, SIGNER.verifier, monitor.installation.database, SHA256_ED25519).ask(
            self.session
        )


@asynccontextmanager
async def asked(file: Path, *logs: VerifierKey) -> AsyncIterator[Asked]:
    with closing(Seen(file)) as seen:
        witness = Witness(SIGNER, logs, seen, system_clock)
        async with serving(witness, "127.0.0.1", 0) as url, aiohttp.ClientSession() as session:
            yield Asked(url, session)


def send(monitor: Monitor, first: int, count: int) -> None:
    monitor.send(*(said(a_payment(), f"p{number}") for number in range(first, first + count)))


def key_of(monitor: Monitor) -> VerifierKey:
    return monitor.installation.log_identity.verifier()


async def test_what_the_monitor_records_is_countersigned_and_served(monitor: Monitor, tmp_path: Path) -> None:
    async with asked(tmp_path / "seen.db", key_of(monitor)) as witness:
        send(monitor, 0, 3)
        assert await witness.by(monitor) == 4
        send(monitor, 3, 300)
        assert await witness.by(monitor) == 304
        assert await shown(monitor, witness) == 0
        assert await witness.by(monitor) == 304
    with monitor.read() as connection:
        note = LogReader(connection).witnessed() or ""
    checkpoint, _, witnesses = open_checkpoint(note, key_of(monitor), [SIGNER.verifier])
    assert (checkpoint.size, witnesses) == (304, (SIGNER.verifier,))


async def test_a_witness_that_knows_more_of_us_than_we_remember_is_taken_at_its_word(
    monitor: Monitor, tmp_path: Path
) -> None:
    async with asked(tmp_path / "seen.db", key_of(monitor)) as witness:
        send(monitor, 0, 3)
        await witness.by(monitor)
        with monitor.installation.database.transaction() as connection:
            connection.exec_driver_sql("DELETE FROM log_cosignatures")
        send(monitor, 3, 3)
        assert await witness.by(monitor) == 7


async def test_a_fork_after_a_witnessed_checkpoint_is_refused(monitor: Monitor, tmp_path: Path) -> None:
    """Two histories with one key: the witness takes the one it saw first, and says so to the other."""
    send(monitor, 0, 3)
    monitor.close()
    other = Monitor(Settings(data=copytree(monitor.settings.data, tmp_path / "other")))
    monitor._open()
    send(monitor, 3, 5)
    send(other, 100, 9)
    async with asked(tmp_path / "seen.db", key_of(monitor)) as witness:
        assert await witness.by(monitor) == 9
        with pytest.raises(NotCosigned) as refusal:
            await witness.by(other)
        assert refusal.value.forked
    other.close()


async def test_a_log_rolled_back_behind_a_witnessed_checkpoint_is_refused(monitor: Monitor, tmp_path: Path) -> None:
    send(monitor, 0, 3)
    monitor.close()
    older = Monitor(Settings(data=copytree(monitor.settings.data, tmp_path / "older")))
    monitor._open()
    send(monitor, 3, 5)
    async with asked(tmp_path / "seen.db", key_of(monitor)) as witness:
        await witness.by(monitor)
        with pytest.raises(NotCosigned, match="countersigned 9 entries, and the log has 4") as refusal:
            await witness.by(older)
        assert refusal.value.forked
        assert await shown(older, witness) == 1
    older.close()


async def shown(monitor: Monitor, witness: Asked) -> float:
    """What Prometheus is told of the witness's first answer to a server that asks it by itself."""
    figures = WitnessFigures()
    named = {"url": witness.url, "vkey": str(SIGNER.verifier)}
    settings = Transparency.model_validate({"witnesses": [named], "witness_seconds": 60})
    async with keep_witnessed(monitor.installation.database, settings, SHA256_ED25519, figures), asyncio.timeout(30):
        while not (samples := next(iter(figures.collect())).samples):  # noqa: ASYNC110 - nothing tells of an answer
            await asyncio.sleep(0.02)
    (sample,) = samples
    assert sample.labels == {"shard": "", "witness": SIGNER.verifier.name}
    return sample.value


async def test_a_witness_that_does_not_know_the_log_signs_nothing(monitor: Monitor, tmp_path: Path) -> None:
    send(monitor, 0, 1)
    async with asked(tmp_path / "seen.db") as witness:
        with pytest.raises(NotCosigned, match="404"):
            await witness.by(monitor)


async def test_a_cosignature_by_another_key_is_not_kept(monitor: Monitor, tmp_path: Path) -> None:
    send(monitor, 0, 1)
    other = Signer("witness.example", b"x" * 32, witness=True).verifier
    async with asked(tmp_path / "seen.db", key_of(monitor)) as witness:
        with pytest.raises(NotCosigned, match="no cosignature"):
            await OutsideWitness(witness.url, other, monitor.installation.database, SHA256_ED25519).ask(witness.session)
    assert monitor.rows(COSIGNATURES) == []
