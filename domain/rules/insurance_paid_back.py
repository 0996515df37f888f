"""Insurance paid only after the opening 开标后补缴社保."""

from domain.agreement import PayerJudgement, judge_payer
from domain.evidence import AppointmentCase
from domain.evidence.payments import Payment, deciding_payments
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule
from domain.verdict_texts import exempt, facts_of, no_payment, noting_unfit
from domain.wording import SCHEMES, month_zh

CODE = "E106"


@rule(
    code=CODE,
    version=2,
    title="Insurance paid only after the opening",
    title_zh="开标后补缴社保",
    clause="广州市开标比对工作指引（2022），以开标时所知为准",
    severity=Severity.HIGH,
)
def insurance_paid_back(case: AppointmentCase) -> Verdict:
    """The payer agrees better with the bidder (E101) thanks to payments made late.

    Late is a payment made after its lawful term (by default the last day of the following month)
    and after D. E101 is judged with and without the late payments of look-back months. Better with
    them is suspect; a mismatch where without them another employer is the current payer: then the
    bidder paid back over a stranger.

    Example: the bids are opened on 18 June; the bidder pays the pension for March to May on
    25 July.

    Why: insurance bought after the fact makes a borrowed lead look employed.

    Excluded: payments within the lawful term, such as that for May on 20 June; payments E101 does
    not need; leads whom an exemption valid on D covers.

    Outcome: mismatch high; suspect medium.
    Data: bid-opened, insurance-paid; also exemption-recorded, registration-recorded, employer-renamed.
    Coverage: none.

    Version 2 (2026-11-30): a back-payment over a stranger's payment was suspect only, and a payment
    within the lawful term was suspect too.

    中文

    因逾期补缴，缴纳单位与投标人的比对结果（E101）变得更相符。

    逾期补缴，是指既晚于缴费期限（默认为次月最后一日）、又晚于开标的缴费。分别按计入和不计入回溯期内逾期补缴的情形
    作E101比对：计入后更相符的，存疑；不计入时当前缴纳单位为其他单位的，不符，即投标人在他人参保之后补缴。

    示例：6月18日开标；投标人于7月25日补缴3月至5月的养老保险。

    原因：事后补缴，可以使借用的项目负责人看似本单位员工。

    除外：缴费期限内的缴费，如6月20日缴纳5月的保险；E101不依赖的缴费；开标日有适用的有效例外情形的。

    第2版（2026-11-30）：此前在他人参保之后补缴仅为存疑，缴费期限内的缴费也被列为存疑。
    """
    if case.exemption:
        return exempt(case, case.exemption)
    judgement = judge_payer(case, case.payments)
    if judgement is None:
        return no_payment(case)
    in_time = tuple(payment for payment in case.payments if not case.paid_late(payment))
    without = judge_payer(case, in_time)
    if len(in_time) < len(case.payments) and _rank(judgement) < _rank(without):
        return noting_unfit(case, _paid_back(case, judgement, without))
    day = case.opened_on
    explanation = Explanation(
        f"比对结果不依赖{day}开标之后的补缴。", f"No late payment after the opening on {day} decides the comparison."
    )
    return Verdict(FindingOutcome.CONSISTENT, explanation, facts_of(case, judgement.current))


def _rank(judgement: PayerJudgement | None) -> int:
    """How much speaks against the lead; that nothing is known counts like a doubt."""
    outcome = judgement.outcome if judgement else FindingOutcome.SUSPECT
    return (FindingOutcome.CONSISTENT, FindingOutcome.SUSPECT, FindingOutcome.MISMATCH).index(outcome)


def _paid_back(case: AppointmentCase, judgement: PayerJudgement, without: PayerJudgement | None) -> Verdict:
    late = tuple(payment for payment in deciding_payments(case.payments) if case.paid_late(payment))
    first = min(late, key=lambda payment: (payment.paid_on, payment.month))
    stranger = without.payment if without and without.agreement.outcome is FindingOutcome.MISMATCH else None
    facts = facts_of(case, judgement.current, late, [stranger] if stranger else ())
    if stranger is None:
        outcome, severity = FindingOutcome.SUSPECT, Severity.MEDIUM
    else:
        outcome, severity = FindingOutcome.MISMATCH, Severity.HIGH
    return Verdict(outcome, _explained(case, first, stranger), facts, severity, judgement.agreement.match)


def _explained(case: AppointmentCase, late: Payment, stranger: Payment | None) -> Explanation:
    scheme_zh, scheme_en = SCHEMES[late.scheme]
    payer, month, bidder, day = late.payer.name, late.month, case.bidder.name, case.opened_on
    if stranger is None:
        zh, en = f"缴纳单位与投标人“{bidder}”不一致或无从比对", f"the payer would not agree with the bidder {bidder}"
    else:
        other, of = stranger.payer.name, stranger.month
        zh = f"缴纳单位为“{other}”（{month_zh(of)}），不是投标人“{bidder}”"
        en = f"the payer would be {other} ({of}) and not the bidder {bidder}"
    return Explanation(
        f"{day}开标；“{payer}”于{late.paid_on}才缴纳{month_zh(month)}{scheme_zh}，晚于缴费期限和开标；"
        f"若不计入开标后补缴的部分，{zh}。",
        f"Opening on {day}: {payer} paid {scheme_en} for {month} only on {late.paid_on}, after the lawful term and the "
        f"opening; without such late payments {en}.",
    )
