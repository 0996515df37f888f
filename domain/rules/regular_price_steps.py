"""Regular price steps 投标报价呈规律性差异."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from domain.evidence.lot import LotBid, LotCase
from domain.evidence.price_runs import PriceRun, constant_difference, longest_run
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule

CODE = "T405"

_SHOWN: Final = 8
"""More prices than these are counted and not shown."""


@rule(
    code=CODE,
    version=2,
    title="Regular price steps",
    title_zh="投标报价呈规律性差异",
    clause="招标投标法实施条例 §40(4)",
    severity=Severity.MEDIUM,
    supervisors_only=True,
)
def regular_price_steps(
    lot: LotCase,
    *,
    fewest_bids: int = 4,
    fewest_share_percent: int = 50,
    most_off_yuan: Decimal = Decimal("0.03"),
) -> Iterator[Verdict]:
    """Four or more prices of one lot, and half of all, rise by one difference or by one ratio.

    Prices a < b < c … are a run if each follows from the two before it, as 2b - a (a constant
    difference) or b² / a (a constant ratio), to within 0.03 yuan: what rounding to a cent can do.
    Other prices may lie between them; that the run must hold half of the different prices keeps
    chance out of lots with many. The longest run is reported, of several one with a constant
    difference, then the lowest. Equal prices are one step (see T404), several bids of one firm
    are its first; disqualified bids count, bids without a price or with the price zero do not.

    Example: five bids are 10.00, 10.15, 10.30, 10.45 and 10.60 million yuan.

    Why: independent bidders do not space their prices evenly; who draws up all the bids does.

    Excluded: bids without a price or with the price zero; equal prices, and several bids of one
    firm, which count as one.

    Outcome: suspect medium.
    Data: bid-opened.
    Coverage: none.

    Version 2 (2026-11-30): only the words of the explanation changed.

    中文

    同一标段有4个以上、且占全部不同报价一半以上的报价，依次相差同一数额或同一比例。

    报价a < b < c……中，每一报价均可由前两个推出：等差时为2b-a，等比时为b²/a，允许偏差0.03元，即四舍五入到分所致的误差。
    中间可以夹有其他报价；须占不同报价的一半以上，以排除报价众多时的巧合。取最长的一列，同长时先取等差，再取报价最低的。
    相同报价计一个（见T404），同一单位的多份投标取第一份；被否决的投标计入，没有报价或报价为零的不计。

    示例：五份投标分别为1000万、1015万、1030万、1045万和1060万元。

    原因：独立的投标人不会均匀地分布报价；由一人编制全部投标时才会如此。

    除外：没有报价或报价为零的投标；计为一个的相同报价和同一单位的多份投标。

    第2版（2026-11-30）：仅修改说明的文字。
    """
    bids = _by_price(lot)
    half = -(-len(bids) * fewest_share_percent // 100)
    run = longest_run([*bids], fewest=max(fewest_bids, half, 3), most_off=most_off_yuan)
    if run:
        facts = tuple(bids[price].opening for price in run.prices)
        yield Verdict(FindingOutcome.SUSPECT, _explained(lot, run, bids), facts, Severity.MEDIUM)


def _by_price(lot: LotCase) -> Mapping[Decimal, LotBid]:
    first: dict[str, LotBid] = {}
    for bid in lot.priced:
        first.setdefault(bid.bidder.key, bid)
    return {bid.price: bid for bid in first.values() if bid.price is not None}


def _explained(lot: LotCase, run: PriceRun, bids: Mapping[Decimal, LotBid]) -> Explanation:
    low, high = run.prices[:2]
    if run.law is constant_difference:
        step = f"{(high - low).normalize():f}"
        law_zh, law_en = f"依次相差{step}元", f"rise by {step} yuan each"
    else:
        ratio = f"{high / low:.6f}"
        law_zh, law_en = f"依次为前一报价的{ratio}倍", f"are each {ratio} times the one below"
    shown = [(bids[price].bidder.name, f"{price.normalize():f}") for price in run.prices[:_SHOWN]]
    listed_zh = "、".join(f"“{bidder}”{yuan}元" for bidder, yuan in shown)
    listed_en = ", ".join(f"{bidder} {yuan}" for bidder, yuan in shown)
    more_zh, more_en = ("等", " …") if len(run.prices) > _SHOWN else ("", "")
    day, prices, length = lot.opened_on, len(bids), len(run.prices)
    return Explanation(
        f"{day}开标，{prices}个不同报价中有{length}个{law_zh}：{listed_zh}{more_zh}。",
        f"Opening on {day}: {length} of {prices} different prices {law_en}: {listed_en}{more_en}.",
    )
