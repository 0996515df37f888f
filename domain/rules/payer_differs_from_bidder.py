"""Payer differs from bidder 社保缴纳单位与投标人不一致."""

from domain.agreement import PayerJudgement, judge_payer
from domain.evidence import AppointmentCase
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule
from domain.verdict_texts import exempt, facts_of, no_payment, noting_unfit
from domain.wording import SCHEMES, month_zh, relation

CODE = "E101"


@rule(
    code=CODE,
    version=2,
    title="Payer differs from bidder",
    title_zh="社保缴纳单位与投标人不一致",
    clause="广州市开标比对工作指引（2022）",
    severity=Severity.HIGH,
)
def payer_differs_from_bidder(case: AppointmentCase) -> Verdict:
    """The current payer of the lead's social insurance is not the bidder.

    The deciding scheme is pension over the whole look-back; only where no pension payment is known
    in any look-back month, unemployment, then medical insurance. The current payer is that of the
    latest look-back month with a payment of the deciding scheme. The same employer as the bidder is
    consistent; a different one is a mismatch; a likely name, a branch, an agent or an unreadable
    name is suspect, unless the jurisdiction accepts or refuses such payers. Of several payers the
    best decides. A payer that agrees is suspect where a different employer paid an earlier look-back
    month: low, and medium where the bidder paid every month late (after the lawful term and after
    the opening) or the other employer is a rival of the lot. A payment counts whenever it was made,
    also after the opening (see E106).

    Example: the bids are opened on 18 June; the lead's pension for May was paid by a consultancy
    that has nothing to do with the bidder.

    Why: whoever really employs a person pays for their insurance. A lead insured elsewhere may
    have lent the certificate for the bid.

    Excluded: leads whom an exemption valid on D covers; leads of whom no payment of a deciding
    scheme is known (E105 speaks). Work-injury insurance and the housing fund decide nothing.

    Outcome: mismatch high; suspect medium, low.
    Data: bid-opened, insurance-paid; also exemption-recorded, registration-recorded, employer-renamed.
    Coverage: none.

    Version 2 (2026-11-30): one month of work-injury insurance by the bidder cleared a lead whom a
    rival had insured for months, because the latest month of any scheme decided.

    中文

    项目负责人社会保险的当前缴纳单位不是投标人。

    以养老保险为判定险种，覆盖整个回溯期；仅在回溯期各月均未收到养老保险缴费记录时，才依次以失业保险、医疗保险判定。当前
    缴纳单位，是回溯期内有判定险种缴费记录的最近一个月的缴纳单位。与投标人为同一单位的，一致；为不同单位的，不符；名称疑
    似、分支机构、代理机构或者名称无法识别的，存疑，辖区另行规定予以认可或不予认可的除外。同月有多个缴纳单位的，以最相符
    的为准。当前缴纳单位与投标人一致、但回溯期较早月份由其他单位缴纳的，存疑：一般为低级；投标人缴纳的各月均为逾期补缴
    （晚于缴费期限且晚于开标），或者其他单位为同标段另一投标人的，为中级。缴费记录不论何时缴纳均予计入，开标后缴纳的也计
    入（见E106）。

    示例：6月18日开标；项目负责人5月的养老保险由一家与投标人无关的咨询公司缴纳。

    原因：谁实际用工，谁缴纳社会保险。社会保险由其他单位缴纳的项目负责人，可能只是出借证书参加投标。

    除外：开标日有适用的有效例外情形的；未收到判定险种缴费记录的（由E105判断）。工伤保险和住房公积金不作判定依据。

    第2版（2026-11-30）：此前以任一险种的最近一个月判定，投标人只要缴纳一个月工伤保险，即可掩盖其他投标人已连续数月为该
    负责人参保的事实。
    """
    if case.exemption:
        return exempt(case, case.exemption)
    judgement = judge_payer(case, case.payments)
    if judgement is None:
        return no_payment(case)
    doubt = Severity.MEDIUM if judgement.grave else Severity.LOW
    severities = {FindingOutcome.MISMATCH: Severity.HIGH, FindingOutcome.SUSPECT: doubt}
    verdict = Verdict(
        judgement.outcome,
        _changed(case, judgement) if judgement.changed else _compared(case, judgement),
        facts_of(case, judgement.current, judgement.changed),
        severities.get(judgement.outcome),
        judgement.agreement.match,
    )
    return noting_unfit(case, verdict)


def _compared(case: AppointmentCase, judgement: PayerJudgement) -> Explanation:
    payment, match, bidder = judgement.payment, judgement.agreement.match, case.bidder.name
    (scheme_zh, scheme_en), (relation_zh, relation_en) = SCHEMES[payment.scheme], relation(match)
    payer, month, day = payment.payer.name, payment.month, case.opened_on
    return Explanation(
        f"{day}开标，{month_zh(month)}{scheme_zh}由“{payer}”缴纳，与投标人“{bidder}”{relation_zh}。",
        f"Opening on {day}: {scheme_en} for {month} was paid by {payer}, {relation_en} the bidder {bidder}.",
    )


def _changed(case: AppointmentCase, judgement: PayerJudgement) -> Explanation:
    payment, before = judgement.payment, judgement.changed[-1]
    scheme_zh, scheme_en = SCHEMES[payment.scheme]
    relation_zh, relation_en = relation(judgement.agreement.match)
    payer, former, bidder, day = payment.payer.name, before.payer.name, case.bidder.name, case.opened_on
    late = case.paid_late(payment)
    late_zh = f"（{payment.paid_on}开标后补缴）" if late else ""
    late_en = f" (only on {payment.paid_on}, after the opening)" if late else ""
    return Explanation(
        f"{day}开标，{month_zh(payment.month)}{scheme_zh}由“{payer}”缴纳{late_zh}，与投标人“{bidder}”{relation_zh}；"
        f"但{month_zh(before.month)}由“{former}”缴纳，回溯期内缴纳单位有变更。",
        f"Opening on {day}: {scheme_en} for {payment.month} was paid by {payer}{late_en}, {relation_en} the bidder "
        f"{bidder}; but for {before.month} by {former}: the payer changed in the look-back.",
    )
