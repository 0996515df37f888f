"""Divisions: the table, abolished and new ones, and codes that no table has."""

import csv
from pathlib import Path

import pytest

from domain import divisions as table
from domain.divisions import add_divisions, all_divisions, divisions, is_known, place_name
from domain.employers import parse
from domain.identifiers import check_jurisdiction

SHARED = Path(__file__).parents[3] / "shared" / "data" / "divisions"


def test_all_provinces_cities_and_counties_are_known() -> None:
    lengths = [len(code) for code in divisions()]
    assert lengths.count(2) == 34
    assert lengths.count(4) >= 342
    assert lengths.count(6) >= 2978


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("653228", "新疆维吾尔自治区和田地区和康县"),
        ("653229", "新疆维吾尔自治区和田地区和安县"),
        ("133100", "河北省河北雄安新区"),
        ("460302", "海南省三沙市西沙区"),
        ("460303", "海南省三沙市南沙区"),
        ("659012", "新疆维吾尔自治区自治区直辖县级行政区划白杨市"),
        ("330113", "浙江省杭州市临平区"),
    ],
)
def test_a_new_division_has_its_name(code: str, name: str) -> None:
    assert check_jurisdiction(code) == code
    assert place_name(code) == name


@pytest.mark.parametrize(
    ("code", "name", "until"), [("330103", "下城区", 2021), ("110103", "崇文区", 2010), ("3712", "莱芜市", 2018)]
)
def test_an_abolished_division_keeps_its_name_and_has_its_year(code: str, name: str, until: int) -> None:
    assert check_jurisdiction(code) == code
    assert (all_divisions()[code].name, all_divisions()[code].until) == (name, until)
    assert place_name(code).endswith(name)


def test_a_code_that_no_table_has_is_kept_and_lies_in_its_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "_added", {})
    for code in ("440199", "653299", "4499"):
        assert check_jurisdiction(code) == code
        assert not is_known(code)
    assert place_name("653299") == "新疆维吾尔自治区和田地区653299"
    assert place_name("449999") == "广东省449999"


def test_a_setting_names_what_the_table_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "_added", {})
    add_divisions({"653299": "新和县", "6598": "新区"})
    assert place_name("653299") == "新疆维吾尔自治区和田地区新和县"
    assert is_known("659800")
    assert not is_known("653298")


def test_names_of_long_abolished_divisions_are_no_regions_of_firms() -> None:
    """A firm called 下城 need not come from a district that is gone; 临平 is a place today."""
    gone, there = parse("崇文建设有限公司").likely, parse("杭州市临平区华兴建设有限公司").likely
    assert gone is not None
    assert there is not None
    assert (gone.region, there.region) == (frozenset(), frozenset({"330113"}))


def test_every_division_of_the_public_list_is_in_the_table() -> None:
    if not SHARED.exists():
        pytest.skip(f"the public list of divisions is not here: {SHARED}")
    public = {
        row["code"]: row["name"]
        for name in ("provinces", "cities", "areas")
        for row in csv.DictReader((SHARED / f"{name}.csv").read_text(encoding="utf-8").splitlines())
    }
    assert public.items() <= {code: each.name for code, each in all_divisions().items()}.items()
