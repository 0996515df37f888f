"""Payer changes after the award 中标后项目负责人社保缴纳单位变更."""

from collections.abc import Iterator

from domain.agreement import bidder_agreement, judge_payer
from domain.evidence.days import shifted_month
from domain.evidence.payments import Payment
from domain.evidence.won import WonCase
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule
from domain.wording import SCHEMES, month_zh, relation

CODE = "E109"


@rule(
    code=CODE,
    version=2,
    title="Payer changes after the award",
    title_zh="中标后项目负责人社保缴纳单位变更",
    clause="建办市〔2018〕57号；注册建造师执业管理办法（试行）",
    severity=Severity.MEDIUM,
)
def payer_changes_after_award(case: WonCase, *, gap_months: int = 2) -> Iterator[Verdict]:
    """While the won project runs, another employer pays the pension insurance of the lead, or payments stop.

    One finding for each whole month from the one after the award to the one before acceptance, in
    which the lead of the bid leads the project. Who won is known from the award, or from the bidder
    being the contractor of the project. Where no start of construction is known, three months after
    the award are looked at. A month counts against the lead only if everybody who paid pension
    insurance for it is another employer than the bidder. The payer must have changed: where another
    employer was the current payer at the opening already, E101 speaks, until the bidder pays.

    Payments have stopped where somebody insured the lead before, and then nobody paid pension,
    unemployment or medical insurance for two months in a row (``gap_months``). A month counts as a gap only
    where it is covered: a delivery of payments is closed for each required area, or the answer to an enquiry
    about the lead states it. The finding is about the second month of the gap and each later one.

    Example: the award is announced on 25 June; from July on the lead's pension insurance is paid by
    a consultancy, while the project runs.

    Why: a certificate that was lent for the bid goes back to its owner's employer once the bid is won.

    Excluded: months before the award and after acceptance; months in which somebody else leads with
    recorded consent; leads whom an exemption covers in that month; payers that are a branch, an agent
    or cannot be told apart from the bidder, unless the jurisdiction refuses them. As a gap also: months
    that are not covered; months in which the project was stopped; leads whom nobody insured before.

    Outcome: mismatch medium.
    Data: bid-opened, insurance-paid, insurance-stated; also award-announced, project-started,
    project-suspended, project-completed, lead-changed, exemption-recorded, registration-recorded,
    employer-renamed.
    Coverage: insurance-paid.

    Version 2 (2026-11-30): a lead whom nobody insured any more after the award was not noticed, and
    payments in the answer to an enquiry did not count.

    中文

    中标项目在建期间，项目负责人的养老保险改由其他单位缴纳，或者社保停缴。

    自中标次月起至竣工验收前一个月止，投标文件载明的项目负责人在任的每个整月各作一次判断。中标人依中标公告认定；未收到公告的，
    以该项目编码下的承包单位为投标人认定。未收到开工信息的，只看中标后三个月。当月养老保险的缴纳单位均与投标人不是同一单位的，
    方计入。缴纳单位须有变更：开标时已由其他单位缴纳的由E101判断，至投标人缴纳为止。

    停缴是指此前有单位为其参保，其后连续两个月（``gap_months``）没有任何单位缴纳养老、失业或医疗保险。各月的数据，在规定的每个
    地区均有“报送完毕”报文，或者已有对该项目负责人的查询答复的，方计入。自停缴的第二个月起，每月各作一次判断。

    示例：6月25日公告中标；项目在建期间，自7月起项目负责人的养老保险改由一家咨询公司缴纳。

    原因：为投标而出借的证书，中标后其本人往往回到原单位。

    除外：中标前和竣工验收后的月份；经登记同意由他人接任后的月份；当月有例外情形的；缴纳单位为分支机构、人力资源代理或无法与
    投标人区分的（本地区规定不予认可的除外）。停缴的判断还除外：数据未报送完毕的月份；项目停工的月份；此前无任何单位为其参保的。

    第2版（2026-11-30）：此前中标后停缴社保的未能发现，查询答复中的缴费记录也未计入。
    """
    yield from _moved_away(case)
    covered: list[str] = []
    for month in case.unpaid_months:
        if not case.all_paid_known(month).given:
            continue
        in_a_row = covered and shifted_month(covered[-1], 1) == month
        covered = [*covered, month] if in_a_row else [month]
        if len(covered) >= gap_months:
            yield _stopped(case, covered)


def _moved_away(case: WonCase) -> Iterator[Verdict]:
    at_opening = judge_payer(case.opening, case.opening.payments)
    with_bidder = at_opening is None or at_opening.outcome is not FindingOutcome.MISMATCH
    for month in case.months:
        paid = [payment for payment in case.payments if payment.month == month and payment.scheme == "pension"]
        if not paid:
            continue
        outcomes = [bidder_agreement(case.opening, payment).outcome for payment in paid]
        if any(outcome is not FindingOutcome.MISMATCH for outcome in outcomes):
            with_bidder = with_bidder or FindingOutcome.CONSISTENT in outcomes
        elif with_bidder:
            yield _by_another(case, paid)


def _stopped(case: WonCase, covered: list[str]) -> Verdict:
    """``covered`` are the months without a payment in a row up to the one judged."""
    first, month = covered[0], covered[-1]
    last = case.paid_before(first)
    assert last is not None
    closings = (fact for each in covered for fact in case.all_paid_known(each).facts)
    facts = tuple(dict.fromkeys((*case.won, last.fact, *closings)))
    (scheme_zh, scheme_en), payer = SCHEMES[last.scheme], last.payer.name
    bidder, day = case.opening.bidder.name, case.opening.opened_on
    explanation = Explanation(
        f"{day}开标、{case.begun_on}中标或开工的项目在建，投标人“{bidder}”的项目负责人{month_zh(last.month)}{scheme_zh}由“{payer}”"
        f"缴纳；{month_zh(first)}至{month_zh(month)}的社保缴费数据已报送完毕，其中没有其养老、失业或医疗保险缴费记录。",
        f"Opening on {day}, won or begun on {case.begun_on}: {scheme_en} of the lead of the bidder {bidder} for "
        f"{last.month} was paid by {payer}; while the project runs, the insurance data of {first} to {month} are "
        f"complete, and no payment of pension, unemployment or medical insurance was known for them.",
    )
    return Verdict(FindingOutcome.MISMATCH, explanation, facts, Severity.MEDIUM, discriminator=month)


def _by_another(case: WonCase, paid: list[Payment]) -> Verdict:
    payment, month = paid[0], paid[0].month
    facts = (*case.won, *(each.fact for each in paid))
    exemption = case.exempt_in(month)
    if exemption is not None:
        words = f"{month_zh(month)}有有效的例外情形。", f"An exemption covers the lead in {month}."
        return Verdict(FindingOutcome.EXEMPT, Explanation(*words), (*facts, exemption), discriminator=month)
    match = bidder_agreement(case.opening, payment).match
    (scheme_zh, scheme_en), (relation_zh, relation_en) = SCHEMES[payment.scheme], relation(match)
    payer, bidder, day = payment.payer.name, case.opening.bidder.name, case.opening.opened_on
    explanation = Explanation(
        f"{day}开标、{case.begun_on}中标或开工的项目在建，{month_zh(month)}{scheme_zh}由“{payer}”缴纳，"
        f"与投标人“{bidder}”{relation_zh}。",
        f"Opening on {day}, won or begun on {case.begun_on}: while the project runs, {scheme_en} for {month} was paid "
        f"by {payer}, {relation_en} the bidder {bidder}.",
    )
    return Verdict(FindingOutcome.MISMATCH, explanation, facts, Severity.MEDIUM, match, discriminator=month)
