"""Qualification below what the tender requires 项目负责人资格低于招标要求."""

from domain.evidence import AppointmentCase
from domain.evidence.qualifications import read_qualification
from domain.evidence.registrations import Registration
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule
from domain.verdict_texts import facts_of

CODE = "C303"


@rule(
    code=CODE,
    version=1,
    title="Qualification below what the tender requires",
    title_zh="项目负责人资格低于招标要求",
    clause="注册建造师执业管理办法（试行）；招标文件资格条件",
    severity=Severity.MEDIUM,
)
def qualification_below_tender(case: AppointmentCase) -> Verdict:
    """The registrations valid on D have not the level and the trade that the opening requires.

    The opening says what is required (``required_qualification``). Of several registrations valid
    on D, the one named in the bid decides where it is known, else the best. Level 1 meets level 2.
    A requirement of several trades is met by one of them.

    Example: the tender requires a level-1 constructor for municipal works; the lead is registered
    with level 2.

    Why: a lead below the required qualification must not run the project; a bid that names one
    names somebody else's name.

    Excluded: openings that say nothing of a qualification; leads without a registration valid on D
    (C302 speaks); texts whose level or trade cannot be read.

    Outcome: mismatch medium.
    Data: bid-opened, registration-recorded.
    Coverage: none.

    中文

    项目负责人开标日有效的注册，未达到开标信息所要求的等级和专业。

    所要求的资格由开标信息载明（required_qualification）。开标日有多项有效注册的，投标文件载明且已知的以该项为准，否则以
    最相符的为准。一级满足二级的要求。要求中列有多个专业的，符合其一即可。

    示例：招标要求市政公用工程一级建造师；项目负责人注册为二级。

    原因：低于资格要求的人员不得主持该项目；投标文件中载明这样的人员，往往只是借用其名。

    除外：开标信息未载明资格要求的；开标日没有有效注册的（由C302判断）；等级或专业无法识别的。
    """
    required_text, valid = case.appointment.required_qualification, case.registrations_on_opening
    if required_text is None or not valid:
        return _nothing_to_compare(case)
    required = read_qualification(required_text)
    named = case.registrations.of(case.appointment.certificate_no).valid_on(case.opened_on)
    answers = {each: read_qualification(each.qualification).meets(required) for each in named or valid}
    shown = max(answers, key=lambda each: (_rank(answers[each]), each.certificate_no))
    outcome = {True: FindingOutcome.CONSISTENT, None: FindingOutcome.NO_EVIDENCE, False: FindingOutcome.MISMATCH}
    found = outcome[answers[shown]]
    severity = Severity.MEDIUM if found is FindingOutcome.MISMATCH else None
    return Verdict(found, _compared(case, shown, required_text, found), facts_of(case, list(answers)), severity)


def _rank(answer: bool | None) -> int:
    return (False, None, True).index(answer)


def _nothing_to_compare(case: AppointmentCase) -> Verdict:
    if case.appointment.required_qualification is None:
        words = "开标信息未载明资格要求。", "The opening says nothing of a required qualification."
    else:
        words = f"本系统未收到{case.opened_on}有效的注册信息。", f"No registration valid on {case.opened_on} is known."
    return Verdict(FindingOutcome.NO_EVIDENCE, Explanation(*words), facts_of(case))


def _compared(case: AppointmentCase, shown: Registration, required: str, found: FindingOutcome) -> Explanation:
    relation_zh, relation_en = {
        FindingOutcome.CONSISTENT: ("符合", "meets"),
        FindingOutcome.NO_EVIDENCE: ("无法与之比对", "cannot be compared with"),
    }.get(found, ("未达到", "does not meet"))
    day, held, number = case.opened_on, shown.qualification, shown.certificate_no
    return Explanation(
        f"{day}开标要求“{required}”，项目负责人注册证书{number}的资格“{held}”{relation_zh}该要求。",
        f"Opening on {day}: {required} is required; the registration {number} of the lead ({held}) {relation_en} it.",
    )
