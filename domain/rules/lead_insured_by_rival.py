"""Lead insured by a rival 项目负责人社保由同标段其他投标人缴纳."""

from collections.abc import Iterator
from itertools import product

from domain.employers import Outcome
from domain.evidence.lot import InsuredLeadCase, LotBid
from domain.facts.insurance import LeadInsured
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule
from domain.wording import SCHEMES, Words, month_zh, named_by_payment

CODE = "T402"


@rule(
    code=CODE,
    version=3,
    title="Lead insured by a rival",
    title_zh="项目负责人社保由同标段其他投标人缴纳",
    clause="招标投标法实施条例 §40(3)",
    severity=Severity.HIGH,
    supervisors_only=True,
)
def lead_insured_by_rival(case: InsuredLeadCase) -> Iterator[Verdict]:
    """The current payer of a lead's social insurance is another bidder of the same lot.

    The current payer is that of E101: who paid for the latest look-back month with a payment,
    for pension before any other scheme. A lead who left the rival earlier in the look-back may
    simply have changed jobs and is not found here; nor is one whom the bidder pays beside the
    rival (see E104), or whom an exemption valid on D excuses. Only a payer that is the rival for
    sure counts, by code, name or a rename known: a likely name accuses nobody of collusion.
    Disqualified bids count too. It rests on the opening and on what was said of the payer.

    Example: firm A's lead is insured by firm B, which bids for the same lot.

    Why: a rival that pays the other's lead has lent it the lead, or stands behind both bids.

    Excluded: leads who left the rival earlier in the look-back, whom the bidder pays as well, or
    whom an exemption valid on D excuses; payers that are not the rival for sure.

    Outcome: mismatch high.
    Data: bid-opened, insurance-paid; also exemption-recorded, employer-renamed.
    Coverage: none.

    Version 2 (2026-11-30): only the words of the explanation changed.

    Version 3 (2026-12-01): the explanation names the month and the scheme, as that of E101 does.

    中文

    项目负责人社会保险的当前缴纳单位，是同一标段的另一投标人。

    当前缴纳单位同E101：回溯期内有缴费记录的最近一个月的缴纳单位，以养老保险优先。回溯期较早时已离开该投标人的，可能只是
    更换工作，不在此列；由本投标人同时缴纳的（见E104），或者开标日有适用例外情形的，也不在此列。只计确为该投标人的缴纳单
    位（代码、名称或已知更名一致）：名称疑似的不作为串通投标的线索。被否决的投标也计入。以开标信息和缴纳单位信息为依据。

    示例：甲公司的项目负责人由乙公司参保，而乙公司也投同一标段。

    原因：为对方项目负责人参保的投标人，或者出借了该负责人，或者操纵着两份投标。

    除外：回溯期较早时已离开该投标人的；由本投标人同时缴纳的；开标日有适用例外情形的；不能确认为该投标人的缴纳单位。

    第2版（2026-11-30）：仅修改说明的文字。

    第3版（2026-12-01）：说明中列明缴费月份和险种，与E101一致。
    """
    found = [
        (rival, insured, said, match)
        for rival, (insured, said) in product(case.rivals, case.payers)
        if (match := case.compare(insured.payer, rival.bidder)).outcome is Outcome.SAME
    ]
    if found:
        rival, insured, _, match = found[0]
        facts = (fact for rival, _, said, _ in found for fact in (rival.opening, said))
        yield Verdict(FindingOutcome.MISMATCH, _explained(case, rival, insured), tuple(facts), Severity.HIGH, match)


def _explained(case: InsuredLeadCase, rival: LotBid, insured: LeadInsured) -> Explanation:
    day, bidder, other = case.lot.opened_on, case.bidder.name, rival.bidder.name
    known_zh, known_en = named_by_payment(other, insured.payer.name)
    paid_zh, paid_en = _paid(insured)
    return Explanation(
        f"{day}开标，投标人“{bidder}”的项目负责人{paid_zh}由同一标段另一投标人“{other}”{known_zh}缴纳。",
        f"Opening on {day}: {paid_en} the lead of bidder {bidder} was paid by {other}{known_en}, another bidder of "
        "the same lot.",
    )


def _paid(insured: LeadInsured) -> Words:
    """What was paid; a message recorded before version 3 names neither scheme nor month."""
    if not (insured.scheme and insured.month):
        return "社保", "the insurance of"
    scheme_zh, scheme_en = SCHEMES[insured.scheme]
    return f"{month_zh(insured.month)}{scheme_zh}", f"{scheme_en} for {insured.month} of"
