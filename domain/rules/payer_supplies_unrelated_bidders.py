"""Payer supplies unrelated bidders 同一缴纳单位为多家互不关联投标人提供项目负责人."""

from collections.abc import Iterator
from typing import Final

from domain.evidence.payer import PayerCase, Window
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule

CODE = "T403"

_NAMED: Final = 8
"""More bidders than these are counted and not named."""


@rule(
    code=CODE,
    version=1,
    title="Payer supplies unrelated bidders",
    title_zh="同一单位为多家互不关联投标人的项目负责人缴纳社保",
    clause="建办市〔2018〕57号",
    severity=Severity.HIGH,
    supervisors_only=True,
)
def payer_supplies_unrelated_bidders(
    payer: PayerCase, *, fewest_bidders: int = 3, window_months: int = 12
) -> Iterator[Verdict]:
    """One payer insures the leads of 3 or more unrelated bidders within 12 months: a broker ring.

    A lead counts on the day of the opening it was named at, where its current payer (see E101)
    is surely not the bidder and no exemption excuses it. The 12 months up to an opening day,
    both ends included, slide over all opening days; the window with the most bidders is
    reported, of several the earliest. Bidders are unrelated if they are surely different:
    those that may belong together (a group, a branch, a likely name, one renamed), directly or
    through another of them, count as one, and one with an unreadable name counts for nothing
    beside others. The payer's own branches and group are no bidders it supplies. An agent
    人力资源代理 supplies many by trade: its finding is one of its own, a suspicion of low
    severity. It rests on what was said of each lead's payer.

    Example: within a year a consultancy insures the leads of four firms that have nothing to do
    with each other.

    Why: nobody employs the leads of firms that are strangers to each other: certificates are
    traded there.

    Excluded: leads whom their bidder insures or an exemption excuses; groups, branches and firms
    that may belong together, which count as one; the payer's own branches and group.
    """
    largest = payer.largest_window(window_months)
    if largest is None or len(largest.groups) < fewest_bidders:
        return
    yield Verdict(
        FindingOutcome.SUSPECT if payer.agent else FindingOutcome.MISMATCH,
        _explained(payer, largest),
        tuple(supply.fact for supply in largest.supplies),
        Severity.LOW if payer.agent else Severity.HIGH,
        discriminator="agent" if payer.agent else "",
    )


def _explained(payer: PayerCase, window: Window) -> Explanation:
    name, bidders = payer.payer.name, len(window.groups)
    shown = [group[0].name for group in window.groups[:_NAMED]]
    leads = len({supply.insured.person.person_id for supply in window.supplies})
    listed_zh = "、".join(f"“{bidder}”" for bidder in shown) + ("等" if bidders > _NAMED else "")
    listed_en = ", ".join(shown) + (" and others" if bidders > _NAMED else "")
    kind_zh, kind_en = ("代理机构", "The agent ") if payer.agent else ("", "")
    return Explanation(
        f"{window.first}至{window.last}开标，{kind_zh}“{name}”为{bidders}家互不关联投标人的"
        f"{leads}名项目负责人缴纳社保：{listed_zh}。",
        f"{kind_en}{name} insured {leads} leads of {bidders} unrelated bidders in openings from {window.first} "
        f"to {window.last}: {listed_en}.",
    )
