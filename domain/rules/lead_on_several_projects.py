"""Lead on several projects 项目负责人同时担任多个在建项目."""

from datetime import date

from domain.evidence import AppointmentCase, RecordedFact
from domain.evidence.projects import Phase, Project, adjoining
from domain.facts.attendance import ProjectFact
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule

CODE = "L201"


@rule(
    code=CODE,
    version=1,
    title="Lead on several projects",
    title_zh="项目负责人同时在多个在建项目任职",
    clause="注册建造师执业管理办法（试行）第九条",
    severity=Severity.HIGH,
)
def lead_on_several_projects(
    case: AppointmentCase, *, fewest_projects: int = 2, longest_stop_days: int = 120
) -> Verdict:
    """On D the person leads two or more projects under construction, whoever builds them.

    A project counts from its start until acceptance is passed, also while it is stopped. Not
    counted are projects stopped for more than 120 days by the owner or with its consent; adjacent
    sections count as one. Where only these exceptions keep the number low, the finding is exempt.
    The project of the bid itself has not begun and does not count.

    A stop is counted from its first day to the day before D: with exactly 120 days the project
    still counts, from the 121st day on no more. The clause says 超过120天（含）; where that is read
    as 120 days or more, set ``longest_stop_days`` to 119.

    Example: on the day of the opening the person leads a road in Guangzhou and a school in Foshan,
    both under construction.

    Why: nobody can lead two building sites at once; one of the two has a lead on paper.

    Excluded: projects whose acceptance is passed, adjacent sections, projects stopped for more than
    120 days by the owner or with its consent, and the project of the bid itself.
    """
    day, person_id = case.opened_on, case.appointment.person.person_id
    running = [project for project in case.projects if _runs(project, day) and person_id in project.leads_on(day)]
    codes = sorted({project.project_code for project in running})
    counted = adjoining(project for project in running if not _released(project, day, longest_stop_days))
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


def _released(project: Project, day: date, longest_stop_days: int) -> bool:
    stretch = project.stretch_on(day)
    stopped = stretch is not None and stretch.phase is Phase.STOPPED and stretch.agreed
    return stopped and stretch is not None and (day - stretch.first).days > longest_stop_days


def _facts(projects: list[Project] | tuple[Project, ...], day: date) -> tuple[RecordedFact, ...]:
    return tuple(
        fact
        for project in projects
        for fact in project.facts
        if isinstance(fact.data, ProjectFact) and fact.data.on <= day
    )


def _explained(day: date, codes: list[str], counted: int, *, known: bool) -> Explanation:
    if not codes:
        zh, en = ("没有在建项目", "no project under construction") if known else ("没有项目记录", "no project known")
        return Explanation(f"{day}开标时，项目负责人名下{zh}。", f"On {day} the lead had {en}.")
    fewer_zh = f"，扣除相邻标段和经同意停工的项目后为{counted}个" if counted < len(codes) else ""
    fewer_en = f", {counted} without adjacent sections and stops agreed to" if counted < len(codes) else ""
    return Explanation(
        f"{day}开标时，项目负责人在{len(codes)}个在建项目任职（{'、'.join(codes)}）{fewer_zh}。",
        f"On {day} the lead was leading {len(codes)} projects under construction ({', '.join(codes)}){fewer_en}.",
    )
