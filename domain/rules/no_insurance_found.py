"""No insurance found 回溯期内无社保缴纳记录."""

from datetime import timedelta

from domain.agreement import bidder_agreement
from domain.evidence import AppointmentCase, due_dates
from domain.evidence.payments import Payment, deciding_payments
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule
from domain.verdict_texts import exempt, facts_of, noting_unfit
from domain.wording import SCHEMES, month_zh

CODE = "E105"


@rule(
    code=CODE,
    version=2,
    title="No insurance found",
    title_zh="回溯期内无社保缴纳记录",
    clause="广州市挂证比对方法二",
    severity=Severity.MEDIUM,
)
def no_insurance_found(case: AppointmentCase) -> Verdict:
    """No payment of a deciding scheme is known for any look-back month, although all their data are due.

    The deciding schemes are pension, unemployment and medical insurance. Until the data of the last
    month are due, and where the insurance feed is not complete, a missing payment is no evidence of
    anything. It becomes suspect by time alone: medium, and low where the bidder pays from the month
    of the opening or the next one on, so that the lead is newly hired.

    Example: the bids are opened on 18 June; on 1 July, when the data for May are due, no
    payment for March, April or May is known.

    Why: a lead whom nobody insures is hardly anybody's employee.

    Excluded: leads whom an exemption valid on D covers; jurisdictions whose insurance feed is not
    complete.

    Version 2 (2026-11-30): a lead hired in the month of the opening was accused like one whom nobody
    insures; one month of work-injury insurance by anybody silenced the rule; an exemption must fit.
    """
    if case.exemption:
        return exempt(case, case.exemption)
    if case.deciding_payments:
        return _found(case)
    newly = next((each for each in deciding_payments(case.later_payments) if _by_bidder(case, each)), None)
    explanation = _explained(case, newly)
    if "insurance" in case.policy.complete_feeds and case.is_due(case.lookback_months[-1]):
        severity = Severity.MEDIUM if newly is None else Severity.LOW
        facts = facts_of(case, [newly] if newly else ())
        return noting_unfit(case, Verdict(FindingOutcome.SUSPECT, explanation, facts, severity))
    return Verdict(FindingOutcome.NO_EVIDENCE, explanation, facts_of(case))


def _by_bidder(case: AppointmentCase, payment: Payment) -> bool:
    return bidder_agreement(case, payment).outcome is FindingOutcome.CONSISTENT


def _explained(case: AppointmentCase, newly: Payment | None) -> Explanation:
    first, last, day = case.lookback_months[0], case.lookback_months[-1], case.opened_on
    due_on = max(due_dates(case.appointment, case.policy)).date() - timedelta(days=1)
    since_zh = f"；投标人“{newly.payer.name}”自{month_zh(newly.month)}起缴纳" if newly else ""
    since_en = f"; the bidder {newly.payer.name} pays since {newly.month}" if newly else ""
    return Explanation(
        f"{day}开标；截至数据报送期限{due_on}（含当日），本系统未收到该项目负责人{month_zh(first)}至{month_zh(last)}"
        f"的养老、失业或医疗保险缴费记录{since_zh}。",
        f"Opening on {day}: by {due_on}, when the data were due, no payment of pension, unemployment or medical "
        f"insurance was known for {first} to {last}{since_en}.",
    )


def _found(case: AppointmentCase) -> Verdict:
    payment = case.current_payments[0]
    scheme_zh, scheme_en = SCHEMES[payment.scheme]
    explanation = Explanation(
        f"{month_zh(payment.month)}有{scheme_zh}缴费记录。", f"A payment of {scheme_en} for {payment.month} is known."
    )
    return Verdict(FindingOutcome.CONSISTENT, explanation, facts_of(case, case.current_payments))
