"""Identical bid prices 不同投标人报价相同."""

from collections import defaultdict
from collections.abc import Iterator

from domain.evidence.ocds import Price
from domain.evidence.ocds_market import Group, ProcessCase
from domain.indication import Indication, flag
from domain.rule import Explanation, Severity, rule

CODE = "R028"


@rule(
    code=CODE,
    version=2,
    title="Identical bid prices",
    title_zh="不同投标人报价相同",
    clause="Cardinal R028；招标投标法实施条例 §40(4)",
    severity=Severity.LOW,
)
def identical_bid_prices(case: ProcessCase) -> Iterator[Indication]:
    """Different bidders submitted bids of the same price.

    Disqualified bids count as well. The process is flagged, and with it all bidders of that
    price.

    Example: the lowest price is passed on before the opening; a second bid names the very
    same.

    Why: prices that agree to the last digit were agreed upon, or leaked.

    Excluded: bids without an amount or a currency or whose bidders have no id, several bids
    of the same bidders, invited and withdrawn bids, cancelled processes; procurement methods
    whose prices the policy does not compare.

    Outcome: suspect low.
    Data: bid-opened, lot-imported.
    Coverage: none.

    Version 2 (2026-12-01): a policy can leave procurement methods out of comparisons of prices.

    中文

    不同投标人提交的报价相同。

    被否决的投标也计入。提示该采购过程及该报价的全部投标人。

    示例：开标前最低报价被泄露；另一份投标所报完全相同。

    原因：精确到最后一位都相同的报价，或者事先约定，或者泄露。

    除外：没有金额、币种或投标人代码的投标；同一投标人的多份投标；仅受邀或已撤回的投标；已取消的采购
    过程；政策规定不比较价格的采购方式。

    第2版（2026-12-01）：政策可以将某些采购方式排除在价格比较之外。
    """
    if not case.compares_prices:
        return
    bidders_by_price: dict[Price, set[frozenset[str]]] = defaultdict(set)
    for offer in case.process.submitted:
        if offer.price and offer.known_bidders:
            bidders_by_price[offer.price].add(offer.known_bidders)
    key = case.process.key
    same = {price: bidders for price, bidders in bidders_by_price.items() if len(bidders) > 1}
    flagged: set[str] = set()
    for price, bidders in same.items():
        named = sorted(frozenset[str]().union(*bidders))
        explanation = _explained(price, named)
        if not flagged:
            yield flag(Group.PROCESS, key, 1, explanation, (key,))
        for bidder in named:
            if bidder not in flagged:
                yield flag(Group.BIDDER, bidder, 1, explanation, (key,), derived=True)
        flagged.update(named)


def _explained(price: Price, bidders: list[str]) -> Explanation:
    amount = f"{price.amount:,.2f} {price.currency}"
    return Explanation(
        f"{'、'.join(f'“{bidder}”' for bidder in bidders)}的报价同为{amount}。",
        f"{', '.join(bidders)} all bid {amount}.",
    )
