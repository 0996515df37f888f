"""Settings that are wrong: what is started with them ends, and the others go on."""

from pathlib import Path

import pytest

from tests.kafka.proving_ground import ProvingGround

pytestmark = pytest.mark.long

USAGE = 2

WRONG = {
    "shards": {"TENDER_MONITOR_KAFKA__SHARDS": "4"},
    "partitions": {"TENDER_MONITOR_KAFKA__PARTITIONS": "8"},
    "unknown setting": {"TENDER_MONITOR_KAFKA__SHARD": "2"},
}


@pytest.mark.parametrize("command", ["worker", "publisher"])
@pytest.mark.parametrize("what", WRONG)
def test_wrong_setting(ground: ProvingGround, what: str, command: str) -> None:
    """Refused in one sentence, exit code 2, before it joins or makes anything."""
    with ground.fault():
        assert ground.cluster.start(command, **WRONG[what]).wait(timeout=120) == USAGE


@pytest.mark.parametrize("command", ["worker", "publisher"])
def test_other_keys(ground: ProvingGround, tmp_path: Path, command: str) -> None:
    """A data folder with keys of its own: refused in one sentence, exit code 2."""
    with ground.fault():
        other = ground.cluster.start(command, TENDER_MONITOR_DATA=str(tmp_path))
        assert other.wait(timeout=120) == USAGE
