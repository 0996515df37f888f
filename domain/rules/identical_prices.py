"""Identical prices 不同投标人投标报价完全一致."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal

from domain.employers import Outcome
from domain.evidence.lot import LotBid, LotCase
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule

CODE = "T404"


@rule(
    code=CODE,
    version=1,
    title="Identical prices",
    title_zh="不同投标人投标报价完全一致",
    clause="招标投标法实施条例 §40(4)",
    severity=Severity.MEDIUM,
    supervisors_only=True,
)
def identical_prices(lot: LotCase, *, fewest_bidders: int = 2) -> Iterator[Verdict]:
    """Two or more bidders of one lot offer exactly the same price, to the last digit given.

    Prices are compared as decimals: 100.0 is 100.00. Disqualified bids count too, for a price was
    agreed before anybody was disqualified; bids without a price or with the price zero do not.
    One finding per price. Several bids of one firm count once. Where the tenderer fixes the
    price, equal prices say nothing: set the threshold of that jurisdiction accordingly.

    Example: two bidders offer 12,345,678.90 yuan each.

    Why: prices that agree to the last digit were agreed upon, or written by one hand.

    Excluded: several bids of one firm; bids without a price or with the price zero.

    Outcome: suspect medium.
    Data: bid-opened.
    Coverage: none.

    中文

    同一标段两个以上投标人的报价完全相同，精确到所报的最后一位。

    报价按十进制数比较：100.0与100.00相同。被否决的投标也计入，因为报价在否决之前已经确定；没有报价或报价为零的不计。每
    个报价一条线索。同一单位的多份投标计一份。由招标人确定价格的，报价相同不说明问题：可为该辖区另设阈值。

    示例：两家投标人均报价12,345,678.90元。

    原因：完全相同的报价，可能事先约定，或者出自一人之手。

    除外：同一单位的多份投标；没有报价或报价为零的投标。
    """
    offered: defaultdict[Decimal, list[LotBid]] = defaultdict(list)
    for bid in lot.priced:
        if bid.price is not None and not any(_same(lot, bid, other) for other in offered[bid.price]):
            offered[bid.price].append(bid)
    for price in sorted(offered):
        if len(offered[price]) >= max(fewest_bidders, 2):
            yield _identical(lot, price, offered[price])


def _same(lot: LotCase, left: LotBid, right: LotBid) -> bool:
    return lot.compare(left.bidder, right.bidder).outcome is Outcome.SAME


def _identical(lot: LotCase, price: Decimal, bids: Sequence[LotBid]) -> Verdict:
    yuan = f"{price.normalize():f}"
    names = sorted(bid.bidder.name for bid in bids)
    listed_zh, listed_en = "、".join(f"“{name}”" for name in names), ", ".join(names)
    explanation = Explanation(
        f"{lot.opened_on}开标，{len(bids)}家投标人报价同为{yuan}元：{listed_zh}。",
        f"Opening on {lot.opened_on}: {len(bids)} bidders offered exactly {yuan} yuan: {listed_en}.",
    )
    return Verdict(
        FindingOutcome.SUSPECT,
        explanation,
        tuple(bid.opening for bid in bids),
        Severity.MEDIUM,
        discriminator=yuan,
    )
