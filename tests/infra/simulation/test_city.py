"""The synthetic city: repeatable, valid at the door, and as messy as promised."""

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from chinese_calendar import is_workday

from domain.facts.attendance import AttendanceRecorded
from domain.facts.bidding import BidOpened
from domain.identifiers import check_resident_id, check_uscc
from infra.simulation import City, CityImpossible, simulate
from infra.simulation.deliveries import UNEVEN
from infra.simulation.rejects import rejects
from infra.simulation.tenders import DISTRICTS, SYNTHETIC
from tests.infra.simulation.folding import errors_of, person_id, read

SMALL: dict[str, Any] = {"people": 500, "months": 8, "lots": 20}


@pytest.fixture(scope="module")
def city() -> City:
    return City(seed=7, **SMALL)


@pytest.fixture(scope="module")
def lines(city: City) -> list[bytes]:
    return list(city.messages())


def test_the_same_seed_gives_the_same_files_and_another_seed_does_not(tmp_path: Path) -> None:
    for folder, seed in (("one", 1), ("two", 1), ("three", 2)):
        simulate(seed, 200, 6, 5, None, tmp_path / folder, rejects=True)
    names = {path.name for path in (tmp_path / "one").iterdir()}
    assert names == {"facts.ndjson", "truth.json", "city.json", "rejects.ndjson", "rejects.json"}
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert (tmp_path / "one" / "facts.ndjson").read_bytes() != (tmp_path / "three" / "facts.ndjson").read_bytes()


def test_another_process_with_another_hash_seed_gives_the_same_bytes() -> None:
    program = (
        "from hashlib import sha256; from infra.simulation import City; "
        "print(sha256(b'\\n'.join(City(seed=3, people=200, months=6, lots=8).messages())).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[3],
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_iterating_again_gives_the_same_lines(city: City, lines: list[bytes]) -> None:
    assert list(city.messages()) == lines


def test_every_line_is_taken_at_the_door(lines: list[bytes]) -> None:
    assert [error for line in lines for error in errors_of(line)] == []


def test_every_id_number_and_credit_code_is_valid_and_no_id_number_is_given_twice(city: City) -> None:
    numbers = [person.id_number for person in city.people]
    assert [check_resident_id(number) for number in numbers] == numbers
    assert len(set(numbers)) == SMALL["people"]
    for firm in (*city.firms.employers(), *city.firms.agents, *city.firms.tenderers):
        assert check_uscc(firm.uscc) == firm.uscc
    for firm in city.firms.moved:
        assert check_uscc(firm.former_code or "")[8:17] == firm.uscc[8:17]


def test_everybody_is_an_adult(city: City) -> None:
    born = [datetime.strptime(f"{person.id_number[6:14]}+0800", "%Y%m%d%z").date() for person in city.people]
    assert max(born) < date(2026, 6, 30).replace(year=2026 - 18)


def test_lots_are_in_guangzhou_or_a_place_of_uneven_deliveries_and_say_that_they_are_synthetic(
    lines: list[bytes],
) -> None:
    openings = [fact for line in lines if isinstance((fact := read(line)).data, BidOpened)]
    assert {fact.data.jurisdiction for fact in openings} <= DISTRICTS.keys() | UNEVEN.keys()  # type: ignore[attr-defined]
    assert all(fact.data.title.startswith(SYNTHETIC) for fact in openings)  # type: ignore[attr-defined]
    assert all(b'"source":"urn:example:synthetic-city:' in line for line in lines)


def test_every_due_date_has_passed_at_the_end(city: City) -> None:
    assert max(lot.opened_on for lot in city.lots) < date(2026, 6, 1)
    assert min(lot.opened_on for lot in city.lots) >= date(2026, 2, 1)


def test_lots_have_two_to_seven_bidders_and_no_lead_twice(city: City) -> None:
    for lot in city.lots:
        assert 2 <= len(lot.bids) <= 7
        assert len({bid.bidder.uscc for bid in lot.bids}) == len(lot.bids)
        assert len({bid.lead.id_number for bid in lot.bids}) == len(lot.bids)


def test_check_ins_are_on_official_working_days(lines: list[bytes]) -> None:
    days = {fact.data.checked_at.date() for line in lines if isinstance((fact := read(line)).data, AttendanceRecorded)}
    assert len(days) > 100
    assert all(is_workday(day) for day in days)


def test_lines_come_roughly_in_order_of_arrival_and_some_happened_long_before(city: City) -> None:
    arrivals = [sent.arrival for sent in city.sent()]
    assert arrivals == sorted(arrivals)
    late = [sent for sent in city.sent() if (sent.arrival - _happened(sent.line)).days > 30]
    assert 0.01 < len(late) / len(arrivals) < 0.6


def test_some_lines_come_twice_and_are_the_same_to_the_byte(lines: list[bytes]) -> None:
    counted = Counter(_identity(line) for line in lines)
    assert 0 < sum(count - 1 for count in counted.values()) < 0.02 * len(lines)
    assert len(set(lines)) == len(counted)


def test_some_corrections_arrive_before_what_they_correct() -> None:
    lines = list(City(seed=5, people=1_500, months=8, lots=150).messages())
    first = {identity: place for place, identity in reversed(list(enumerate(map(_identity, lines))))}
    corrections = [json.loads(line) for line in lines if b"fact-corrected.v1" in line]
    retracted = [
        (first[message["source"], message["id"]], first[(wrong := message["data"]["retracts"])["source"], wrong["id"]])
        for message in corrections
    ]
    assert any(correction < fact for correction, fact in retracted)
    assert any(correction > fact for correction, fact in retracted)


def test_a_tiny_city_has_clues_of_several_rules_for_the_demonstration(city: City) -> None:
    clues = city.truth()["clues"]
    assert len(clues) >= 8
    assert len({clue["rule"] for clue in clues}) >= 4


def test_the_summary_counts_what_was_written(tmp_path: Path) -> None:
    summary = simulate(4, 200, 6, 6, date(2025, 12, 31), tmp_path)
    facts = summary.facts_file.read_bytes().splitlines()
    assert summary.facts == len(facts) == sum(summary.by_kind.values())
    assert summary.clues == len(json.loads(summary.truth_file.read_bytes())["clues"])
    assert json.loads(summary.city_file.read_bytes())["synthetic"] is True
    assert summary.rejects_file is None


@pytest.mark.parametrize("reject", rejects(City(seed=7, **SMALL))[:-1], ids=lambda reject: reject.why)
def test_lines_made_to_be_rejected_are_rejected_for_the_reason_given(reject: Any) -> None:
    assert errors_of(reject.line) == [(reject.field, reject.code)]


@pytest.mark.parametrize(
    "wrong",
    [{"months": 5}, {"people": 50}, {"lots": 0}, {"people": 100, "lots": 200}, {"until": date(2040, 6, 30)}],
    ids=str,
)
def test_a_city_too_small_for_its_lots_or_beyond_the_calendar_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(CityImpossible):
        City(**({"seed": 1, "until": None} | SMALL | wrong))


def test_truth_names_people_of_the_city(city: City) -> None:
    known = {person_id(f"rid:v1:{person.id_number}") for person in city.people}
    numbers = {number for clue in city.truth()["clues"] if (number := clue["person_id_number"])}
    assert numbers
    assert {person_id(f"rid:v1:{number}") for number in numbers} <= known


def _happened(line: bytes) -> datetime:
    return datetime.fromisoformat(json.loads(line)["time"]).replace(tzinfo=None)


def _identity(line: bytes) -> tuple[str, str]:
    message = json.loads(line)
    return message["source"], message["id"]
