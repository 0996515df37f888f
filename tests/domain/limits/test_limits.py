"""The published tables of limits, as mission.md has them."""

import pytest
from pydantic import ValidationError

from domain.limits import SHIPPED, LimitSet, listed_special_procedures, shipped
from domain.policy import Policy


@pytest.mark.parametrize(
    ("category", "days"),
    [
        ("政府投资房屋建筑", 85),
        ("社会投资房屋建筑", 65),
        ("市政工程", 65),
        ("工业项目", 55),
        ("交通工程", 90),
        ("水利工程", 90),
        ("园林绿化", 90),
    ],
)
def test_zhangye_limits_each_category_and_everything_to_ninety(category: str, days: int) -> None:
    assert shipped("zhangye").of_case(category, "建筑工程施工许可证核发") == days


@pytest.mark.parametrize(
    ("step", "days"),
    [
        ("供水报装", 2),
        ("燃气报装（无外线工程）", 4),
        ("燃气报装", 10),
        ("供热报装", 20),
        ("低压用电报装", 5),
        ("用电报装", 10),
        ("审查", None),
    ],
)
def test_zhangye_limits_connections(step: str, days: int | None) -> None:
    assert shipped("zhangye").of_step(step) == days


def test_a_connection_applied_for_by_itself_has_the_limit_of_the_step() -> None:
    assert shipped("zhangye").of_case("社会投资房屋建筑", "供水报装") == 2


def test_yanjin_allows_twelve_days_and_three_steps_and_says_nothing_of_other_projects() -> None:
    yanjin = shipped("yanjin")
    assert yanjin.of_case("社会投资房屋建筑", "x") == yanjin.of_case("工业项目", "x") == 12
    assert yanjin.of_case("政府投资房屋建筑", "x") is None
    assert yanjin.steps_of_case("社会投资房屋建筑") == yanjin.steps_of_case("工业项目") == 3
    assert yanjin.steps_of_case("政府投资房屋建筑") is None


def test_jiangmen_allows_twenty_days_and_nine_for_joint_acceptance() -> None:
    jiangmen = shipped("jiangmen")
    assert jiangmen.of_case("社会投资房屋建筑", "x") == 20
    assert jiangmen.of_step("联合验收") == 9


def test_jiangmen_grants_some_projects_sixteen_days_only_and_five_for_joint_acceptance() -> None:
    jiangmen = shipped("jiangmen")
    assert jiangmen.lower_of_case("社会投资房屋建筑", "x") == 16
    assert jiangmen.lower_of_step("联合验收") == jiangmen.lower_of_case("社会投资房屋建筑", "联合验收") == 5


def test_the_lower_end_of_a_limit_that_is_no_range_is_the_limit() -> None:
    zhangye = shipped("zhangye")
    assert zhangye.lower_of_case("工业项目", "x") == zhangye.of_case("工业项目", "x") == 55
    assert zhangye.lower_of_step("供热报装") == 20
    assert zhangye.lower_of_step("审查") is None


@pytest.mark.parametrize("wrong", [{"longest_working_days": 5}, {}])
def test_a_range_whose_lower_end_lies_above_the_upper_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError, match="lower end"):
        LimitSet.model_validate({"name": "own", "title": "Own", "title_zh": "自定", "lower_working_days": 6, **wrong})


def test_of_several_numbers_of_steps_the_strictest_counts() -> None:
    category = {"names": ["工业项目"], "working_days": 9, "most_steps": 2}
    own = {"name": "own", "title": "Own", "title_zh": "自定", "most_steps": 4, "categories": [category]}
    limits = LimitSet.model_validate(own)
    assert (limits.steps_of_case("工业项目"), limits.steps_of_case("市政工程")) == (2, 4)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_jurisdiction_chooses_a_set_by_its_name(name: str) -> None:
    assert Policy.model_validate({"limits": name}).limits == shipped(name)


def test_a_jurisdiction_brings_a_set_of_its_own() -> None:
    own = {
        "name": "own",
        "title": "Own",
        "title_zh": "自定",
        "longest_working_days": 30,
        "steps": [{"names": ["审查"], "working_days": 7}],
    }
    limits = Policy.model_validate({"limits": own}).limits
    assert isinstance(limits, LimitSet)
    assert limits.of_step("審查") == 7


def test_a_name_that_is_no_set_is_refused() -> None:
    with pytest.raises(ValidationError, match="no such set"):
        Policy.model_validate({"limits": "atlantis"})


def test_the_procedures_of_the_licensing_law_are_listed() -> None:
    assert {"听证", "专家评审", "检验"} <= listed_special_procedures()
