"""Pairs left out are exactly such as the comparison calls different."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from domain.employers import Outcome, compare
from domain.employers.blocking import pairs_to_compare
from domain.facts.fact import Org
from tests.builders import BIDDER, BRANCH, RIVAL, a_firm

names = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "广州", "广州市", "广东", "深圳市"]),
        st.sampled_from(["宏图", "宏途", "宏图泰和", "中建", "中建三", "图宏", "大同"]),
        st.sampled_from(["", "集团", "建设", "建设工程", "第三工程局", "人力资源"]),
        st.sampled_from(["有限公司", "集团有限公司", "股份有限公司", "", "有限公司深圳分公司"]),
    ),
)
employers = st.builds(lambda name, number: a_firm(name or "—", number), names, st.one_of(st.none(), st.integers(1, 12)))


@given(st.lists(employers, max_size=8, unique_by=lambda org: (org.key, org.name)))
def test_whoever_is_not_surely_different_is_compared(orgs: list[Org]) -> None:
    compared = {frozenset(((left.key, left.name), (right.key, right.name))) for left, right in pairs_to_compare(orgs)}
    for left, right in combinations(orgs, 2):
        if compare(left, right).outcome is not Outcome.DIFFERENT:
            assert frozenset(((left.key, left.name), (right.key, right.name))) in compared


def test_firms_with_codes_that_begin_differently_need_no_comparison() -> None:
    assert list(pairs_to_compare([BIDDER, RIVAL])) == []
    assert list(pairs_to_compare([BIDDER, BRANCH, RIVAL])) == [(BRANCH, BIDDER), (BRANCH, RIVAL)]
