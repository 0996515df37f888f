"""Payer differs from bidder 社保缴纳单位与投标人不一致."""

from domain.agreement import PayerJudgement, judge_payer
from domain.evidence import AppointmentCase
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule
from domain.verdict_texts import exempt, facts_of, no_payment
from domain.wording import SCHEMES, month_zh, relation

CODE = "E101"


@rule(
    code=CODE,
    version=1,
    title="Payer differs from bidder",
    title_zh="社保缴纳单位与投标人不一致",
    clause="广州市开标比对工作指引（2022）",
    severity=Severity.HIGH,
)
def payer_differs_from_bidder(case: AppointmentCase) -> Verdict:
    """The current payer of the lead's social insurance is not the bidder.

    The current payer is that of the latest look-back month with a payment, for pension before
    any other scheme. The same employer as the bidder is consistent; a different one is a
    mismatch; a likely name, a branch, an agent or an unreadable name is suspect, unless the
    jurisdiction accepts or refuses such payers. Of several payers the best decides. A payer
    that agrees is suspect where a different employer paid the deciding scheme for an earlier
    look-back month. A payment counts whenever it was made, also after the opening (see E106).

    Example: the bids are opened on 18 June; the lead's pension for May was paid by a consultancy
    that has nothing to do with the bidder.

    Why: whoever really employs a person pays for their insurance. A lead insured elsewhere may
    have lent the certificate for the bid.

    Excluded: leads with an exemption valid on D whose workplace is the registration employer;
    leads of whom no payment is known (E105 speaks).
    """
    if case.exemption:
        return exempt(case, case.exemption)
    judgement = judge_payer(case, case.payments)
    if judgement is None:
        return no_payment(case)
    severities = {FindingOutcome.MISMATCH: Severity.HIGH, FindingOutcome.SUSPECT: Severity.LOW}
    return Verdict(
        judgement.outcome,
        _changed(judgement) if judgement.changed else _compared(case, judgement),
        facts_of(case, judgement.current, judgement.changed),
        severities.get(judgement.outcome),
        judgement.agreement.match,
    )


def _compared(case: AppointmentCase, judgement: PayerJudgement) -> Explanation:
    payment, match, bidder = judgement.payment, judgement.agreement.match, case.bidder.name
    (scheme_zh, scheme_en), (relation_zh, relation_en) = SCHEMES[payment.scheme], relation(match)
    payer, month, day = payment.payer.name, payment.month, case.opened_on
    return Explanation(
        f"{day}开标，{month_zh(month)}{scheme_zh}由“{payer}”缴纳，与投标人“{bidder}”{relation_zh}。",
        f"Opening on {day}: {scheme_en} for {month} was paid by {payer}, {relation_en} the bidder {bidder}.",
    )


def _changed(judgement: PayerJudgement) -> Explanation:
    payment, before = judgement.payment, judgement.changed[-1]
    scheme_zh, scheme_en = SCHEMES[payment.scheme]
    payer, former = payment.payer.name, before.payer.name
    return Explanation(
        f"{month_zh(payment.month)}{scheme_zh}由投标人“{payer}”缴纳，但{month_zh(before.month)}由“{former}”缴纳，"
        "回溯期内更换过用人单位。",
        f"Changed employer in the look-back: {scheme_en} for {payment.month} was paid by the bidder {payer}, "
        f"but for {before.month} by {former}.",
    )
