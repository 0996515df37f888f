"""A command starts fast: it loads what it needs, and nothing that only other commands need."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.infra.command_line.conftest import ROOT, RecordedCity, Run, answer

_LOADED = """
import contextlib, io, json, sys
from infra.command_line.main import main
told = io.StringIO()
try:
    with contextlib.redirect_stdout(told):
        main(sys.argv[2:])
except SystemExit as ended:
    code = ended.code
loaded = [name for name in json.loads(sys.argv[1]) if name in sys.modules]
print(json.dumps([code, loaded, told.getvalue()]))
"""

_FOR_ALL_BUT_HELP = ("asyncio", "numpy", "pydantic", "sqlalchemy", "cryptography", "domain.facts", "infra.settings")
_FOR_SERVERS = ("aiohttp", "aiokafka", "faust", "jinja2", "joserfc", "prometheus_client", "uvloop")
_FOR_FEW = ("alembic", "psycopg", "pyarrow", "pypinyin", "segno", "infra.simulation", "infra.http", "infra.web")
_FOR_WRITERS = ("structlog", "streams.intake.intake", "streams.one_machine", "streams.shard", "tenacity", "tqdm")
_FOR_JUDGING = ("chinese_calendar", "domain.rules", "projections.judging", "projections.questions.as_of")


_SERVED = """
import asyncio, json, sys
from infra.serving.server import running
from infra.settings import Settings

async def serve():
    async with running(Settings.model_validate({"data": sys.argv[2], "http": {"port": 0}})):
        return [name for name in json.loads(sys.argv[1]) if name in sys.modules]

print(json.dumps(asyncio.run(serve())))
"""


def loaded(*arguments: object, forbidden: tuple[str, ...]) -> list[str]:
    """Those of ``forbidden`` that a command loads that ends well, in a process of its own."""
    command = [sys.executable, "-c", _LOADED, json.dumps(forbidden), *map(str, arguments)]
    ended = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    code, found, told = json.loads(ended.stdout)
    assert (code or 0, ended.stderr) == (0, "")
    assert told
    return list(found)


@pytest.fixture(scope="module")
def lot(run: Run, city: RecordedCity) -> str:
    """One with clues about leads."""
    clue = answer(run("clues", "--rule", "E101", "--limit", 1, "--data", city.data, "--json"))[0]
    return f"{clue['tender_id']}/{clue['lot_id']}"


def test_the_list_of_commands_loads_none_of_them() -> None:
    everything = (*_FOR_ALL_BUT_HELP, *_FOR_SERVERS, *_FOR_FEW, *_FOR_WRITERS, *_FOR_JUDGING)
    assert loaded("--help", forbidden=everything) == []


def test_a_list_of_clues_loads_neither_rules_nor_a_writer_nor_a_server(city: RecordedCity) -> None:
    forbidden = (*_FOR_SERVERS, *_FOR_FEW, *_FOR_WRITERS, *_FOR_JUDGING)
    assert loaded("clues", "--data", city.data, forbidden=forbidden) == []


def test_a_list_of_approval_cases_loads_neither_rules_nor_a_writer_nor_a_server(city: RecordedCity) -> None:
    """Nor what only one case in full needs."""
    history = ("projections.questions.approval_history", "projections.questions.as_of", "domain.clues.clue")
    forbidden = (*_FOR_SERVERS, *_FOR_FEW, *_FOR_WRITERS, *history, "domain.rules")
    assert loaded("approvals", "--data", city.data, forbidden=forbidden) == []


def test_a_comparison_and_findings_load_no_server(city: RecordedCity, lot: str) -> None:
    """They load a writer: that somebody was read about is recorded before it is shown."""
    forbidden = (*_FOR_SERVERS, *_FOR_FEW)
    assert loaded("comparison", lot, "--data", city.data, forbidden=forbidden) == []
    assert loaded("findings", "--tender", lot.partition("/")[0], "--data", city.data, forbidden=forbidden) == []


def test_a_replay_of_a_lot_loads_neither_a_writer_nor_a_server(city: RecordedCity, lot: str) -> None:
    forbidden = (*_FOR_SERVERS, *_FOR_FEW, *_FOR_WRITERS)
    assert loaded("replay", f"lot:{lot}", "--data", city.data, forbidden=forbidden) == []


def test_an_import_of_a_few_lines_loads_no_server_and_no_other_format(city: RecordedCity, tmp_path: Path) -> None:
    """Neither where the folder is new, and its tables are made. Payments are about no site that would be waited for."""
    facts = tmp_path / "facts.ndjson"
    paid = [line for line in city.facts.read_bytes().splitlines() if b"insurance-paid" in line]
    facts.write_bytes(b"\n".join(paid[:10]) + b"\n")
    assert loaded("ingest", facts, "--json", "--data", tmp_path / "data", forbidden=(*_FOR_SERVERS, *_FOR_FEW)) == []


def test_a_server_of_one_machine_loads_no_client_of_a_broker_or_of_postgresql(tmp_path: Path) -> None:
    forbidden = ("aiokafka", "faust", "psycopg", "pyarrow")
    command = [sys.executable, "-c", _SERVED, json.dumps(forbidden), str(tmp_path / "data")]
    ended = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    assert json.loads(ended.stdout.splitlines()[-1]) == []
