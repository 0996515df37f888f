"""Registration differs from bidder 注册单位与投标人不一致."""

from domain.agreement import Agreement, best, registration_agreement
from domain.evidence import AppointmentCase
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule
from domain.verdict_texts import facts_of, no_registration
from domain.wording import relation

CODE = "E108"


@rule(
    code=CODE,
    version=1,
    title="Registration differs from bidder",
    title_zh="注册单位与投标人不一致",
    clause="注册建造师管理规定",
    severity=Severity.HIGH,
)
def registration_differs_from_bidder(case: AppointmentCase) -> Verdict:
    """The employer the lead is registered with on D is not the bidder.

    Of several registrations valid on D the best decides. Without one there is nothing to
    compare, and C302 speaks. No exemption applies: it concerns the payer only.

    Example: firm A bids and names a lead who is registered with firm B on the day of the
    opening.

    Why: a lead may practise only in the name of the employer they are registered with.

    Excluded: leads without a registration valid on D (C302 speaks).

    Outcome: mismatch high; suspect low.
    Data: bid-opened, registration-recorded; also employer-renamed.
    Coverage: none.

    中文

    项目负责人开标日的注册单位不是投标人。

    开标日有多项有效注册的，以最相符的为准。没有有效注册的无从比对，由C302判断。例外情形只涉及社会保险缴纳单位，不适用于
    本规则。

    示例：甲公司投标，所拟派的项目负责人开标日注册在乙公司。

    原因：注册人员只能以注册单位的名义执业。

    除外：开标日没有有效注册的（由C302判断）。
    """
    registrations = case.registrations_on_opening
    if not registrations:
        return no_registration(case)
    agreement = best(registration_agreement(case, registration) for registration in registrations)
    severities = {FindingOutcome.MISMATCH: Severity.HIGH, FindingOutcome.SUSPECT: Severity.LOW}
    return Verdict(
        agreement.outcome,
        _compared(case, agreement),
        facts_of(case, registrations),
        severities.get(agreement.outcome),
        agreement.match,
    )


def _compared(case: AppointmentCase, agreement: Agreement) -> Explanation:
    relation_zh, relation_en = relation(agreement.match)
    employer, bidder, day = agreement.left.name, agreement.right.name, case.opened_on
    return Explanation(
        f"{day}开标时注册单位为“{employer}”，与投标人“{bidder}”{relation_zh}。",
        f"At the opening on {day} the lead was registered with {employer}, {relation_en} the bidder {bidder}.",
    )
