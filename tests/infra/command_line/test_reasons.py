"""Reasons that stay on record hold no number of a person, whatever command they are given to."""

from pathlib import Path

import pytest

from tests.infra.command_line.conftest import Run

COMMANDS = (
    ["cluster", "skip", "tender.in.v1", "0", "1"],
    ["outbox", "retry", "1"],
    ["outbox", "drop", "1"],
    ["source", "end", "urn:example:bureau"],
    ["clock", "confirm"],
)


@pytest.mark.parametrize("command", COMMANDS, ids=[" ".join(command[:2]) for command in COMMANDS])
@pytest.mark.parametrize("number", ["110101199003070011", "1101 0119 9003 0700 11", "手机13812345678"])
def test_a_reason_with_a_number_of_a_person_is_refused_and_not_repeated(
    run: Run, tmp_path: Path, command: list[str], number: str
) -> None:
    refused = run(*command, "--reason", f"wrong record of {number}", "--data", tmp_path)
    assert refused.exit_code == 2
    assert "--reason" in refused.stderr
    assert number not in refused.output
    assert list(tmp_path.iterdir()) == []
