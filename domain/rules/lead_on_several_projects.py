"""Lead on several projects 项目负责人同时担任多个在建项目的项目负责人."""

from datetime import date

from domain.evidence import AppointmentCase, RecordedFact
from domain.evidence.projects import Phase, Project, adjoining
from domain.facts.attendance import LeadChanged, ProjectFact
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule

CODE = "L201"


@rule(
    code=CODE,
    version=2,
    title="Lead on several projects",
    title_zh="项目负责人同时担任多个在建项目的项目负责人",
    clause="注册建造师执业管理办法（试行）第九条",
    severity=Severity.HIGH,
)
def lead_on_several_projects(
    case: AppointmentCase, *, fewest_projects: int = 2, fewest_stop_days: int = 120
) -> Verdict:
    """On D the person leads two or more projects under construction, whoever builds them.

    A project counts from its start until acceptance is passed, also while it is stopped. Not
    counted are projects stopped for 120 days or more by the owner or with its consent, and not by
    the contractor's fault; adjacent sections count as one. Where only these exceptions keep the
    number low, the finding is exempt. The project of the bid itself has not begun and does not
    count. A stop is counted from its first day to the day before D.

    Example: on the day of the opening the person leads a road in Guangzhou and a school in Foshan,
    both under construction.

    Why: nobody can lead two building sites at once; one of the two has a lead on paper.

    Excluded: projects whose acceptance is passed, adjacent sections, projects stopped for 120 days
    or more with the owner's consent and not by the contractor's fault, and the project of the bid
    itself.

    Outcome: mismatch high.
    Data: bid-opened, project-started, project-suspended, project-completed.
    Coverage: none.

    Version 2 (2026-11-30): the clause says 超过120天（含）, which includes the 120th day, and
    因非承包方原因, which version 1 did not ask. ``longest_stop_days`` became ``fewest_stop_days``.

    中文

    开标日该人同时担任两个以上在建项目的项目负责人，不论由哪家单位施工。

    项目自开工起至竣工验收合格止计为在建，停工期间也计入。由建设单位决定或经其同意、非因承包方原因停工满120天的，不计
    入；相邻标段计为一个。仅因这些情形而不足两个的，为例外。本次投标的项目尚未开工，不计入。停工天数自停工首日计至开标日
    前一日。

    示例：开标日该人同时担任广州一条道路和佛山一所学校的项目负责人，两个项目均在建。

    原因：一人无法同时主持两个工地；其中必有一个只是挂名。

    除外：已竣工验收合格的项目；相邻标段；经建设单位同意、非因承包方原因停工满120天的项目；本次投标的项目。

    第2版（2026-11-30）：条文为“超过120天（含）”，包括第120天；并要求“因非承包方原因”，第1版未作要求。阈
    值longest_stop_days改为fewest_stop_days。
    """
    day, person_id = case.opened_on, case.appointment.person.person_id
    running = [project for project in case.projects if _runs(project, day) and person_id in project.leads_on(day)]
    codes = sorted({project.project_code for project in running})
    counted = adjoining(project for project in running if not _released(project, day, fewest_stop_days))
    if len(counted) >= fewest_projects:
        outcome = FindingOutcome.MISMATCH
    elif len(codes) >= fewest_projects:
        outcome = FindingOutcome.EXEMPT
    else:
        outcome = FindingOutcome.CONSISTENT if case.projects else FindingOutcome.NO_EVIDENCE
    return Verdict(
        outcome,
        _explained(day, codes, len(counted), known=bool(case.projects)),
        (case.appointed, *_facts(running or case.projects, day)),
        Severity.HIGH if outcome is FindingOutcome.MISMATCH else None,
    )


def _runs(project: Project, day: date) -> bool:
    stretch = project.stretch_on(day)
    return stretch is not None and stretch.phase is not Phase.ACCEPTED


def _released(project: Project, day: date, fewest_stop_days: int) -> bool:
    stretch = project.stretch_on(day)
    if stretch is None or stretch.phase is not Phase.STOPPED:
        return False
    return stretch.agreed and not stretch.by_contractor and (day - stretch.first).days >= fewest_stop_days


def _facts(projects: list[Project] | tuple[Project, ...], day: date) -> tuple[RecordedFact, ...]:
    return tuple(
        fact
        for project in projects
        for fact in project.facts
        if isinstance(fact.data, ProjectFact | LeadChanged) and fact.data.on <= day
    )


def _explained(day: date, codes: list[str], counted: int, *, known: bool) -> Explanation:
    if not codes:
        if not known:
            zh, en = "本系统未收到该项目负责人的项目信息", "no project of the lead was known"
        else:
            zh, en = (
                "已收到的项目信息中，该项目负责人没有在建项目",
                "no project of the lead is known that was under construction",
            )
        return Explanation(f"{day}开标时，{zh}。", f"At the opening on {day} {en}.")
    fewer_zh = f"，扣除相邻标段和经同意停工的项目后为{counted}个" if counted < len(codes) else ""
    fewer_en = f", {counted} without adjacent sections and stops agreed to" if counted < len(codes) else ""
    how = "同时" if len(codes) > 1 else "仅"
    return Explanation(
        f"{day}开标时，项目负责人{how}担任{len(codes)}个在建项目的项目负责人（{'、'.join(codes)}）{fewer_zh}。",
        f"At the opening on {day} the lead was leading {_counted(len(codes))} under construction "
        f"({', '.join(codes)}){fewer_en}.",
    )


def _counted(projects: int) -> str:
    return "1 project" if projects == 1 else f"{projects} projects"
