"""Names taken apart."""

import pytest

from domain.employers.lexicon import agent_word, industry_start, look_alike
from domain.employers.likeness import homophone, one_edit
from domain.employers.ordinals import take_ordinals
from domain.employers.parse import Form, parse
from domain.employers.regions import leading_region, nested, region_named


@pytest.mark.parametrize(
    ("name", "region", "trade", "industry", "ordinals", "form", "branch"),
    [
        ("广东华兴建设工程有限公司", "44", "华兴", "建设工程", (), Form.LIMITED, ""),
        ("广东省广州市华兴市政股份有限公司", "4401", "华兴", "市政", (), Form.SHARES, ""),
        ("华兴（深圳）设计院有限责任公司", "4403", "华兴", "设计院", (), Form.LIMITED, ""),
        ("中国建筑第八工程局有限公司广州分公司", None, "中国", "建筑工程局", (8,), Form.LIMITED, "广州分公司"),
        ("中铁二局项目部", None, "中铁", "局", (2,), Form.NONE, "项目部"),
        ("广州一建建设集团有限公司", "4401", "建建设", "", (1,), Form.LIMITED, ""),
        ("信永会计师事务所（特殊普通合伙）", None, "信永会计师", "事务所", (), Form.PARTNERSHIP, ""),
        ("广州建筑总公司", "4401", "建筑", "", (), Form.COMPANY, ""),
    ],
)
def test_a_name_has_its_parts(
    name: str, region: str | None, trade: str, industry: str, ordinals: tuple[int, ...], form: Form, branch: str
) -> None:
    reading = parse(name).likely
    assert reading is not None
    assert reading.region == (frozenset({region}) if region else frozenset())
    assert (reading.trade, reading.industry, reading.ordinals) == (trade, industry, ordinals)
    assert (reading.form, reading.branch) == (form, branch)


@pytest.mark.parametrize("name", ["华兴集团有限公司", "华兴（集团）股份有限公司", "华兴建设集团", "华兴集团公司"])
def test_a_group_is_known_by_its_name(name: str) -> None:
    reading = parse(name).likely
    assert reading is not None
    assert reading.group


@pytest.mark.parametrize(
    "name", ["", "有限公司", "（社保）", "甲", "广东华兴有限公司、广州宏图有限公司", "华兴宏图联合体"]
)
def test_nothing_to_read_is_no_reading(name: str) -> None:
    assert parse(name).likely is None


def test_a_trade_name_that_is_also_a_place_has_two_readings() -> None:
    place, trade = parse("大同建设有限公司"), parse("广州建设有限公司")
    assert place.likely is not None
    assert place.alternative is not None
    assert (place.likely.region, place.alternative.trade) == (frozenset({"1402"}), "大同")
    assert trade.alternative is not None
    assert parse("广州市建设有限公司").alternative is None


@pytest.mark.parametrize(
    ("text", "codes", "length"),
    [
        ("广东省广州市番禺区华兴建设", {"440113"}, 9),
        ("广东广州番禺华兴建设", {"440113"}, 6),
        ("河北新华建设", {"13"}, 2),
        ("内蒙古呼和浩特华兴建设", {"1501"}, 7),
        ("恩施土家族苗族自治州华兴建设", {"4228"}, 10),
        ("凉山华兴建设", {"5134"}, 2),
        ("吉林华兴建设", {"22"}, 2),
        ("香港华兴建设", {"81"}, 2),
        ("华兴建设", set(), 0),
        ("广东", set(), 0),
    ],
)
def test_a_name_begins_with_a_chain_of_regions(text: str, codes: set[str], length: int) -> None:
    found = leading_region(text)
    assert (set(found.codes), found.length) == (codes, length)


def test_a_region_holds_its_parts_and_the_country_holds_all() -> None:
    assert nested(region_named("广东"), region_named("广州市"))
    assert nested(region_named("中国"), region_named("广州市"))
    assert not nested(region_named("广东"), region_named("广西"))
    assert not nested(region_named("广东"), region_named("集团"))


@pytest.mark.parametrize(
    ("text", "rest", "ordinals"),
    [
        ("中国建筑第八工程局", "中国建筑工程局", (8,)),
        ("中铁二十一局", "中铁局", (21,)),
        ("中铁十局", "中铁局", (10,)),
        ("第一百零二工程处", "工程处", (102,)),
        ("广东建工三", "广东建工", (3,)),
        ("上海二十冶", "上海冶", (20,)),
        ("南通四建", "南通建", (4,)),
        ("华兴3", "华兴", (3,)),
        ("三建设", "三建设", ()),
        ("四川路桥", "四川路桥", ()),
        ("三一重工", "三一重工", ()),
        ("九州", "九州", ()),
    ],
)
def test_ordinals_are_taken_out_and_counted(text: str, rest: str, ordinals: tuple[int, ...]) -> None:
    assert take_ordinals(text) == (rest, ordinals)


def test_industry_words_are_read_from_the_right_and_leave_a_trade_name() -> None:
    assert industry_start("华兴市政工程", 2) == 2
    assert industry_start("建设工程", 2) == 2
    assert industry_start("建设工程", 0) == 0
    assert industry_start("华兴建没", 2) == 4


def test_agents_homophones_and_look_alikes_are_known() -> None:
    assert agent_word("广州南方人力资源有限公司") == "人力资源"
    assert agent_word("广州建筑劳务有限公司") == ""
    assert homophone("兴", "星")
    assert not homophone("兴", "泰")
    assert look_alike("末", "未")
    assert look_alike("未", "末")
    assert not look_alike("未", "泰")


@pytest.mark.parametrize(
    ("left", "right", "shown"),
    [
        ("华兴", "华星", (1, "兴", "星")),
        ("华兴", "兴华", (0, "华兴", "兴华")),
        ("华兴", "华兴达", (2, "", "达")),
        ("华兴达", "兴达", (0, "华", "")),
    ],
)
def test_one_edit_is_located(left: str, right: str, shown: tuple[int, str, str]) -> None:
    edit = one_edit(left, right)
    assert edit is not None
    assert (edit.position, edit.left, edit.right) == shown


@pytest.mark.parametrize(("left", "right"), [("华兴", "华兴"), ("华兴", "宏达"), ("华兴", ""), ("甲乙丙", "丙乙甲")])
def test_none_or_several_edits_are_no_single_one(left: str, right: str) -> None:
    assert one_edit(left, right) is None


def test_a_doubled_character_is_seen() -> None:
    edit = one_edit("华兴", "华华兴")
    assert edit is not None
    assert edit.doubled
