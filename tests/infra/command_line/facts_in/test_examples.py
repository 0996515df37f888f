"""The examples in ``docs/examples`` do what README says of them."""

import json
from pathlib import Path

from tests.infra.command_line.conftest import Run, answer

EXAMPLES = Path(__file__).parents[4] / "docs" / "examples"


def test_the_example_opening_ends_in_clues_about_one_lead(run: Run, tmp_path: Path) -> None:
    """The payer of one lead is an agent; the other lead is insured by the bidder."""
    data = ("--data", tmp_path, "--json")
    run("ingest", EXAMPLES / "insurance.csv", "--mapping", EXAMPLES / "insurance.toml", *data)
    assert answer(run("ingest", EXAMPLES / "opening.ndjson", *data))["accepted"] == 3
    clues = answer(run("clues", *data))
    assert {(clue["rule"], clue["bidder"]["name"]) for clue in clues} == {
        ("E101", "佛山样例市政工程有限公司"),
        ("E102", "佛山样例市政工程有限公司"),
    }


def test_the_example_answer_of_a_bureau_is_recorded(run: Run, tmp_path: Path) -> None:
    """And it stands word by word in the pages about importing."""
    asked = run("ingest", EXAMPLES / "insurance-stated.ndjson", "--data", tmp_path, "--json")
    assert answer(asked)["accepted"] == 1
    message = json.loads((EXAMPLES / "insurance-stated.ndjson").read_text(encoding="utf-8"))
    for page in (EXAMPLES.parent / "importing.md", EXAMPLES.parent / "zh" / "importing.md"):
        shown = page.read_text(encoding="utf-8").partition('{"specversion"')[2].partition("\n\n")[0]
        assert json.loads(f'{{"specversion"{shown}') == message
