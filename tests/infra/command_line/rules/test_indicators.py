"""``indicators``: over files, over the ledger, beside labels; in the shape Cardinal has."""

import json
from pathlib import Path

import pytest

from domain.indicators import indicator_rules
from tests.infra.command_line.conftest import RecordedCity, Run, answer

SHARED = Path(__file__).parents[4] / ".." / "shared" / "data"
CARDINAL, OCDS = SHARED / "cardinal", SHARED / "ocds"
CODES = [rule.code for rule in indicator_rules()]
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="the shared data are not here")


def bid(bidder: str, amount: int) -> dict[str, object]:
    return {"status": "valid", "tenderers": [{"id": bidder}], "value": {"amount": amount, "currency": "CNY"}}


@pytest.fixture
def releases(tmp_path: Path) -> Path:
    """A and B bid the same in P."""
    file = tmp_path / "releases.jsonl"
    lines = [{"ocid": "P", "bids": {"details": [bid("A", 7), bid("B", 7)]}}, {"ocid": "Q"}]
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return file


@needs_shared
@pytest.mark.parametrize("code", CODES)
def test_the_published_cases_come_out_with_their_own_settings(run: Run, code: str) -> None:
    settings = CARDINAL / f"{code[1:]}.ini"
    given = ["--settings", settings] if settings.exists() else []
    expected = json.loads((CARDINAL / f"{code[1:]}.expected.json").read_bytes())
    assert answer(run("indicators", CARDINAL / f"{code[1:]}.jsonl", *given, "--json")) == expected


@needs_shared
def test_every_indicator_is_set_beside_the_labels_of_real_auctions(run: Run) -> None:
    given = ("indicators", OCDS / "tsuchiura_ocds.jsonl", "--labels", OCDS / "labels_auction_cartelized.json")
    rows = answer(run(*given, "--json"))["Labels"]
    assert sorted({row["indicator"] for row in rows}) == CODES
    assert {row["base_rate"] for row in rows} == {941 / 1565}
    (single,) = (row for row in rows if row["indicator"] == "R018")
    assert (single["flagged"], single["labelled"]) == (96, 96)
    assert single["precision"] == pytest.approx(62 / 96)
    printed = run(*given).stdout
    assert "64.6%" in printed
    assert "60.1%" in printed


def test_findings_are_explained(run: Run, releases: Path) -> None:
    found = answer(run("indicators", releases, "--findings", "--json"))
    assert [(each["rule"], each["group"], each["flagged"]) for each in found] == [
        ("R028", "OCID", "P"),
        ("R028", "Tenderer", "A"),
        ("R028", "Tenderer", "B"),
    ]
    assert "7.00 CNY" in found[0]["explanation"]["zh"]
    assert "R028 OCID P 1" in run("indicators", releases, "--findings").stdout


def test_a_process_that_comes_twice_is_told(run: Run, releases: Path) -> None:
    result = run("indicators", releases, releases, "--json")
    assert result.exit_code == 3
    assert "2 more of a process already read" in result.stderr
    assert json.loads(result.stdout)["OCID"] == {"P": {"R028": 1.0}}


def test_a_threshold_is_set_on_the_command_line(run: Run, tmp_path: Path) -> None:
    period = {"startDate": "2025-01-01T00:00:00Z", "endDate": "2025-01-11T00:00:00Z"}
    file = tmp_path / "one.jsonl"
    file.write_text(json.dumps({"ocid": "P", "tender": {"tenderPeriod": period}}), encoding="utf-8")
    assert answer(run("indicators", file, "--json")) == {"OCID": {"P": {"R003": 1.0}}}
    assert answer(run("indicators", file, "--json", "--threshold", "R003.fewest_days=10")) == {}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--threshold", "R003.fewest_weeks=1"], "R003 has no threshold fewest_weeks"),
        (["--threshold", "R003.fewest_days=soon"], "needs a whole number"),
        (["--threshold", "E101.x=1"], "there is no rule E101 here"),
    ],
)
def test_what_cannot_be_set_is_a_usage_error(run: Run, releases: Path, given: list[str], said: str) -> None:
    result = run("indicators", releases, *given)
    assert result.exit_code == 2
    assert said in result.stderr


CASE_19 = SHARED.parent / "cases" / "19-cardinal-exclusions"


@pytest.mark.skipif(not CASE_19.exists(), reason="the shared cases are not here")
@pytest.mark.parametrize("code", ["R028", "R036"])
def test_the_published_exclusions_come_out(run: Run, tmp_path: Path, code: str) -> None:
    settings = tmp_path / "settings.ini"
    settings.write_text((CASE_19 / "s1.ini").read_text().replace("R028", code))
    expected = json.loads((CASE_19 / f"{code}.expected").read_bytes())
    assert answer(run("indicators", CASE_19 / f"{code}.jsonl", "--settings", settings, "--json")) == expected


def pairs(file: Path, *details: str | None) -> Path:
    """Processes with two bids of one price, two days long; the ocid is the publisher's name of the method."""
    period = {"startDate": "2025-01-01T00:00:00Z", "endDate": "2025-01-03T00:00:00Z"}
    lines = [
        {
            "ocid": each or "unnamed",
            "tender": {"tenderPeriod": period, "procurementMethod": "open", "procurementMethodDetails": each},
            "bids": {"details": [bid("A", 7), bid("B", 7)]},
        }
        for each in details
    ]
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("no_price_comparison_procurement_methods = NPC|Sorteo de Obras\n[R028]", {"R028": "npc unnamed"}),
        ("price_comparison_procurement_methods = NPC\n[R028]", {"R028": "NPC"}),
        ("[exclusions]\nprocurement_method_details = NPC|npc|\n[R028]", {"R028": "Sorteo de Obras unnamed"}),
        ("[R003]\nprocurement_methods = limited|direct", {}),
        ("[R003]\nprocurement_methods = selective | open", {"R003": "NPC npc Sorteo de Obras unnamed"}),
        (
            "[R003.procurement_method_details]\nNPC = 2\nSorteo de Obras = 3 # d",
            {"R003": "npc Sorteo de Obras unnamed"},
        ),
        ("[R003]\nthreshold = 2\n\n[R003.procurement_method_details]\n  npc = 3", {"R003": "npc"}),
        ("[defaults]\ncurrency = USD\n[codelists.bid_status]\nqualified = valid\n[R018]\n", {}),
    ],
)
@pytest.mark.parametrize("begins", ["", "\ufeff", "; a comment\n\n"])
def test_settings_say_which_procurement_methods_are_looked_at(
    run: Run, tmp_path: Path, text: str, found: dict[str, str], begins: str
) -> None:
    settings = tmp_path / "settings.ini"
    settings.write_text(begins + text, encoding="utf-8")
    file = pairs(tmp_path / "releases.jsonl", "NPC", "npc", "Sorteo de Obras", None)
    processes = answer(run("indicators", file, "--settings", settings, "--json")).get("OCID", {})
    assert {code for each in processes.values() for code in each} == set(found)
    assert all(" ".join(processes) == keys for keys in found.values())


@pytest.mark.parametrize(
    "text",
    [
        "[R099]\n",
        "[R003]\nmood = bad\n",
        "[R003]\nthreshold = soon\n",
        "[R003]\nThreshold = 3\n",
        "[r003]\n",
        "[R018]\nprocurement_method_details = x\n",
        "[R028]\nprocurement_methods = open\n",
        "[exclusions]\nprocurement_methods = open\n",
        "[R003.procurement_method_details]\nx = soon\n",
        "[R003.procurement_method_details]\nx = -1\n",
        "prices = x\n",
        "Currency = USD\n",
        "[R0",
    ],
)
def test_settings_without_a_counterpart_are_refused(run: Run, releases: Path, tmp_path: Path, text: str) -> None:
    settings = tmp_path / "settings.ini"
    settings.write_text(text, encoding="utf-8")
    assert run("indicators", releases, "--settings", settings).exit_code == 2


def test_settings_name_indicators_currency_and_thresholds(run: Run, releases: Path, tmp_path: Path) -> None:
    settings = tmp_path / "settings.ini"
    settings.write_text("; main currency\ncurrency = CNY\n\n[R038]\nthreshold = 0.5 # a half\n", encoding="utf-8")
    assert answer(run("indicators", releases, "--settings", settings, "--json")) == {}


def test_without_files_the_lots_recorded_are_looked_at(run: Run, city: RecordedCity) -> None:
    result = run("indicators", "--data", city.data)
    assert result.exit_code == 0
    assert "processes, amounts in CNY" in result.stdout
