"""``spotcheck draw`` writes a file that anybody can check, and ``spotcheck verify`` names what was changed."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from infra.command_line.proof.spotcheck import spotcheck
from infra.transparency.notes import Signer

VERIFIER = Path(__file__).parents[4] / "docs" / "verifier" / "verify_draw.py"
SIGNER = Signer("log.example", bytes(32))
CHECKPOINT = str(SIGNER.signed(f"log.example\n7\n{'q' * 42}o=\n"))
CANDIDATES = "subject,weight\n91440101A,5\n91440101B,\n91440101C,2\n"
INSPECTORS = "inspector,recused\n执法01,91440101A；91440101B\n执法02,\n执法03,\n"


@pytest.fixture
def drawn(tmp_path: Path) -> Path:
    """The file of a draw."""
    for name, text in (("candidates", CANDIDATES), ("inspectors", INSPECTORS), ("checkpoint", CHECKPOINT)):
        (tmp_path / name).write_text(text, encoding="utf-8-sig" if name != "checkpoint" else "utf-8")
    done = run(
        "draw", tmp_path / "candidates", tmp_path / "inspectors", "--checkpoint", tmp_path / "checkpoint", "--size", 2
    )
    assert done[0] == 0, done[1]
    (tmp_path / "draw.json").write_text(done[1], encoding="utf-8")
    return tmp_path / "draw.json"


def run(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(spotcheck, [str(argument) for argument in arguments])
    return done.exit_code, done.stdout


def verified(file: Path, *more: str) -> dict[str, str]:
    _, said = run("verify", file, "--json", *more)
    return {check["check"]: check["result"] for check in json.loads(said)}


def test_a_draw_is_found_right_by_the_command_and_by_the_program_for_outsiders(drawn: Path) -> None:
    assert verified(drawn, "--key", str(SIGNER.verifier)) == dict.fromkeys(
        ("checkpoint", "lists", "seed", "assignments"), "ok"
    )
    assert run("verify", drawn)[0] == 0
    assert subprocess.run([sys.executable, VERIFIER, drawn], check=False).returncode == 0


def test_a_draw_states_weights_and_recusals(drawn: Path) -> None:
    told = json.loads(drawn.read_text(encoding="utf-8"))
    assert told["lists"]["candidates"] == [["91440101A", 5], ["91440101B", 1], ["91440101C", 2]]
    for assignment in told["assignments"]:
        recused = assignment["subject"] != "91440101C"
        assert assignment["recused"] == (["执法01"] if recused else [])


def _weight(told: dict[str, Any]) -> None:
    told["lists"]["candidates"][0][1] = 50


def _left_out(told: dict[str, Any]) -> None:
    del told["lists"]["candidates"][1]


def _seed(told: dict[str, Any]) -> None:
    told["seed"] = "0" * 64


def _subject(told: dict[str, Any]) -> None:
    told["assignments"][0]["subject"] = "91440101X"


def _turned(told: dict[str, Any]) -> None:
    told["lists"]["candidates"].reverse()


def _checkpoint(told: dict[str, Any]) -> None:
    told["checkpoint"] = told["checkpoint"].replace("\n7\n", "\n8\n")


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (_weight, "lists"),
        (_left_out, "lists"),
        (_turned, "lists"),
        (_seed, "seed"),
        (_subject, "assignments"),
        (_checkpoint, "seed"),
    ],
)
def test_what_was_changed_afterwards_is_named_and_refused(
    drawn: Path, change: Callable[[dict[str, Any]], None], wrong: str
) -> None:
    told = json.loads(drawn.read_text(encoding="utf-8"))
    change(told)
    drawn.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    assert verified(drawn)[wrong] == "wrong"
    assert run("verify", drawn)[0] == 1
    assert subprocess.run([sys.executable, VERIFIER, drawn], check=False).returncode == 1


def test_a_checkpoint_that_the_log_did_not_sign_is_refused(drawn: Path) -> None:
    other = Signer("log.example", bytes([1] * 32))
    assert verified(drawn, "--key", str(other.verifier))["checkpoint"] == "wrong"


def test_a_file_that_is_no_draw_is_a_usage_error(tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    file.write_text("{}")
    done = CliRunner().invoke(spotcheck, ["verify", str(file)])
    assert done.exit_code != 0
    assert "is not as in the file of a draw" in str(done.exception)
