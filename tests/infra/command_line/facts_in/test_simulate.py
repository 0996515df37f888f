"""``simulate``: a city on disk."""

import re
from pathlib import Path

import pytest

from tests.infra.command_line.conftest import Run, answer


def test_the_same_seed_writes_the_same_bytes(run: Run, tmp_path: Path) -> None:
    options = ("--seed", 3, "--people", 150, "--months", 8, "--lots", 4, "--json")
    told = answer(run("simulate", *options, "--out", tmp_path / "one"))
    answer(run("simulate", *options, "--out", tmp_path / "two"))
    for name in ("facts.ndjson", "truth.json", "city.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert told["facts"] == len((tmp_path / "one" / "facts.ndjson").read_bytes().splitlines())


@pytest.mark.parametrize("option", ["people", "months", "lots"])
def test_the_fewest_that_help_names_make_a_city_and_one_less_is_refused(run: Run, tmp_path: Path, option: str) -> None:
    fewest = {"people": 600, "months": 8, "lots": 2, option: int(_fewest(run, option))}
    options = [each for name, number in fewest.items() for each in (f"--{name}", number)]
    assert answer(run("simulate", *options, "--out", tmp_path, "--json"))["facts"]
    refused = run("simulate", f"--{option}", fewest[option] - 1, "--out", tmp_path)
    assert refused.exit_code == 2
    assert f"--{option}" in refused.stderr


def _fewest(run: Run, option: str) -> str:
    told = "".join(run("simulate", "--help", terminal_width=1_000).stdout.split())
    found = re.search(rf"--{option}INTEGERRANGE[^-]*?x>=(\d+)\]", told)
    assert found
    return found[1]


def test_a_city_that_cannot_be_is_a_usage_error(run: Run, tmp_path: Path) -> None:
    """More leads are named in so many bids than people live there."""
    assert run("simulate", "--people", 100, "--lots", 500, "--out", tmp_path).exit_code == 2
