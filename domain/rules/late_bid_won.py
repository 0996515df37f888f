"""Late bid won 逾期送达的投标中标."""

from collections.abc import Iterator

from domain.evidence.ocds_market import Group, ProcessCase
from domain.indication import Indication, flag
from domain.rule import Explanation, Severity, rule

CODE = "R030"


@rule(
    code=CODE,
    version=1,
    title="Late bid won",
    title_zh="逾期送达的投标中标",
    clause="Cardinal R030；招标投标法 §28",
    severity=Severity.LOW,
)
def late_bid_won(case: ProcessCase) -> Iterator[Indication]:
    """A valid bid that came after the deadline belongs to a firm that was awarded.

    A bid at the very moment of the deadline is in time. The process is flagged, and with it
    the firm. It is assumed that the firm had not submitted another bid in time.

    Example: bids are due on 15 March; the winner's came on 1 April.

    Why: a bidder chosen beforehand is let in late, knowing what the others offer.

    Excluded: processes without a deadline, bids without a date of receipt, bids that are not
    valid, awards that are not active, cancelled processes.

    Outcome: suspect low.
    Data: bid-opened, award-announced, lot-imported.
    Coverage: none.

    中文

    投标截止后送达的有效投标，属于中标单位。

    恰在截止时刻送达的为按时。提示该采购过程及该单位。推定该单位没有另行按时提交投标。

    示例：3月15日投标截止；中标人的投标4月1日送达。

    原因：事先选定的投标人得知他人报价后，仍被允许逾期投标。

    除外：没有截止时间的采购过程；没有送达时间的投标；无效的投标；非有效的中标；已取消的采购过程。
    """
    deadline, key = case.process.closes_at, case.process.key
    if deadline is None:
        return
    suppliers = {supplier for award in case.process.active_awards for supplier in award.suppliers}
    flagged: set[str] = set()
    for offer in case.process.offers:
        if not offer.valid or offer.received_at is None or offer.received_at <= deadline:
            continue
        for bidder in sorted((offer.known_bidders & suppliers) - flagged):
            came, due = (f"{moment:%Y-%m-%d %H:%M}" for moment in (offer.received_at, deadline))
            explanation = Explanation(
                f"“{bidder}”的投标于{came}送达，晚于截止时间{due}，仍然中标。",
                f"The bid of {bidder} came at {came}, after the deadline of {due}, and {bidder} was awarded.",
            )
            if not flagged:
                yield flag(Group.PROCESS, key, 1, explanation, (key,))
            yield flag(Group.BIDDER, bidder, 1, explanation, (key,), derived=True)
            flagged.add(bidder)
