"""Replacement not equal to the lead of the bid 更换后的项目负责人资格低于原负责人."""

from collections.abc import Iterator

from domain.evidence import RecordedFact
from domain.evidence.qualifications import read_qualification
from domain.evidence.registrations import Registration, Registrations
from domain.evidence.won import WonCase
from domain.facts.attendance import LeadChanged
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule

CODE = "L203"


@rule(
    code=CODE,
    version=1,
    title="Replacement not equal to the lead of the bid",
    title_zh="更换后的项目负责人资格低于原负责人",
    clause="注册建造师执业管理办法（试行）第十条；招标文件资格条件",
    severity=Severity.MEDIUM,
)
def replacement_not_equal(case: WonCase) -> Iterator[Verdict]:
    """The new lead of a recorded change has a lower level of qualification than the lead who goes.

    One finding for each change of the lead of the won project. The best level among the registrations
    valid on the day of the change is compared; level 1 is the highest. Of the lead of the bid, the
    level that the bid states counts where no registration valid on that day is known.

    Example: the lead of the bid is a first-class constructor and hands over to a second-class one.

    Why: the bid was examined and won with the qualification of its lead. Consent to the change does not
    make up for a lower one.

    Excluded: changes that nobody recorded (L202 speaks); levels that are not known or cannot be read;
    changes between people who lead for other firms or other lots under the same project code.

    Outcome: suspect medium.
    Data: bid-opened, award-announced, project-started, lead-changed, registration-recorded,
    registration-cancelled.
    Coverage: none.

    中文

    经登记变更后，新任项目负责人的资格等级低于原项目负责人。

    对中标项目的每次变更各作一次判断。按变更之日有效注册中的最高等级比对，一级最高。投标文件载明的项目负责人当日没有已知有效注册的，
    以投标文件载明的等级为准。

    示例：投标文件载明的项目负责人为一级建造师，变更为二级建造师。

    原因：评审和中标均以原项目负责人的资格为前提，同意变更并不能弥补资格等级的降低。

    除外：没有登记的变更（由L202判断）；等级未知或无法识别的；同一项目编码下其他单位、其他标段的变更。
    """
    told: dict[str, list[RecordedFact]] = {}
    for fact in case.changes:
        if isinstance(change := fact.data, LeadChanged) and change.old.person_id in case.led_until(change.on):
            told.setdefault(_line(change), []).append(fact)
    for line in sorted(told):
        yield _compared(case, told[line], line)


def _compared(case: WonCase, told: list[RecordedFact], line: str) -> Verdict:
    """One change, which several messages may have ``told``."""
    change = told[0].data
    assert isinstance(change, LeadChanged)
    old, new = (_best(_registrations(case, person.person_id), change) for person in (change.old, change.new))
    stated = case.opening.appointment.qualification if change.old.person_id == case.lead_id else None
    had, has = old.qualification if old else stated, new.qualification if new else None
    levels = [None if text is None else read_qualification(text).level for text in (had, has)]
    facts = (*case.won, *told, *(each for period in (old, new) if period for each in period.facts))
    if None in levels:
        words = (
            f"{change.on}变更前后项目负责人的资格等级未知，无从比对。",
            f"The level of the old or the new lead at the change on {change.on} is not known.",
        )
        return Verdict(FindingOutcome.NO_EVIDENCE, Explanation(*words), facts, discriminator=line)
    lower = levels[1] > levels[0]  # type: ignore[operator]
    return Verdict(
        FindingOutcome.SUSPECT if lower else FindingOutcome.CONSISTENT,
        _explained(case, change, f"{had}", f"{has}", lower=lower),
        facts,
        Severity.MEDIUM if lower else None,
        discriminator=line,
    )


def _registrations(case: WonCase, person_id: str) -> Registrations:
    return case.registrations if person_id == case.lead_id else case.qualified[person_id]


def _best(known: Registrations, change: LeadChanged) -> Registration | None:
    """The registration of the highest level on the day of the change; one whose level can be read comes first."""
    levels = {each: read_qualification(each.qualification).level or 99 for each in known.valid_on(change.on)}
    return min(levels, key=lambda each: (levels[each], each.certificate_no, each.qualification), default=None)


def _explained(case: WonCase, change: LeadChanged, had: str, has: str, *, lower: bool) -> Explanation:
    relation_zh, relation_en = ("低于", "lower than") if lower else ("不低于", "not lower than")
    code, day = case.project_code, case.opening.opened_on
    return Explanation(
        f"{day}开标的项目{code}于{change.on}变更项目负责人（{change.document_no}）：新任资格“{has}”{relation_zh}原任“{had}”。",
        f"Project {code} (opening on {day}) changed its lead on {change.on} ({change.document_no}): {has} of the new "
        f"lead is {relation_en} {had} of the old one.",
    )


def _line(change: LeadChanged) -> str:
    return f"{change.on}|{change.old.person_id}|{change.new.person_id}"
