"""Key staff not employed by the bidder 主要管理人员非投标人在职人员."""

from domain.agreement import best, judge_payer, registration_agreement
from domain.evidence import StaffCase
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule
from domain.verdict_texts import facts_of
from domain.wording import SCHEMES, Words, month_zh

CODE = "E110"


@rule(
    code=CODE,
    version=1,
    title="Key staff not employed by the bidder",
    title_zh="主要管理人员非投标人在职人员",
    clause="建办市〔2018〕57号；招标文件项目管理机构要求",
    severity=Severity.LOW,
)
def key_staff_not_employed(case: StaffCase) -> Verdict:
    """Another employer pays for, or registers, somebody whom the bid names in a key role.

    The comparison is that of E101 (current payer) and E108 (registration on D) with the bidder. It is
    suspect where one of them would be a mismatch for a lead. The policy names the key roles
    (``key_roles``): by default the technical lead and the safety officers.

    Example: the technical lead of the bid is insured by a firm that has nothing to do with the bidder.

    Why: a bid is scored by its team; people who work elsewhere will not be on the site.

    Excluded: other roles; payers and employers that are a likely name, a branch, an agent or cannot be
    told apart from the bidder; payments that an exemption valid on D covers; people of whom neither a
    payment nor a registration is known.

    Outcome: suspect low.
    Data: bid-opened, insurance-paid, registration-recorded, registration-cancelled, employer-renamed,
    exemption-recorded.
    Coverage: none.

    中文

    投标文件载明的主要管理人员，由其他单位缴纳社会保险或者注册在其他单位。

    比对方法同E101（现缴纳单位）和E108（开标日注册单位），任一项对项目负责人而言属于不符的，即存疑。主要管理人员的岗位由本地区规定
    （key_roles），默认为技术负责人和专职安全员。

    示例：投标文件载明的技术负责人由一家与投标人无关的企业缴纳社会保险。

    原因：项目团队是评标的依据；在其他单位工作的人员届时不会到岗。

    除外：其他岗位；缴纳单位或注册单位疑为同一单位、为分支机构、为人力资源代理或无法与投标人区分的；开标日有效的例外情形所涵盖的缴费；
    既无缴费也无注册信息的。
    """
    judgement = None if case.exemption else judge_payer(case, case.payments)
    registrations = case.registrations_on_opening
    registered = best(registration_agreement(case, each) for each in registrations) if registrations else None
    said: list[Words] = []
    if judgement is not None and judgement.outcome is FindingOutcome.MISMATCH:
        payment = judgement.payment
        (zh, en), month, payer = SCHEMES[payment.scheme], payment.month, payment.payer.name
        said.append((f"{month_zh(month)}{zh}由“{payer}”缴纳", f"{en} for {month} was paid by {payer}"))
    if registered is not None and registered.outcome is FindingOutcome.MISMATCH:
        employer = registered.left.name
        said.append((f"注册单位为“{employer}”", f"the registration is with {employer}"))
    facts = facts_of(case, judgement.current if judgement else (), registrations)
    if said:
        return Verdict(FindingOutcome.SUSPECT, _explained(case, said), facts, Severity.LOW)
    known = judgement is not None or registered is not None
    found = FindingOutcome.CONSISTENT if known else FindingOutcome.NO_EVIDENCE
    nothing = "无不是投标人的用人单位", "no other employer than the bidder is known"
    return Verdict(found, _explained(case, [nothing]), facts)


def _explained(case: StaffCase, said: list[Words]) -> Explanation:
    day, bidder, roles = case.opened_on, case.bidder.name, case.roles
    return Explanation(
        f"{day}开标，投标人“{bidder}”拟派的“{roles}”：{'；'.join(zh for zh, _ in said)}。",
        f"Opening on {day}: of the staff named by the bidder {bidder} ({roles}), {' and '.join(en for _, en in said)}.",
    )
