"""As long as nobody has decided on a source, whoever owns the data folder registers sources by using them."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.builders import a_message, a_payment, a_registration
from tests.infra.command_line.conftest import Run, answer

BUREAU, OTHER = "urn:example:bureau", "urn:example:other"


def a_file(folder: Path, *messages: dict[str, Any]) -> Path:
    file = folder / "facts.ndjson"
    file.write_text("\n".join(json.dumps(message, ensure_ascii=False) for message in messages), encoding="utf-8")
    return file


def decide_on(run: Run, source: str, data: Path) -> None:
    answer(run("source", "add", source, "--types", "*", "--areas", "*", "--owner", "社保局", "--data", data, "--json"))


def grants(run: Run, data: Path) -> dict[str, tuple[list[str], bool]]:
    """Types of each source, and whether its first use granted them."""
    listed = answer(run("source", "list", "--data", data, "--json"))
    return {each["source"]: (each["types"], each["first_use"]) for each in listed}


def test_the_first_file_of_a_folder_registers_its_sources_with_what_they_said_and_says_so(
    run: Run, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    told = run("ingest", a_file(tmp_path, a_message(a_payment(), source=BUREAU, id="p")), "--data", data)
    assert (told.exit_code, told.stdout) == (0, "1 accepted, 0 duplicates, 0 rejected\n")
    assert f"registered {BUREAU} for insurance-paid" in told.stderr
    assert "nobody has decided on a source here yet" in told.stderr
    more = a_file(
        tmp_path,
        a_message(a_registration(), source=BUREAU, id="r"),
        a_message(a_payment(), source=OTHER, id="p"),
    )
    assert answer(run("ingest", more, "--data", data, "--json"))["registered"] == {
        BUREAU: ["registration-recorded"],
        OTHER: ["insurance-paid"],
    }
    assert grants(run, data) == {
        BUREAU: (["registration-recorded", "insurance-paid"], True),
        OTHER: (["insurance-paid"], True),
    }


def test_the_first_decision_on_a_source_ends_that_and_leaves_what_was_granted(run: Run, tmp_path: Path) -> None:
    data = tmp_path / "data"
    answer(run("ingest", a_file(tmp_path, a_message(a_payment(), source=BUREAU, id="1")), "--data", data, "--json"))
    decide_on(run, "urn:example:decided", data)
    both = a_file(tmp_path, a_message(a_payment(), source=BUREAU, id="2"), a_message(a_payment(), source=OTHER, id="3"))
    told = answer(run("ingest", both, "--data", data, "--json"), exit_code=3)
    assert (told["accepted"], told["rejected"]) == (1, 1)
    assert set(grants(run, data)) == {BUREAU, "urn:example:decided"}


@pytest.mark.parametrize("decision", ["register", "add", "end"])
def test_each_way_to_decide_on_a_source_that_was_used_first_is_a_decision(
    run: Run, tmp_path: Path, decision: str
) -> None:
    data, file = tmp_path / "data", a_file(tmp_path, a_message(a_payment(), source=BUREAU, id="1"))
    answer(run("ingest", file, "--data", data, "--json"))
    match decision:
        case "register":
            answer(run("ingest", file, "--register", "--data", data, "--json"))
        case "add":
            decide_on(run, BUREAU, data)
        case "end":
            answer(run("source", "end", BUREAU, "--reason", "停用", "--data", data, "--json"))
    other = a_file(tmp_path, a_message(a_payment(), source=OTHER, id="2"))
    assert answer(run("ingest", other, "--data", data, "--json"), exit_code=3)["accepted"] == 0


def test_a_token_for_a_source_is_its_first_use_until_somebody_decides(run: Run, tmp_path: Path) -> None:
    token = ("token", "--role", "source", "--data", tmp_path, "--source")
    issued = run(*token, BUREAU)
    assert (issued.exit_code, len(issued.stdout.split())) == (0, 1)
    assert f"registered {BUREAU}" in issued.stderr
    assert grants(run, tmp_path) == {BUREAU: (["*"], True)}
    assert run(*token, BUREAU).stderr == ""
    decide_on(run, "urn:example:decided", tmp_path)
    refused = run(*token, OTHER)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert f"tender-monitor source add {OTHER}" in refused.stderr
    assert run(*token, BUREAU).exit_code == 0


@pytest.mark.parametrize("said", ["440106198501010015", "诸葛青云"])
def test_nobody_gets_into_the_registry_by_a_first_use(run: Run, tmp_path: Path, said: str) -> None:
    data, message = tmp_path / "data", a_message(a_payment(), source=f"urn:bureau:{said}", id="1")
    message["data"]["person"] = {"name": "诸葛青云", "id_number": "440106198501010015"}
    told = answer(run("ingest", a_file(tmp_path, message), "--data", data, "--json"), exit_code=3)
    assert (told["rejected"], grants(run, data)) == (1, {})
