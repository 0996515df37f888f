"""``simulate``: a city on disk."""

from pathlib import Path

from tests.infra.command_line.conftest import Run, answer


def test_the_same_seed_writes_the_same_bytes(run: Run, tmp_path: Path) -> None:
    options = ("--seed", 3, "--people", 150, "--months", 8, "--lots", 4, "--json")
    told = answer(run("simulate", *options, "--out", tmp_path / "one"))
    answer(run("simulate", *options, "--out", tmp_path / "two"))
    for name in ("facts.ndjson", "truth.json", "city.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert told["facts"] == len((tmp_path / "one" / "facts.ndjson").read_bytes().splitlines())


def test_a_city_that_cannot_be_is_a_usage_error(run: Run, tmp_path: Path) -> None:
    assert run("simulate", "--people", 3, "--out", tmp_path).exit_code == 2
