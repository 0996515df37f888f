"""A text about a constructor's qualification names a level and trades."""

import pytest

from domain.evidence.qualifications import Qualification, read_qualification


@pytest.mark.parametrize(
    ("text", "level", "trades"),
    [
        ("一级注册建造师（市政公用工程）", 1, {"市政公用工程"}),
        ("市政公用工程专业二级及以上注册建造师", 2, {"市政公用工程"}),
        ("壹级建造师 房屋建筑工程", 1, {"建筑工程"}),
        ("二级建造师（公路、水利水电）", 2, {"公路工程", "水利水电工程"}),
        ("机电工程", None, {"机电工程"}),
        ("一级建造师", 1, set()),
        ("高级工程师", None, set()),
    ],
)
def test_level_and_trades_are_read_however_they_are_written(text: str, level: int | None, trades: set[str]) -> None:
    assert read_qualification(text) == Qualification(level, frozenset(trades))


@pytest.mark.parametrize(
    ("held", "required", "meets"),
    [
        ("一级注册建造师（市政公用工程）", "二级市政", True),
        ("二级注册建造师（市政公用工程）", "一级市政", False),
        ("一级注册建造师（公路工程）", "一级市政", False),
        ("一级注册建造师", "一级市政", None),
        ("注册建造师（市政）", "一级市政", None),
        ("二级注册建造师", "一级市政", False),
        ("一级注册建造师（公路工程）", "市政或公路", True),
        ("一级注册建造师（公路工程）", "一级建造师", True),
        ("一级注册建造师（公路工程）", "有类似业绩", True),
    ],
)
def test_the_higher_level_meets_the_lower_one_and_one_of_the_trades_is_enough(
    held: str, required: str, meets: bool | None
) -> None:
    assert read_qualification(held).meets(read_qualification(required)) is meets
