"""All except the winning bid disqualified 除中标人外的投标均被否决."""

from collections.abc import Iterator

from domain.evidence.ocds import Process
from domain.evidence.ocds_market import Group, ProcessCase
from domain.indication import Indication, flag
from domain.rule import Explanation, Severity, rule

CODE = "R035"


@rule(
    code=CODE,
    version=2,
    title="All except the winning bid disqualified",
    title_zh="除中标人外的投标均被否决",
    clause="Cardinal R035；招标投标法实施条例 §51",
    severity=Severity.LOW,
)
def all_except_winning_bid_disqualified(case: ProcessCase, *, fewest_disqualified: int = 1) -> Iterator[Indication]:
    """Only the winner's bids were valid; the bid of at least one other bidder was disqualified.

    Exactly one firm has valid bids, and it is the supplier of all active awards. The number
    published is that of the other bidders disqualified. The winner is flagged with the
    process.

    Example: five bids come in, four are disqualified, the fifth wins.

    Why: a buyer can clear the way for a bidder by disqualifying all others.

    Excluded: processes with a pending award, with several firms behind the valid bids or
    the awards, and cancelled ones. Bidders without an id are not counted.

    Outcome: suspect low.
    Data: bid-opened, award-announced, lot-imported.
    Coverage: none.

    Version 2 (2026-11-30): only the words of the explanation changed.

    中文

    仅中标人的投标有效；至少另有一家投标人的投标被否决。

    只有一家单位有有效投标，且其为全部有效中标的供应商。公布的数值为被否决的其他投标人数。中标人与采购过程一并提示。

    示例：收到五份投标，四份被否决，第五份中标。

    原因：采购人可以通过否决其他投标，为某一投标人扫清道路。

    除外：中标结果待定、有效投标或中标涉及多家单位的采购过程；已取消的采购过程。没有代码的投标人不计。

    第2版（2026-11-30）：仅修改说明的文字。
    """
    process = case.process
    winners = {supplier for award in process.active_awards for supplier in award.suppliers if supplier is not None}
    valid = _bidders(process, "valid")
    if not process.decided or len(valid) != 1 or valid != winners:
        return
    disqualified = len(_bidders(process, "disqualified") - valid)
    if disqualified >= max(fewest_disqualified, 1):
        (winner,) = valid
        explanation = Explanation(
            f"另有{disqualified}家投标人被否决，仅“{winner}”的投标有效并中标。",
            f"Other bidders disqualified: {disqualified}; only {winner} had valid bids, and was awarded.",
        )
        yield flag(Group.PROCESS, process.key, disqualified, explanation, (process.key,))
        yield flag(Group.BIDDER, winner, 0, explanation, (process.key,), derived=True)


def _bidders(process: Process, status: str) -> set[str]:
    return {bidder for offer in process.offers if offer.status == status for bidder in offer.known_bidders}
