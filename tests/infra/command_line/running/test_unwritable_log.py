"""What cannot write its log records all the same."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.infra.command_line.conftest import PROGRAM, ROOT, Run, answer, said
from tests.infra.command_line.facts_in.test_ingest import a_registration
from tests.infra.command_line.running.test_serving import URL

CLOSED_PIPE: Final = 'exec "$@"'
NONE: Final = 'exec "$@" 2>&-'


@contextmanager
def serving(data: Path, standard_error: str) -> Iterator["subprocess.Popen[str]"]:
    """A server whose standard error takes no line; it would write one for each call."""
    reading, writing = os.pipe()
    os.close(reading)
    command = ["sh", "-c", standard_error, "sh", *PROGRAM, "serve", "--port", "0", "--data", str(data)]
    # A shell that sets this would hide what Python does with a line that it holds back.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=writing, encoding="utf-8", cwd=ROOT, env=environment
    ) as process:
        os.close(writing)
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("standard_error", [CLOSED_PIPE, NONE])
def test_a_server_records(tmp_path: Path, run: Run, standard_error: str) -> None:
    data, file = tmp_path / "data", tmp_path / "facts.ndjson"
    with serving(data, standard_error) as server:
        said(server, URL, within_seconds=30)
        for number in range(3):
            file.write_bytes(a_registration(str(number)) + b"\n" + a_registration("no", valid_from="never") + b"\n")
            assert answer(run("ingest", file, "--data", data, "--json"), exit_code=3)["accepted"] == 1
        server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 0
