"""A consortium is taken apart into the firms that bid together, the leader first."""

import pytest

from domain.employers.consortium import members
from domain.facts.fact import Org
from tests.builders import BIDDER, RIVAL, THIRD

JOINT = Org(name=f"{BIDDER.name}、{RIVAL.name}联合体")


@pytest.mark.parametrize(
    "name",
    [
        f"{BIDDER.name}、{RIVAL.name}联合体",
        f"{BIDDER.name}（牵头人）、{RIVAL.name}（成员）联合体",
        f"（联合体）{BIDDER.name}/{RIVAL.name}",
        f"{BIDDER.name}和{RIVAL.name}",
        f"{BIDDER.name}，{RIVAL.name}组成联合体",
    ],
)
def test_a_joint_name_is_split_into_its_firms(name: str) -> None:
    assert [each.name for each in members(Org(name=name), ())] == [BIDDER.name, RIVAL.name]


def test_the_members_that_the_opening_lists_count_before_the_joint_name() -> None:
    assert members(JOINT, (RIVAL, BIDDER)) == (RIVAL, BIDDER)
    assert members(BIDDER, (RIVAL, BIDDER, THIRD)) == (BIDDER, RIVAL, THIRD)


@pytest.mark.parametrize("name", [BIDDER.name, "广州和兴建设有限公司", "中铁二局、", "华兴宏图联合体"])
def test_one_firm_alone_is_no_consortium(name: str) -> None:
    assert len(members(Org(name=name), ())) == 1
