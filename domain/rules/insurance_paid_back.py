"""Insurance paid back 开标后补缴社保."""

from domain.agreement import PayerJudgement, judge_payer, payer_agreement
from domain.evidence import AppointmentCase
from domain.evidence.payments import Payment
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule
from domain.verdict_texts import exempt, facts_of, no_payment
from domain.wording import SCHEMES, month_zh

CODE = "E106"


@rule(
    code=CODE,
    version=1,
    title="Insurance paid back",
    title_zh="开标后补缴社保",
    clause="广州市开标比对工作指引（2022），以开标时所知为准",
    severity=Severity.MEDIUM,
)
def insurance_paid_back(case: AppointmentCase) -> Verdict:
    """The payer agrees with the bidder (E101) only thanks to payments made after the opening.

    Judged by leaving out the payments of look-back months that were made after D (the day of
    the opening itself is in time): E101 is consistent with them and would not be without.

    Example: the bids are opened on 18 June; the bidder pays the pension for March to May on
    25 June.

    Why: insurance bought after the fact makes a borrowed lead look employed.

    Excluded: payments of the opening day itself; payments E101 does not need; leads with an
    exemption valid on D whose workplace is the registration employer.
    """
    if case.exemption:
        return exempt(case, case.exemption)
    judgement = judge_payer(case, case.payments)
    if judgement is None:
        return no_payment(case)
    in_time = tuple(payment for payment in case.payments if payment.paid_on <= case.opened_on)
    if len(in_time) < len(case.payments) and _agrees(judgement) and not _agrees(judge_payer(case, in_time)):
        return _paid_back(case, judgement)
    day = case.opened_on
    explanation = Explanation(
        f"比对结果不依赖{day}开标之后的补缴。", f"No payment made after the opening on {day} decides the comparison."
    )
    return Verdict(FindingOutcome.CONSISTENT, explanation, facts_of(case, judgement.current))


def _agrees(judgement: PayerJudgement | None) -> bool:
    return judgement is not None and judgement.outcome is FindingOutcome.CONSISTENT


def _paid_back(case: AppointmentCase, judgement: PayerJudgement) -> Verdict:
    late = tuple(payment for payment in case.payments if payment.paid_on > case.opened_on)
    deciding = min((p for p in late if _supports(case, p, judgement)), key=lambda payment: payment.paid_on)
    scheme_zh, scheme_en = SCHEMES[deciding.scheme]
    payer, month = deciding.payer.name, deciding.month
    paid_on, day = deciding.paid_on, case.opened_on
    explanation = Explanation(
        f"“{payer}”于{paid_on}才缴纳{month_zh(month)}{scheme_zh}，晚于{day}开标，与投标人一致全赖此类补缴。",
        f"{payer} paid {scheme_en} for {month} only on {paid_on}, after the opening on {day}; "
        "without such payments the payer would not agree with the bidder.",
    )
    facts = facts_of(case, judgement.current, late)
    return Verdict(FindingOutcome.SUSPECT, explanation, facts, Severity.MEDIUM, judgement.agreement.match)


def _supports(case: AppointmentCase, payment: Payment, judgement: PayerJudgement) -> bool:
    if (payment.month, payment.scheme) != (judgement.payment.month, judgement.payment.scheme):
        return False
    return payer_agreement(case, payment, case.bidder).outcome is FindingOutcome.CONSISTENT
