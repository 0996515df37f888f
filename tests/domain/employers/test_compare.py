"""Two employers compared: realistic pairs, codes, renames, and the laws of the procedure."""

from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from stdnum.cn.uscc import calc_check_digit

from domain.employers import NO_RENAMES, RULE_TEXTS, Outcome, Renames, Row, compare, compare_texts, match_rows, parse
from domain.facts.employers import EmployerRenamed
from domain.facts.fact import Org
from domain.identifiers import organisation_key
from tests.builders import a_firm

unhurried = settings(deadline=None)
"""The first example loads the dictionaries."""

SAME, PROBABLY, RELATED, UNKNOWN, DIFFERENT = (
    Outcome.SAME,
    Outcome.PROBABLY_SAME,
    Outcome.BRANCH_OR_GROUP,
    Outcome.UNKNOWN,
    Outcome.DIFFERENT,
)
HUAXING = "广东华兴建设有限公司"

PAIRS = [
    # Spellings of one name
    ("单位名称：广东华兴建设有限公司", "廣東華興建設有限公司（社保）", SAME, "name_equal"),
    (HUAXING, "广东华兴建设有限公司 91440101MA59A1BC0X", SAME, "name_equal"),
    (HUAXING, "广东华兴建设有限公司（本部）", SAME, "name_equal"),
    (HUAXING, " 广东华兴　建设\u200b有限公司", SAME, "name_equal"),
    ("广东华兴建设（集团）有限公司", "广东华兴建设集团有限公司", SAME, "core_equal"),
    ("广东省华兴建设有限公司", "广东华兴建设有限责任公司", SAME, "core_equal"),
    ("华兴（广州）建设有限公司", "广州华兴建设有限公司", SAME, "core_equal"),
    ("广东省广州市华兴建设有限公司", "广州市华兴建设有限公司", SAME, "core_equal"),
    ("番禺区华兴建设有限公司", "广州市番禺区华兴建设有限公司", SAME, "core_equal"),
    ("番禺恒达建设有限公司", "广州番禺恒达建设有限公司", SAME, "core_equal"),
    ("江苏省第一建筑安装有限公司", "江苏省第1建筑安装有限公司", SAME, "core_equal"),
    # Former names
    ("广东华兴建设有限公司（原广东第二建筑公司）", "广东第二建筑公司", SAME, "alias"),
    ("广东华兴建设有限公司(曾用名：广东宏图建筑有限公司)", "广东宏图建筑有限公司", SAME, "alias"),
    # Ordinals
    ("中国建筑第六工程局有限公司", "中国建筑第八工程局有限公司", DIFFERENT, "ordinals_differ"),
    ("中铁二局集团有限公司", "中铁五局集团有限公司", DIFFERENT, "ordinals_differ"),
    ("中铁十二局集团有限公司", "中铁二十局集团有限公司", DIFFERENT, "ordinals_differ"),
    ("广州一建建设集团有限公司", "广州三建建设集团有限公司", DIFFERENT, "ordinals_differ"),
    ("广东省第一建筑工程有限公司", "广东省第四建筑工程有限公司", DIFFERENT, "ordinals_differ"),
    ("广东省第一建筑工程有限公司", "广东省建筑工程有限公司", DIFFERENT, "ordinals_differ"),
    ("三一建设有限公司", "三二建设有限公司", DIFFERENT, "ordinals_differ"),
    # Regions
    (HUAXING, "广州华兴建设有限公司", PROBABLY, "region_open"),
    ("华兴建设有限公司", HUAXING, PROBABLY, "region_open"),
    ("广东省建筑工程集团有限公司", "广州市建筑工程集团有限公司", PROBABLY, "region_open"),
    ("吉林市华兴建设有限公司", "吉林省华兴建设有限公司", PROBABLY, "region_open"),
    ("大同建设有限公司", "广东大同建设有限公司", PROBABLY, "region_open"),
    ("新兴建设有限公司", "广东新兴建设有限公司", PROBABLY, "region_open"),
    (HUAXING, "广西华兴建设有限公司", DIFFERENT, "regions_clash"),
    ("广州市华兴建设有限公司", "深圳市华兴建设有限公司", DIFFERENT, "regions_clash"),
    ("华兴（上海）建设有限公司", "广州华兴建设有限公司", DIFFERENT, "regions_clash"),
    ("福州恒达建设有限公司", "抚州恒达建设有限公司", DIFFERENT, "regions_clash"),
    # Forms and groups
    (HUAXING, "广东华兴建设股份有限公司", PROBABLY, "form_differs"),
    (HUAXING, "广东华兴建设集团有限公司", UNKNOWN, "group_on_one_side"),
    ("中国建筑股份有限公司", "中国建筑第八工程局有限公司", RELATED, "group_member"),
    ("中国交通建设集团有限公司", "中国交通建设集团第四航务工程局有限公司", RELATED, "group_member"),
    ("华兴集团有限公司", "华兴建设有限公司", RELATED, "group_member"),
    ("华兴集团有限公司", "华兴达建设有限公司", DIFFERENT, "names_differ"),
    # Branches
    (HUAXING, "广东华兴建设有限公司广州分公司", RELATED, "branch"),
    ("广东华兴建设有限公司深圳分公司", "广东华兴建设有限公司广州分公司", RELATED, "branch"),
    (HUAXING, "广东华兴建设有限公司南沙项目部", RELATED, "branch"),
    ("广东华兴建设有限责任公司", "广东华兴建设有限公司驻京办事处", RELATED, "branch"),
    ("中铁二局", "中铁二局广州项目部", RELATED, "branch"),
    ("广东华兴建设有限公司（广州市分公司）", "广东华兴建设有限公司广州分公司", SAME, "name_equal"),
    ("广东华星建设有限公司", "广东华兴建设有限公司广州分公司", RELATED, "branch"),
    (HUAXING, "广东宏业建设有限公司广州分公司", DIFFERENT, "branch_of_another"),
    ("广东华泰建设有限公司广州分公司", "广东华兴建设有限公司广州分公司", DIFFERENT, "names_differ"),
    # Agents
    (HUAXING, "广州南方人力资源有限公司", UNKNOWN, "agent"),
    (HUAXING, "广东智联劳务派遣有限公司", UNKNOWN, "agent"),
    (HUAXING, "广州市对外服务有限公司", UNKNOWN, "agent"),
    ("广州南方人力资源有限公司", "广州北方劳务派遣有限公司", DIFFERENT, "names_differ"),
    (HUAXING, "广东华茂建筑劳务有限公司", DIFFERENT, "names_differ"),
    # Lost characters: they accuse nobody, and what can be read decides
    ("广州垚盛建设有限公司", "广州?盛建设有限公司", UNKNOWN, "character_lost"),
    ("广州宏垚盛建设有限公司", "广州宏□盛建设有限公司", PROBABLY, "character_lost"),
    ("广州宏垚盛建设有限公司", "广州宏??盛建设有限公司", PROBABLY, "character_lost"),
    ("广州宏垚盛建设有限公司", "广州宏盛建设有限公司", PROBABLY, "character_lost"),
    ("广州宏垚盛建设有限公司", "宏〓盛建设有限公司", PROBABLY, "character_lost"),
    ("广州宏?盛建设有限公司", "广州宏?盛建设有限公司", PROBABLY, "character_lost"),
    ("广州宏垚盛建设有限公司", "深圳宏?盛建设有限公司", DIFFERENT, "regions_clash"),
    ("广州宏垚盛建设有限公司", "广州泰?盛建设有限公司", DIFFERENT, "names_differ"),
    ("广州宏垚盛第一建设有限公司", "广州宏?盛第二建设有限公司", DIFFERENT, "ordinals_differ"),
    ("广州宏垚盛建设有限公司", "广州宏?盛建设有限公司深圳分公司", RELATED, "branch"),
    ("广州垚盛建设有限公司", "广州&#22426;盛建设有限公司", SAME, "name_equal"),
    ("广州宏垚盛建设有限公司", "广?宏垚盛建设有限公司", PROBABLY, "character_lost"),
    ("宏垚盛建设有限公司", "广?宏垚盛建设有限公司", PROBABLY, "character_lost"),
    ("广州宏垚盛建设有限公司", "广州宏垚盛建设有?公司", PROBABLY, "character_lost"),
    ("广州宏垚盛建设有限公司", "广州宏垚盛?设有限公司", PROBABLY, "character_lost"),
    ("广州宏垚盛建设有限公司", "广州宏垚盛建设有限公司?", PROBABLY, "character_lost"),
    ("广州宏垚盛建设有限公司", "广州***建设有限公司", UNKNOWN, "character_lost"),
    ("广州犇龘盛建设有限公司", "广州盛建设有限公司", UNKNOWN, "character_lost"),
    ("中国建筑第六工程局有限公司", "中国建筑第?工程局有限公司", UNKNOWN, "character_lost"),
    ("广州南方人力资?有限公司", HUAXING, UNKNOWN, "agent"),
    ("广州南方劳?派遣有限公司", HUAXING, UNKNOWN, "agent"),
    ("广东?建设有限公司", HUAXING, UNKNOWN, "character_lost"),
    ("广东?建筑有限公司", HUAXING, DIFFERENT, "names_differ"),
    # Slips
    (HUAXING, "广东华星建设有限公司", PROBABLY, "homophone"),
    ("广东宏达建设有限公司", "广东弘达建设有限公司", PROBABLY, "homophone"),
    ("广东未来建设有限公司", "广东末来建设有限公司", PROBABLY, "look_alike"),
    (HUAXING, "广东华兴建没有限公司", PROBABLY, "look_alike"),
    (HUAXING, "广东华兴建友有限公司", PROBABLY, "industry_slip"),
    ("广东华兴建设工程有限公司", "广东华兴建设工工程有限公司", PROBABLY, "doubled_character"),
    (HUAXING, "广东华华兴建设有限公司", PROBABLY, "doubled_character"),
    ("广东恒信达建设有限公司", "广东信恒达建设有限公司", PROBABLY, "characters_swapped"),
    (HUAXING, "广东兴华建设有限公司", UNKNOWN, "trade_swapped"),
    (HUAXING, "广东华兴达建设有限公司", UNKNOWN, "trade_extended"),
    (HUAXING, "广东华星建设集团有限公司", UNKNOWN, "homophone"),
    # Other firms
    (HUAXING, "广东华泰建设有限公司", DIFFERENT, "names_differ"),
    (HUAXING, "广东华兴建筑有限公司", DIFFERENT, "industries_differ"),
    ("广东华兴检测有限公司", "广东华兴监测有限公司", DIFFERENT, "industries_differ"),
    (HUAXING, "广东华兴建设工程有限公司", DIFFERENT, "names_differ"),
    ("广州市建筑设计院", "广州市建筑设计研究院", DIFFERENT, "names_differ"),
    ("四川华西建设有限公司", "四川华东建设有限公司", DIFFERENT, "names_differ"),
    # Nothing to compare
    ("", HUAXING, UNKNOWN, "no_name"),
    ("有限公司", HUAXING, UNKNOWN, "no_name"),
    # Consortia: their leader, another member, somebody else
    ("广东华兴建设有限公司、广州宏图设计有限公司联合体", HUAXING, SAME, "name_equal"),
    ("牵头人：广东华兴建设有限公司，成员：广州宏图设计有限公司", HUAXING, SAME, "name_equal"),
    ("广东华兴建设有限公司（联合体牵头人）、广州宏图设计有限公司（联合体成员）", HUAXING, SAME, "name_equal"),
    ("广州宏图设计有限公司（主）、广东华兴建设有限公司（成）", HUAXING, RELATED, "consortium_member"),
    ("广东省建筑设计研究院与广东华兴建设有限公司联合体", HUAXING, RELATED, "consortium_member"),
    ("广州宏图设计有限公司及广东华兴建设有限公司组成的联合体", "广东华星建设有限公司", RELATED, "consortium_member"),
    ("广州宏图设计有限公司、广东华兴建设有限公司联合体", "深圳泰和装饰有限公司", DIFFERENT, "regions_clash"),
    ("广州宏图设计有限公司、广东华兴建设有限公司联合体", "广州宏图设计有限公司/深圳泰和有限公司", SAME, "name_equal"),
]


@pytest.mark.parametrize(("left", "right", "outcome", "rule"), PAIRS)
def test_a_realistic_pair_is_told_apart_or_together(left: str, right: str, outcome: Outcome, rule: str) -> None:
    match = compare_texts(Row(left, right))
    assert (match.outcome, match.rule) == (outcome, rule)


def test_every_rule_that_can_decide_has_a_text_in_both_languages() -> None:
    assert {rule for *_, rule in PAIRS} <= RULE_TEXTS.keys()
    assert all(text.zh and text.en for text in RULE_TEXTS.values())


def test_equal_codes_are_the_same_employer_whatever_the_names() -> None:
    match = compare(a_firm("广州宏图建设有限公司", 1), a_firm("深圳泰和建设有限公司", 1))
    assert (match.outcome, match.rule) == (SAME, "uscc_equal")


def test_a_moved_registration_keeps_its_organisation_code() -> None:
    here, there = (stem + calc_check_digit(stem) for stem in ("91440101MA5900000", "91440300MA5900000"))
    match = compare(Org(name=OLD.name, uscc=here), Org(name=NEW.name, uscc=there))
    assert (match.outcome, match.rule) == (SAME, "organisation_code_equal")


def test_an_organisation_code_of_nine_characters_is_compared_with_the_credit_code() -> None:
    uscc = "91110000600037341L"
    assert compare_texts(Row("甲公司", "乙公司", uscc, "60003734-1")).rule == "organisation_code_equal"
    assert compare_texts(Row("甲公司", "甲公司", uscc, "12345678-8")).rule == "codes_differ"
    unsound = compare_texts(Row("甲公司", "甲公司", uscc, "12345678-9"))
    assert (unsound.rule, unsound.detail) == ("name_equal", "a code fails its check")


def test_different_codes_override_any_likeness_of_names() -> None:
    assert compare(a_firm(HUAXING, 1), a_firm(HUAXING, 2)).rule == "codes_differ"
    assert compare(a_firm(HUAXING, 1), a_firm(HUAXING, 2)).outcome is DIFFERENT


@pytest.mark.parametrize("other", ["广东华兴建设有限公司广州分公司", "广东华兴建设集团有限公司"])
def test_different_codes_of_related_names_are_a_branch_or_a_group(other: str) -> None:
    match = compare(a_firm(HUAXING, 1), a_firm(other, 2))
    assert (match.outcome, match.rule) == (RELATED, "codes_differ_related")


@pytest.mark.parametrize(
    ("name", "outcome", "rule"),
    [
        (HUAXING, SAME, "name_equal"),
        ("广东华星建设有限公司", PROBABLY, "code_slip"),
        ("广东华泰建设有限公司", PROBABLY, "code_slip"),
        ("深圳宏图设计有限公司", DIFFERENT, "names_differ"),
    ],
)
def test_a_code_with_one_slip_counts_only_with_a_like_name(name: str, outcome: Outcome, rule: str) -> None:
    match = compare_texts(Row(HUAXING, name, "91110000600037341L", "91110000600037841L"))
    assert (match.outcome, match.rule) == (outcome, rule)


def test_an_agent_with_a_code_of_its_own_is_an_agent_and_no_stranger() -> None:
    agent = a_firm("广州南方人力资源有限公司", 2)
    assert compare(a_firm(HUAXING, 1), agent).rule == "agent"
    assert compare(a_firm(HUAXING, 2), agent).rule == "uscc_equal"


def test_a_code_on_one_side_only_says_nothing() -> None:
    assert compare(a_firm(HUAXING, 1), a_firm("广州华兴建设有限公司")).rule == "region_open"


def test_an_alias_given_by_a_source_is_the_same_employer() -> None:
    known = Org(name=HUAXING, aliases=("华兴建设",))
    assert compare(known, Org(name="华兴建设")).rule == "alias"


def a_rename(old: str, new: str, on: date, number: int = 1) -> EmployerRenamed:
    code = a_firm(old, number).uscc
    assert code is not None
    return EmployerRenamed(uscc=code, old_name=old, new_name=new, on=on)


OLD, NEW, NEWEST = (a_firm(name) for name in ("广州宏图建设有限公司", "广东泰和工程有限公司", "中瑞路桥有限公司"))
RENAMES = Renames.of(
    [a_rename(OLD.name, NEW.name, date(2025, 4, 1)), a_rename(NEW.name, NEWEST.name, date(2025, 6, 1))]
)


@pytest.mark.parametrize("on", [date(2020, 1, 1), date(2025, 3, 31), date(2025, 6, 1), None])
@pytest.mark.parametrize(("left", "right"), [(OLD, NEW), (OLD, NEWEST), (NEW, NEWEST)])
def test_a_rename_joins_all_names_of_its_chain_whatever_the_day(left: Org, right: Org, on: date | None) -> None:
    assert compare(left, right, on=on, renames=RENAMES).outcome is SAME
    assert compare(right, left, on=on, renames=RENAMES).outcome is SAME


def test_a_rename_is_found_in_either_spelling_of_the_legal_form() -> None:
    spelled_out = Org(name=OLD.name.replace("有限公司", "有限责任公司"))
    assert compare(spelled_out, NEW, renames=RENAMES).rule == "renamed"
    subjects = a_rename(spelled_out.name, NEW.name, date(2025, 4, 1)).subjects
    assert {*OLD.subjects, *spelled_out.subjects, *NEW.subjects} <= set(subjects)


def test_a_name_that_several_bore_belongs_to_whoever_bore_it_on_the_day() -> None:
    heir = a_firm("珠海云海建筑有限公司")
    renames = Renames.of(
        [a_rename(OLD.name, NEW.name, date(2020, 1, 1)), a_rename(heir.name, OLD.name, date(2024, 1, 1), number=2)]
    )
    assert compare(OLD, heir, on=date(2023, 1, 1), renames=renames).outcome is DIFFERENT
    assert compare(OLD, NEW, on=date(2023, 1, 1), renames=renames).outcome is SAME


def test_a_renamed_firm_is_known_by_its_code_too() -> None:
    assert compare(a_firm("有名无实有限公司", 1), OLD, renames=RENAMES).rule == "renamed"
    assert compare(a_firm(OLD.name, 2), NEW, renames=RENAMES).outcome is DIFFERENT


def test_a_name_given_up_and_taken_by_another_firm_does_not_tie_the_two() -> None:
    heir = a_firm("珠海云海建筑有限公司")
    renames = Renames.of(
        [a_rename(OLD.name, NEW.name, date(2020, 1, 1)), a_rename(heir.name, OLD.name, date(2024, 1, 1), number=2)]
    )
    assert compare(heir, NEW, renames=renames).outcome is DIFFERENT
    assert compare(heir, OLD, renames=renames).outcome is SAME


def test_equal_collections_of_renames_are_equal() -> None:
    facts = [a_rename(OLD.name, NEW.name, date(2025, 4, 1)), a_rename(NEW.name, NEWEST.name, date(2025, 6, 1))]
    assert Renames.of(facts) == Renames.of(reversed(facts)) != NO_RENAMES
    assert hash(Renames.of(facts)) == hash(Renames.of(reversed(facts)))


def test_two_registered_names_one_slip_apart_are_two_enterprises() -> None:
    left, right = Org(name=HUAXING), Org(name="广东华星建设有限公司")
    registered = frozenset({organisation_key(left.name), organisation_key(right.name)})
    assert compare(left, right, registered=registered).rule == "both_registered"
    assert compare(left, right, registered=registered).outcome is DIFFERENT
    assert compare(left, right, registered=frozenset({organisation_key(left.name)})).outcome is PROBABLY


trades = st.sampled_from(["华兴", "兴华", "华星", "恒信达", "宏达", "弘达", "大同", "新兴", "中铁", "永安", "建工"])
firm_names = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "广东", "广东省", "广州市", "广州番禺", "深圳", "吉林", "新兴县", "中国"]),
        trades,
        st.sampled_from(["", "第一", "二局", "(广州)", "达"]),
        st.sampled_from(["建设", "建筑", "建设工程", "设计院", "人力资源", "建没"]),
        st.sampled_from(["有限公司", "有限责任公司", "股份有限公司", "集团有限公司", ""]),
        st.sampled_from(["", "广州分公司", "项目部", "(原广东宏图建筑公司)"]),
    ),
)
orgs = st.builds(a_firm, firm_names, st.sampled_from([None, None, 1, 2]))


@unhurried
@given(orgs, orgs)
def test_it_does_not_matter_who_stands_left(left: Org, right: Org) -> None:
    assert compare(left, right) == compare(right, left)


@unhurried
@given(orgs)
def test_an_employer_is_the_same_as_itself(employer: Org) -> None:
    assert compare(employer, employer).outcome is SAME


@unhurried
@given(firm_names, firm_names)
@example("大同二局建设项目部", "大同二局建设项目部")
def test_without_codes_only_equal_names_or_parts_are_the_same(left: str, right: str) -> None:
    match = compare_texts(Row(left, right))
    if match.outcome is SAME and match.rule not in ("alias", "name_equal"):
        assert _parts(left) == _parts(right)


def _parts(name: str) -> tuple[object, ...]:
    reading = parse(name).likely
    assert reading is not None
    return reading.region, reading.core, reading.ordinals, reading.form, reading.group, reading.branch


@unhurried
@given(
    st.sampled_from(["", "广东", "广州市"]),
    trades,
    st.sampled_from(["建设", "市政工程", "设计院"]),
    st.sampled_from("星兴行泰秦达远宏弘建设中友口"),
    st.integers(0, 2),
    st.booleans(),
)
def test_a_typo_is_never_more_than_probably_same(
    region: str, trade: str, industry: str, character: str, position: int, replaces: bool
) -> None:
    typo = trade[:position] + character + trade[position + replaces :]
    outcome = compare_texts(Row(f"{region}{trade}{industry}有限公司", f"{region}{typo}{industry}有限公司")).outcome
    assert (outcome is SAME) == (typo == trade)


@unhurried
@given(firm_names, firm_names)
def test_only_names_and_codes_count_not_what_was_compared_before(left: str, right: str) -> None:
    forwards = list(match_rows([Row(left, right), Row(right, left), Row(left, right)]))
    assert forwards[0] == forwards[1] == forwards[2]
