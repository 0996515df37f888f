"""Heterogeneous supplier 供应品类过杂."""

from collections.abc import Iterator
from decimal import Decimal

from domain.evidence.ocds_market import Group, MarketCase, Supplied
from domain.evidence.outliers import quartiles
from domain.indication import Indication, flag
from domain.rule import Explanation, Severity, rule

CODE = "R048"


@rule(
    code=CODE,
    version=1,
    title="Heterogeneous supplier",
    title_zh="供应品类异常分散",
    clause="Cardinal R048",
    severity=Severity.LOW,
)
def heterogeneous_supplier(
    market: MarketCase,
    *,
    fewest_processes: int = 20,
    classification_digits: int = 2,
    interquartile_ranges: Decimal = Decimal("1.5"),
    fixed_fence: Decimal = Decimal(0),
) -> Iterator[Indication]:
    """A supplier was awarded items of unusually many kinds.

    Two items are of different kinds where the first two digits of their classification codes
    differ. A supplier is flagged where its number of kinds is at or above the upper fence:
    1.5 interquartile ranges above the third quartile of all such numbers, unless a fixed fence
    above zero is set. Where all numbers are alike, all are at the fence.

    Example: three quarters of all suppliers deal in 4 kinds or fewer, so the fence is 8.5;
    this one was awarded 20 kinds.

    Why: who sells everything is often a middleman without capacity of its own.

    Excluded: suppliers awarded in fewer than 20 processes, awards to several suppliers,
    awards that are not active, items without a classification, cancelled processes.
    """
    kinds = {
        supplier: _kinds(supplied, classification_digits)
        for supplier, supplied in market.supplied.items()
        if len(supplied.processes) >= fewest_processes
    }
    usual = quartiles(kinds.values())
    if usual is None:
        return
    fence = float(fixed_fence) or usual.above(float(interquartile_ranges))
    for supplier, number in kinds.items():
        if number >= fence:
            supplied = market.supplied[supplier]
            explanation = Explanation(
                f"“{supplier}”在{len(supplied.processes)}个项目中供应{number}大类品目，不低于上限{fence:g}。",
                f"{supplier} was awarded {number} kinds of items in {len(supplied.processes)} processes: "
                f"not below the upper fence of {fence:g}.",
            )
            yield flag(Group.BIDDER, supplier, number, explanation, market.named(supplied.processes))


def _kinds(supplied: Supplied, digits: int) -> int:
    return len({code[:digits] for code in supplied.classes})
