"""No insurance found 回溯期内无社保缴纳记录."""

from datetime import timedelta

from domain.agreement import bidder_agreement
from domain.evidence import AppointmentCase, due_dates
from domain.evidence.payments import Payment, deciding_payments
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule
from domain.verdict_texts import exempt, facts_of, noting_unfit
from domain.wording import SCHEMES, Words, month_zh, named_by_payment

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

    Outcome: suspect medium, low.
    Data: bid-opened, insurance-paid; also exemption-recorded, registration-recorded, employer-renamed.
    Coverage: insurance-paid.

    Version 2 (2026-11-30): a lead hired in the month of the opening was accused like one whom nobody
    insures; one month of work-injury insurance by anybody silenced the rule; an exemption must fit.

    中文

    回溯期各月的数据均已到报送期限，而本系统未收到项目负责人任何判定险种的缴费记录。

    判定险种为养老、失业、医疗保险。最后一个月的数据未到期、或者缴费数据不完整的，未收到缴费记录不能说明任何问题。随时间
    经过即可存疑：一般为中级；投标人自开标当月或次月起缴纳、属于新入职的，为低级。

    示例：6月18日开标；到7月1日，5月数据的报送期限已过，仍未收到3月、4月、5月的缴费记录。

    原因：没有任何单位为其参保的项目负责人，很难说是哪家单位的员工。

    除外：开标日有适用的有效例外情形的；缴费数据不完整的辖区。

    第2版（2026-11-30）：此前开标当月入职的项目负责人与无人参保的同样对待；任何单位缴纳一个月工伤保险即不再判断；例外情
    形须与已知信息相符。
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
    bidder = case.bidder.name
    since_zh, since_en = _since(bidder, newly) if newly else ("", "")
    return Explanation(
        f"{day}开标；截至数据报送期限{due_on}（含当日），本系统未收到投标人“{bidder}”的项目负责人"
        f"{month_zh(first)}至{month_zh(last)}的养老、失业或医疗保险缴费记录{since_zh}。",
        f"Opening on {day}: by {due_on}, when the data were due, no payment of pension, unemployment or medical "
        f"insurance was known for the lead of the bidder {bidder} for {first} to {last}{since_en}.",
    )


def _since(bidder: str, newly: Payment) -> Words:
    (scheme_zh, scheme_en), (known_zh, known_en) = SCHEMES[newly.scheme], named_by_payment(bidder, newly.payer.name)
    return (
        f"；该投标人{known_zh}自{month_zh(newly.month)}起缴纳{scheme_zh}",
        f"; the bidder{known_en} pays {scheme_en} since {newly.month}",
    )


def _found(case: AppointmentCase) -> Verdict:
    payment = case.current_payments[0]
    scheme_zh, scheme_en = SCHEMES[payment.scheme]
    explanation = Explanation(
        f"{case.opened_on}开标；{month_zh(payment.month)}{scheme_zh}由“{payment.payer.name}”缴纳。",
        f"Opening on {case.opened_on}: {scheme_en} for {payment.month} was paid by {payment.payer.name}.",
    )
    return Verdict(FindingOutcome.CONSISTENT, explanation, facts_of(case, case.current_payments))
