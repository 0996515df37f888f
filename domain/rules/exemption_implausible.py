"""Exemption does not fit what is known 所登记的例外情形与已知信息不符."""

from domain.evidence import AppointmentCase
from domain.evidence.exemptions import Unfit
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule
from domain.verdict_texts import facts_of, unfit_words
from domain.wording import SCHEMES, Words, month_zh

CODE = "D903"


@rule(
    code=CODE,
    version=1,
    title="Exemption does not fit what is known",
    title_zh="所登记的例外情形与已知信息不符",
    clause="建办市〔2018〕57号；建办市函〔2019〕92号",
    severity=Severity.MEDIUM,
    supervisors_only=True,
)
def exemption_implausible(case: AppointmentCase) -> Verdict:
    """An exemption recorded for the lead is valid on D, and what is known contradicts its ground.

    Retired: the person had not reached an age at which the law can retire people (women 45, men 50),
    or another employer pays pension insurance. Public institution and university: the payer is not
    the one named; the ground university covers survey, design, supervision and cost firms only.
    Former military and buy-out: somebody else than the person or the named payer pays. Other: no
    payer or no deciding authority is named. Every ground: the workplace is not the registration
    employer, its branch or a firm of its group.

    Example: an exemption says that the lead, who is 31, has retired.

    Why: an exemption silences five rules about the payer. Whoever lends a certificate may have one
    made up.

    Excluded: exemptions that are not valid on D; leads whom another exemption covers; a workplace
    that cannot be compared because no registration is known (C302 speaks).

    Outcome: suspect medium.
    Data: bid-opened, exemption-recorded, insurance-paid, registration-recorded; also employer-renamed.
    Coverage: none.

    中文

    为项目负责人登记的例外情形在开标日有效，但与已知信息不符。

    退休：未达到法律允许退休的年龄（女45周岁、男50周岁），或者仍由其他单位缴纳养老保险。事业单位和高校：缴纳单位不是所载
    明的单位；高校情形仅适用于勘察、设计、监理、造价咨询企业。军队自主择业和买断社会保险：由本人或所载明单位以外的单位缴
    纳。其他情形：未载明缴纳单位或认定机关。各类情形：实际工作单位不是注册单位、其分支机构或同一集团成员。

    示例：例外情形登记为项目负责人已退休，而其年仅31岁。

    原因：登记例外情形后，有关缴纳单位的五条规则均不再提示；出借证书的人可能编造例外情形。

    除外：开标日无效的例外情形；另有适用的例外情形的；因未收到注册信息而无从比对实际工作单位的（由C302判断）。
    """
    covered, day = case.covered, case.opened_on
    if covered.unfit and covered.exemption is None and case.registrations_on_opening:
        return _implausible(case, covered.unfit[0])
    if not case.exemptions:
        unknown = Explanation(f"未收到{day}有效的例外情形。", f"No exemption was recorded for {day}.")
        return Verdict(FindingOutcome.NO_EVIDENCE, unknown, facts_of(case))
    fits = Explanation(f"{day}有效的例外情形与已知信息相符。", f"The exemption for {day} fits what is known.")
    return Verdict(FindingOutcome.CONSISTENT, fits, (*facts_of(case), *case.exemptions))


def _implausible(case: AppointmentCase, unfit: Unfit) -> Verdict:
    (zh, en), (payer_zh, payer_en) = unfit_words(unfit), _payer(case)
    return Verdict(
        FindingOutcome.SUSPECT,
        Explanation(
            f"{case.opened_on}开标时，{zh}{payer_zh}。",
            f"At the opening on {case.opened_on}, {en}{payer_en}.",
        ),
        (*facts_of(case, case.current_payments, case.registrations_on_opening), unfit.fact),
        Severity.MEDIUM,
    )


def _payer(case: AppointmentCase) -> Words:
    """Who pays, where that is known: it is what most grounds are about."""
    if not case.current_payments:
        return "", ""
    payment = case.current_payments[0]
    (scheme_zh, scheme_en), payer, month = SCHEMES[payment.scheme], payment.payer.name, payment.month
    return (
        f"；{month_zh(month)}{scheme_zh}由“{payer}”缴纳",
        f"; {scheme_en} for {month} was paid by {payer}",
    )
