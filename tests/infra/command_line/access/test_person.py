"""``person erase``: a pseudonym nobody can resolve any more."""

import sqlite3
from contextlib import closing
from pathlib import Path
from shutil import copytree

from infra.settings import Settings
from tests.builders import a_payment
from tests.infra.command_line.conftest import RecordedCity, Run, answer
from tests.monitor import Monitor, said
from tests.outsized import a_person


def test_an_erased_person_keeps_clues_and_loses_the_name(run: Run, city: RecordedCity, tmp_path: Path) -> None:
    data = copytree(city.data, tmp_path / "data")
    clue = answer(run("clues", "--limit", 1, "--data", data, "--json"))[0]
    assert answer(run("person", "erase", clue["person_id"], "--yes", "--data", data, "--json"))["erased"] >= 1
    after = answer(run("clues", "--limit", 1, "--data", data, "--json"))[0]
    assert clue["person_masked"] != after["person_masked"]
    assert after == {**clue, "person_masked": after["person_masked"]}
    assert run("person", "erase", clue["person_id"], "--yes", "--data", data).exit_code == 1


def test_an_erasure_is_on_record_and_the_record_stays_whole(run: Run, tmp_path: Path) -> None:
    monitor = Monitor(Settings(data=tmp_path / "data"))
    named = said(a_payment(), "named")
    monitor.send({**named, "data": {**named["data"], "person": a_person(1)}})
    monitor.close()
    person_id = _only_person(tmp_path / "data")
    run("person", "erase", person_id, "--yes", "--data", tmp_path / "data")
    again = Monitor(Settings(data=tmp_path / "data"))
    (erased,) = [fact for fact in again.facts() if fact["type"] == "tender-integrity.identity-erased.v1"]
    assert erased["data"]["person"] == {"person_id": person_id}
    assert (erased["data"]["role"], erased["data"]["erased_by"].endswith("(command line)")) == ("operator", True)
    again.close()
    assert answer(run("audit", "--data", tmp_path / "data", "--json"))["whole"]
    assert run("person", "erase", person_id, "--yes", "--data", tmp_path / "data").exit_code == 1


def _only_person(data: Path) -> str:
    with closing(sqlite3.connect(data / "ledger.db")) as database:
        (person_id,) = database.execute("SELECT person_id FROM identities").fetchone()
    return str(person_id)


def test_erasing_asks_first(run: Run, city: RecordedCity) -> None:
    assert run("person", "erase", "a" * 64, "--data", city.data, input="n\n").exit_code == 1
