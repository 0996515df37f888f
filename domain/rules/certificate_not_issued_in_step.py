"""E-certificate not issued with the decision 电子证照未同步制发."""

from datetime import date

from domain.approval import ApprovalCase
from domain.approval.entries import Entry
from domain.approval.lights import CERTIFICATE_WORKING_DAYS
from domain.approval.verdict_texts import consistent, facts_of, mismatch, no_evidence
from domain.coverage_texts import not_covered
from domain.evidence.days import day_in_shanghai
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule

CODE = "A606"


@rule(
    code=CODE,
    version=3,
    title="E-certificate not issued with the decision",
    title_zh="电子证照未同步制发",
    clause="电子证照同步制发（100%）",
    severity=Severity.MEDIUM,
    supervisors_only=True,
)
def certificate_not_issued_in_step(
    case: ApprovalCase, *, longest_working_days: int = CERTIFICATE_WORKING_DAYS
) -> Verdict:
    """No electronic certificate within one working day of an approval.

    Every approval issues its certificate in step, so that nobody has to ask for paper. What counts
    is when the certificate that names the case was issued, not when we learned of it; it may be
    issued before the decision. A certificate that is missing is a mismatch where the register of
    certificates is covered: closed for the required area up to the last day, or a later one. Else
    it is no evidence. Items listed as issuing no certificate are exempt; refusals issue none.

    Example: a permit is approved on Monday; by the end of Tuesday no electronic certificate names
    the case.

    Why: without its electronic certificate an approval cannot be checked by anybody else.

    Excluded: refusals, items listed as issuing no certificate, and registers that are not covered.

    Outcome: mismatch medium.
    Data: approval-recorded, certificate-issued.
    Coverage: certificate-issued.

    Version 2 (2026-11-30): only the words of the explanation changed.

    Version 3 (2026-11-30): every approval was called late where the register of certificates sends
    nothing. Now ``delivery-closed`` states that it is complete.

    中文

    准予许可后1个工作日内，未制发电子证照。

    每项许可均应同步制发电子证照，无须申请人再申请纸质证照。以载明该审批件的证照的制发时间为准，与本系统何时收到无关；可
    以早于决定制发。未收到证照的，仅在规定地区的证照数据已报送至最后一日或更晚时判为不符，否则证据不足。列为不制发证照的事项
    为例外；不予许可的不制发。

    示例：某许可于周一准予；至周二结束，仍没有载明该审批件的电子证照。

    原因：没有电子证照，他人无从核验该许可。

    除外：不予许可的决定；列为不制发证照的事项；证照数据未报送完毕的。

    第2版（2026-11-30）：仅修改说明的文字。

    第3版（2026-11-30）：此前证照数据未报送的地区，每项许可均被视为未同步制发；现由“报送完毕”报文确认数据完整。
    """
    approved = case.approved
    if approved is None:
        zh, en = "该审批件没有准予的决定。", "The case has not been approved."
        return no_evidence(zh, en, facts_of(*case.entries[-1:]))
    if case.latest.item_code in case.policy.items_without_certificate:
        explanation = Explanation("该事项不制发证照。", "The item issues no certificate.")
        return Verdict(FindingOutcome.EXEMPT, explanation, facts_of(approved))
    last = case.calendar.add(approved.day, longest_working_days, case.jurisdiction)
    facts = (approved.fact, *case.certificates[:1])
    if last.on is None:
        zh, en = "证照截止日所在年份的工作日尚未公布。", "The working days of the year it is due in are not announced."
        return no_evidence(zh, en, facts)
    if not case.certificates:
        return _missing(case, approved, last.on, passed=last.passed(day_in_shanghai(case.now)))
    issued = day_in_shanghai(case.certificates[0].occurred_at)
    if last.passed(issued):
        zh = f"{approved.day}准予许可，电子证照至{issued}才制发（应于{last.on}（含当日）前制发）。"
        en = f"Approved on {approved.day}, and the certificate was issued on {issued} only (due by {last.on})."
        return mismatch(zh, en, facts, Severity.MEDIUM)
    zh, en = f"电子证照已于{issued}制发。", f"The certificate was issued on {issued}."
    return consistent(zh, en, facts)


def _missing(case: ApprovalCase, approved: Entry, last: date, *, passed: bool) -> Verdict:
    """No certificate is known that names the case."""
    if not passed:
        zh, en = f"电子证照应于{last}（含当日）前制发。", f"A certificate is due by {last}."
        return no_evidence(zh, en, (approved.fact,))
    complete = case.certificates_complete
    if complete.given:
        zh, en = (
            f"{approved.day}准予许可，电子证照应于{last}（含当日）前制发，本系统未收到其制发信息。",
            f"Approved on {approved.day}; a certificate was due by {last}, and none is known.",
        )
        return mismatch(zh, en, (approved.fact, *complete.facts), Severity.MEDIUM)
    why_zh, why_en = not_covered(complete)
    zh = f"{approved.day}准予许可，至{last}本系统未收到电子证照，但{why_zh}，不能据此判断。"
    en = f"Approved on {approved.day}, and no certificate known by {last}; nothing follows from that: {why_en}."
    return no_evidence(zh, en, (approved.fact,))
