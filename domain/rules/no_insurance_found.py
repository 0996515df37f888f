"""No insurance found 回溯期内无社保缴纳记录."""

from domain.agreement import bidder_agreement
from domain.coverage_texts import not_covered
from domain.evidence import AppointmentCase
from domain.evidence.coverage import PAID
from domain.evidence.payments import Payment, deciding_payments
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule
from domain.verdict_texts import exempt, facts_of, noting_unfit
from domain.wording import SCHEMES, Words, month_zh, named_by_payment

CODE = "E105"


@rule(
    code=CODE,
    version=3,
    title="No insurance found",
    title_zh="回溯期内无社保缴纳记录",
    clause="广州市挂证比对方法二",
    severity=Severity.MEDIUM,
)
def no_insurance_found(case: AppointmentCase) -> Verdict:
    """No payment of a deciding scheme is known for any look-back month, and all of them are covered.

    The deciding schemes are pension, unemployment and medical insurance. The months are covered when
    a delivery of payments is closed for each required area and month, or when the answer to an
    enquiry about the lead states them. Until then a missing payment is no evidence of anything. It
    is suspect, medium; low where the bidder pays from the month of the opening or the next one on,
    so that the lead is newly hired.

    Example: the bids are opened on 18 June in Guangzhou; the payments of March, April and May are
    closed for Guangzhou, and none of the lead is among them.

    Why: a lead whom nobody insures is hardly anybody's employee.

    Excluded: leads whom an exemption valid on D covers; months that are not covered.

    Outcome: suspect medium, low.
    Data: bid-opened, insurance-paid, insurance-stated; also exemption-recorded, registration-recorded,
    employer-renamed.
    Coverage: insurance-paid.

    Version 2 (2026-11-30): a lead hired in the month of the opening was accused like one whom nobody
    insures; one month of work-injury insurance by anybody silenced the rule; an exemption must fit.

    Version 3 (2026-11-30): completeness was a setting, so that every lead was accused where the
    bureau of an area sends nothing. Now it is stated by ``delivery-closed`` and ``insurance-stated``.

    中文

    回溯期各月的缴费数据均已报送完毕，其中没有项目负责人任何判定险种的缴费记录。

    判定险种为养老、失业、医疗保险。各月的数据，在规定的每个地区均有“报送完毕”报文，或者已有对该项目负责人的查询答复的，
    视为完整；此前未收到缴费记录不能说明任何问题。存疑的一般为中级；投标人自开标当月或次月起缴纳、属于新入职的，为低级。

    示例：6月18日在广州开标；广州3月、4月、5月的缴费数据均已报送完毕，其中没有该项目负责人。

    原因：没有任何单位为其参保的项目负责人，很难说是哪家单位的员工。

    除外：开标日有适用的有效例外情形的；数据未报送完毕的月份。

    第2版（2026-11-30）：此前开标当月入职的项目负责人与无人参保的同样对待；任何单位缴纳一个月工伤保险即不再判断；例外情
    形须与已知信息相符。

    第3版（2026-11-30）：此前数据是否完整由设置决定，社保机构未报送数据的地区每个项目负责人都被判为存疑；现由“报送完毕”报
    文和查询答复确认。
    """
    if case.exemption:
        return exempt(case, case.exemption)
    if case.deciding_payments:
        return _found(case)
    complete = case.complete(PAID)
    newly = next((each for each in deciding_payments(case.later_payments) if _by_bidder(case, each)), None)
    if not complete.given:
        return Verdict(FindingOutcome.NO_EVIDENCE, _unknown(case, not_covered(complete)), facts_of(case))
    severity = Severity.MEDIUM if newly is None else Severity.LOW
    facts = (*facts_of(case, [newly] if newly else ()), *complete.facts)
    return noting_unfit(case, Verdict(FindingOutcome.SUSPECT, _explained(case, newly), facts, severity))


def _by_bidder(case: AppointmentCase, payment: Payment) -> bool:
    return bidder_agreement(case, payment).outcome is FindingOutcome.CONSISTENT


def _explained(case: AppointmentCase, newly: Payment | None) -> Explanation:
    first, last, day = case.lookback_months[0], case.lookback_months[-1], case.opened_on
    bidder = case.bidder.name
    since_zh, since_en = _since(bidder, newly) if newly else ("", "")
    return Explanation(
        f"{day}开标；{month_zh(first)}至{month_zh(last)}的社保缴费数据已报送完毕，本系统未收到投标人“{bidder}”的项目负责人"
        f"的养老、失业或医疗保险缴费记录{since_zh}。",
        f"Opening on {day}: the insurance data of {first} to {last} are complete, and no payment of pension, "
        f"unemployment or medical insurance was known for the lead of the bidder {bidder}{since_en}.",
    )


def _since(bidder: str, newly: Payment) -> Words:
    (scheme_zh, scheme_en), (known_zh, known_en) = SCHEMES[newly.scheme], named_by_payment(bidder, newly.payer.name)
    return (
        f"；该投标人{known_zh}自{month_zh(newly.month)}起缴纳{scheme_zh}",
        f"; the bidder{known_en} pays {scheme_en} since {newly.month}",
    )


def _unknown(case: AppointmentCase, reason: Words) -> Explanation:
    first, last, day, bidder = case.lookback_months[0], case.lookback_months[-1], case.opened_on, case.bidder.name
    zh, en = reason
    return Explanation(
        f"{day}开标；本系统未收到投标人“{bidder}”的项目负责人{month_zh(first)}至{month_zh(last)}的养老、失业或医疗保险缴费记录，"
        f"但{zh}，不能据此判断。",
        f"Opening on {day}: no payment of pension, unemployment or medical insurance was known for the lead of the "
        f"bidder {bidder} for {first} to {last}, and nothing follows from that: {en}.",
    )


def _found(case: AppointmentCase) -> Verdict:
    payment = case.current_payments[0]
    scheme_zh, scheme_en = SCHEMES[payment.scheme]
    explanation = Explanation(
        f"{case.opened_on}开标；{month_zh(payment.month)}{scheme_zh}由“{payment.payer.name}”缴纳。",
        f"Opening on {case.opened_on}: {scheme_en} for {payment.month} was paid by {payment.payer.name}.",
    )
    return Verdict(FindingOutcome.CONSISTENT, explanation, facts_of(case, case.current_payments))
