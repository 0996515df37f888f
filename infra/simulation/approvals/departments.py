"""Whole months of a department: what its cases come to together."""

from infra.simulation.approvals.file import CaseFile
from infra.simulation.approvals.scenario import MOSTLY_PAUSED, ON_THE_LAST_DAY, approval


@approval(ON_THE_LAST_DAY, cases=3, of_department=True)
def everything_on_the_last_day(file: CaseFile) -> None:
    """Three cases of one department, each decided on the tenth of ten days."""
    file.accepted()
    file.approved(10)


@approval(cases=2, of_department=True)
def two_cases_on_the_last_day(file: CaseFile) -> None:
    """Two are not yet a pattern."""
    file.accepted()
    file.approved(10)


@approval(MOSTLY_PAUSED, cases=2, of_department=True)
def the_clock_stood_most_of_the_time(file: CaseFile) -> None:
    """Nine of thirteen working days in a listed procedure: in time, on paper."""
    file.accepted()
    file.paused(1, 12, "检验检测")
    file.approved(13)
