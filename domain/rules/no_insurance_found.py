"""No insurance found 回溯期内无社保缴纳记录."""

from datetime import timedelta

from domain.evidence import AppointmentCase, due_dates
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule
from domain.verdict_texts import exempt, facts_of
from domain.wording import SCHEMES, month_zh

CODE = "E105"


@rule(
    code=CODE,
    version=1,
    title="No insurance found",
    title_zh="回溯期内无社保缴纳记录",
    clause="广州市挂证比对方法二",
    severity=Severity.MEDIUM,
)
def no_insurance_found(case: AppointmentCase) -> Verdict:
    """No payment is known for any look-back month, although the data of all of them are due.

    Until the data of the last month are due, and where the insurance feed is not complete, a
    missing payment is no evidence of anything. It becomes suspect by time alone.

    Example: the bids are opened on 18 June; on 1 July, when the data for May are due, no
    payment for March, April or May is known.

    Why: a lead whom nobody insures is hardly anybody's employee.

    Excluded: leads with an exemption valid on D whose workplace is the registration employer;
    jurisdictions whose insurance feed is not complete.
    """
    if case.exemption:
        return exempt(case, case.exemption)
    if case.payments:
        return _found(case)
    first, last = case.lookback_months[0], case.lookback_months[-1]
    due_on = max(due_dates(case.appointment, case.policy)).date() - timedelta(days=1)
    explanation = Explanation(
        f"{month_zh(first)}至{month_zh(last)}没有社保缴纳记录（数据应于{due_on}前到齐）。",
        f"No insurance payment is known for {first} to {last}, whose data are due by {due_on}.",
    )
    if "insurance" in case.policy.complete_feeds and case.is_due(last):
        return Verdict(FindingOutcome.SUSPECT, explanation, facts_of(case), Severity.MEDIUM)
    return Verdict(FindingOutcome.NO_EVIDENCE, explanation, facts_of(case))


def _found(case: AppointmentCase) -> Verdict:
    payment = case.current_payments[0]
    scheme_zh, scheme_en = SCHEMES[payment.scheme]
    explanation = Explanation(
        f"{month_zh(payment.month)}有{scheme_zh}缴纳记录。", f"A payment of {scheme_en} for {payment.month} is known."
    )
    return Verdict(FindingOutcome.CONSISTENT, explanation, facts_of(case, case.current_payments))
