"""The command line, called in this process or as a program, and a city to ask about."""

import json
import os
import re
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from infra.command_line.main import main
from infra.simulation import City
from tests.infra.command_line.clusters import Commands, config_of
from tests.infra.http.workers import SHARDS, Workers, cluster_folder

Run = Callable[..., Result]
PROGRAM = [sys.executable, "-m", "infra.command_line.main"]
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def run() -> Run:
    """Calls a command in this process."""

    def invoke(*arguments: object, **options: Any) -> Result:
        return CliRunner().invoke(main, [str(each) for each in arguments], **options)

    return invoke


def answer(result: Result, exit_code: int = 0) -> Any:
    """What a command with ``--json`` said."""
    assert result.exit_code == exit_code, result.output
    return json.loads(result.stdout)


@dataclass(frozen=True)
class RecordedCity:
    data: Path
    facts: Path
    truth: dict[str, Any]


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory, run: Run) -> RecordedCity:
    """A small synthetic city, recorded from its file."""
    folder = tmp_path_factory.mktemp("city")
    made = City(seed=13, people=200, months=8, lots=10)
    facts = folder / "facts.ndjson"
    facts.write_bytes(b"\n".join(made.messages()) + b"\n")
    assert answer(run("ingest", facts, "--data", folder / "data", "--json"))["rejected"] == 0
    return RecordedCity(folder / "data", facts, made.truth())


@pytest.fixture(scope="module")
def cluster(run: Run, postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    """Two shards, each with a suspicious opening."""
    folder = tmp_path_factory.mktemp("cluster")
    with cluster_folder(postgres_url, folder) as settings, closing(Workers(settings)) as workers:
        openings = tuple(workers.a_suspicious_opening(shard) for shard in range(SHARDS))
        yield Commands(run, workers, openings, config_of(settings))


@contextmanager
def program(
    *arguments: object, environment: Mapping[str, str] | None = None, terminal: int = subprocess.DEVNULL
) -> Iterator["subprocess.Popen[str]"]:
    """A command running as a program of its own, ended at the end; ``terminal`` is what it is told things by."""
    command = [*PROGRAM, *map(str, arguments)]
    started = subprocess.Popen(
        command,
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
    )
    try:
        yield started
    finally:
        if started.poll() is None:
            started.send_signal(signal.SIGTERM)
        try:
            started.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            started.kill()
            started.communicate()


def said(started: "subprocess.Popen[str]", pattern: str, *, within_seconds: float) -> re.Match[str]:
    """The first match in what a program prints, waiting for it."""
    assert started.stdout is not None
    deadline = time.monotonic() + within_seconds
    heard = ""
    with selectors.DefaultSelector() as selector:
        selector.register(started.stdout, selectors.EVENT_READ)
        while time.monotonic() < deadline:
            if not selector.select(timeout=0.2):
                continue
            line = os.read(started.stdout.fileno(), 65_536).decode()
            heard += line
            found = re.search(pattern, heard)
            if found:
                return found
            if not line:
                break
    raise AssertionError(f"the program did not say {pattern!r} but:\n{heard}")
