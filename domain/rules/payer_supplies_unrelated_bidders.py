"""Payer supplies unrelated bidders 同一单位为多家互不关联投标人的项目负责人缴纳社保."""

from collections.abc import Iterator
from typing import Final

from domain.evidence.payer import PayerCase, Window
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule

CODE = "T403"

_NAMED: Final = 8
"""More bidders than these are counted and not named."""


@rule(
    code=CODE,
    version=2,
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

    Outcome: mismatch high; suspect low.
    Data: bid-opened, insurance-paid; also exemption-recorded, employer-renamed.
    Coverage: none.

    Version 2 (2026-11-30): only the words of the explanation changed.

    中文

    同一单位在12个月内，为3家以上互不关联的投标人的项目负责人缴纳社会保险：疑似挂证中介。

    项目负责人按其被载明的开标日计入，条件是其当前缴纳单位（见E101）确非投标人，且无适用的例外情形。以各开标日为终点
    的12个月（首尾两日均计入）逐一比较，取投标人最多的一段，相同时取最早的。确属不同单位的投标人为互不关联；可能属于一家
    的（同一集团、分支机构、名称疑似、更名），直接或通过其中另一家相关的，合计一家；名称无法识别的不与其他并计。缴纳单位
    自身的分支机构和集团成员不计。人力资源代理机构因业务为多家单位代缴：单独列为低级存疑。以各负责人的缴纳单位信息为依
    据。

    示例：一年之内，某咨询公司为四家互无关系的投标人的项目负责人参保。

    原因：没有单位会同时聘用互不相干的多家企业的项目负责人：这里可能在买卖证书。

    除外：由投标人自行参保或有适用例外情形的项目负责人；合计一家的集团、分支机构和可能属于一家的单位；缴纳单位自身的分支
    机构和集团成员。

    第2版（2026-11-30）：仅修改说明的文字。
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
    one_day = window.first == window.last
    days_zh = f"{window.first}" if one_day else f"{window.first}至{window.last}"
    days_en = f"on {window.first}" if one_day else f"from {window.first} to {window.last}"
    return Explanation(
        f"{days_zh}开标，{kind_zh}“{name}”为{bidders}家互不关联投标人的{leads}名项目负责人缴纳社保：{listed_zh}。",
        f"{kind_en}{name} insured {leads} leads of {bidders} unrelated bidders in openings {days_en}: {listed_en}.",
    )
