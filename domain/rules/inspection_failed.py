"""Inspection failed 到岗检查未通过."""

from collections.abc import Iterator
from itertools import groupby

from domain.evidence.days import SHANGHAI
from domain.evidence.site import Inspection, SiteCase
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule
from domain.wording import Words

CODE = "S503"

_ABSENT: Words = ("被检查人不在岗", "the person was not on site")
_NO_ANSWER: Words = ("被检查人在场但答不出项目情况", "the person was there but could not answer about the project")
_PASSED: Words = ("被检查人在岗", "the person was on site")


@rule(
    code=CODE,
    version=1,
    title="Inspection failed",
    title_zh="到岗检查未通过",
    clause="广州市挂证比对方法三（到岗检查）",
    severity=Severity.HIGH,
    supervisors_only=True,
)
def inspection_failed(case: SiteCase) -> Iterator[Verdict]:
    """An inspector found the person absent from the site, or present but unable to answer about the project.

    Whoever cannot answer probably never worked there (high); absence may have a reason (medium).
    Every inspection is judged by itself; of several reports of one moment the worse counts. An
    absence from a project that is known to have been stopped or accepted, or not begun, on that
    day is exempt.

    Example: on 12 August the inspector asks for the lead, who is not on the site.

    Why: a visit on site is the one check that no device can be made to pass.

    Excluded: absence from a project that was stopped, accepted or not begun on that day.

    Outcome: mismatch high, medium.
    Data: site-inspected, project-started, project-suspended, project-completed.
    Coverage: none.

    中文

    检查人员发现被检查人不在岗，或者在场但答不出项目情况。

    答不出项目情况的，很可能从未在此工作（高级）；不在岗的，可能另有原因（中级）。每次检查单独判断；同一时刻有多份检查记
    录的，以较重的为准。已知项目当日停工、已竣工验收或尚未开工的，不在岗属于例外。

    示例：8月12日，检查人员要求项目负责人到场，其不在工地。

    原因：现场检查是任何设备都无法代替应付的核实方式。

    除外：项目当日停工、已竣工验收或尚未开工时的不在岗。
    """
    for at, reports in groupby(case.inspections, key=lambda inspection: inspection.report.inspected_at):
        inspections = tuple(reports)
        outcome, severity, (zh, en) = _judged(case, inspections)
        local = at.astimezone(SHANGHAI)
        yield Verdict(
            outcome,
            Explanation(
                f"{local:%Y-%m-%d %H:%M}到岗检查项目{case.project_code}：{zh}。",
                f"At the inspection of project {case.project_code} on {local:%Y-%m-%d at %H:%M} {en}.",
            ),
            tuple(inspection.fact for inspection in inspections),
            severity,
            discriminator=at.astimezone(SHANGHAI).isoformat(),
        )


def _judged(case: SiteCase, inspections: tuple[Inspection, ...]) -> tuple[FindingOutcome, Severity | None, Words]:
    if any(each.report.present and each.report.answered is False for each in inspections):
        return FindingOutcome.MISMATCH, Severity.HIGH, _NO_ANSWER
    if all(each.report.present for each in inspections):
        return FindingOutcome.CONSISTENT, None, _PASSED
    if case.under_construction(inspections[0].day):
        return FindingOutcome.MISMATCH, Severity.MEDIUM, _ABSENT
    zh, en = _ABSENT
    return (
        FindingOutcome.EXEMPT,
        None,
        (f"{zh}，但当日项目未在施工", f"{en}, but the project was not under construction"),
    )
