"""``witness`` and ``serve`` as programs: checkpoints come back countersigned."""

import json
import time
import urllib.error
import urllib.request
from pathlib import Path

from infra.transparency.checkpoint import open_checkpoint
from infra.transparency.notes import VerifierKey
from tests.infra.command_line.conftest import RecordedCity, Run, program, said

VKEY = r'"vkey": "([^"]+)"'
URL = r'"url": "([^"]+)"'


def test_a_server_has_its_checkpoints_countersigned_by_a_witness(city: RecordedCity, tmp_path: Path) -> None:
    log_key = (city.data / "keys" / "log.vkey").read_text(encoding="utf-8").strip()
    with program("witness", "--data", tmp_path, "--log", log_key, "--port", 0, "--json") as witness:
        found = said(witness, rf"{URL}[^}}]*{VKEY}", within_seconds=30)
        settings = {
            "TENDER_MONITOR_TRANSPARENCY__WITNESSES": json.dumps([{"url": found[1], "vkey": found[2]}]),
            "TENDER_MONITOR_TRANSPARENCY__WITNESS_SECONDS": "0.1",
        }
        with program("serve", "--data", city.data, "--port", 0, "--json", environment=settings) as server:
            url = said(server, URL, within_seconds=30)[1]
            note = witnessed(url)
    _, _, witnesses = open_checkpoint(note, VerifierKey.parse(log_key), [VerifierKey.parse(found[2])])
    assert [key.name for key in witnesses] == ["tender-monitor-witness"]


def witnessed(url: str) -> str:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/api/v1/log/checkpoint?witnessed=true") as answer:
                note: str = answer.read().decode()
                return note
        except urllib.error.HTTPError:
            time.sleep(0.1)
    raise AssertionError("no checkpoint was countersigned")


def test_a_log_key_that_is_none_is_a_usage_error(run: Run, tmp_path: Path) -> None:
    assert run("witness", "--data", tmp_path, "--log", "nonsense").exit_code == 2


def test_two_witnesses_cannot_share_a_memory(run: Run, city: RecordedCity, tmp_path: Path) -> None:
    log_key = (city.data / "keys" / "log.vkey").read_text(encoding="utf-8").strip()
    with program("witness", "--data", tmp_path, "--log", log_key, "--port", 0) as witness:
        said(witness, "countersigning", within_seconds=30)
        assert run("witness", "--data", tmp_path, "--log", log_key, "--port", 0).exit_code == 1
