"""Payer differs from registration 社保缴纳单位与注册单位不一致."""

from domain.agreement import Agreement, best, payer_agreement
from domain.evidence import AppointmentCase
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule
from domain.verdict_texts import exempt, facts_of, no_payment, no_registration, noting_unfit
from domain.wording import SCHEMES, month_zh, relation

CODE = "E102"


@rule(
    code=CODE,
    version=2,
    title="Payer differs from registration",
    title_zh="社保缴纳单位与注册单位不一致",
    clause="广州市挂证比对方法二；建办市〔2018〕57号",
    severity=Severity.MEDIUM,
)
def payer_differs_from_registration(case: AppointmentCase) -> Verdict:
    """The current payer (as in E101) is not the employer the lead is registered with on D.

    Compared like E101. Of several payers and several registrations valid on D the best pair
    decides. Without a registration there is nothing to compare, and C302 speaks.

    Example: the lead is registered with firm A on the day of the opening; firm B paid the
    pension for May.

    Why: a registration is only lawful with one's employer; a payer that is another firm is the
    commonest trace of a lent certificate.

    Excluded: leads whom an exemption valid on D covers; leads without a payment of a deciding
    scheme (E105) or without a registration valid on D (C302).

    Outcome: mismatch medium; suspect low.
    Data: bid-opened, insurance-paid, registration-recorded; also exemption-recorded, employer-renamed.
    Coverage: none.

    Version 2 (2026-11-30): the deciding scheme is that of E101, and an exemption must fit.

    中文

    项目负责人社会保险的当前缴纳单位（同E101），不是其开标日的注册单位。

    比对方法同E101。开标日有多个缴纳单位或者多项有效注册的，以最相符的一对为准。没有有效注册的无从比对，由C302判断。

    示例：开标日项目负责人注册在甲公司，5月的养老保险由乙公司缴纳。

    原因：注册单位应当就是用人单位；由其他单位缴纳社会保险，是出借证书最常见的痕迹。

    除外：开标日有适用的有效例外情形的；没有判定险种缴费记录的（E105）；开标日没有有效注册的（C302）。

    第2版（2026-11-30）：判定险种与E101一致；例外情形须与已知信息相符。
    """
    if case.exemption:
        return exempt(case, case.exemption)
    registrations = case.registrations_on_opening
    if not registrations:
        return no_registration(case)
    if not case.current_payments:
        return no_payment(case)
    agreement = best(
        payer_agreement(case, payment, registration.employer)
        for payment in case.current_payments
        for registration in registrations
    )
    severities = {FindingOutcome.MISMATCH: Severity.MEDIUM, FindingOutcome.SUSPECT: Severity.LOW}
    verdict = Verdict(
        agreement.outcome,
        _compared(case, agreement),
        facts_of(case, case.current_payments, registrations),
        severities.get(agreement.outcome),
        agreement.match,
    )
    return noting_unfit(case, verdict)


def _compared(case: AppointmentCase, agreement: Agreement) -> Explanation:
    payment = agreement.payment
    assert payment is not None
    (scheme_zh, scheme_en), (relation_zh, relation_en) = SCHEMES[payment.scheme], relation(agreement.match)
    payer, employer, day = agreement.left.name, agreement.right.name, case.opened_on
    return Explanation(
        f"{day}开标，{month_zh(payment.month)}{scheme_zh}由“{payer}”缴纳，与当日的注册单位“{employer}”{relation_zh}。",
        f"Opening on {day}: {scheme_en} for {payment.month} was paid by {payer}, {relation_en} {employer}, "
        "the registration employer on that day.",
    )
