"""Leads who lead other projects on the day of the opening, or only seem to."""

from datetime import date, datetime
from typing import Any

from infra.simulation.firms import Firm
from infra.simulation.months import at
from infra.simulation.people import Person
from infra.simulation.scenarios.plot import Plot
from infra.simulation.scenarios.scenario import Expected, scenario
from infra.simulation.wire import ATTENDANCE, Reference

LEADS_SEVERAL = Expected("L201", "mismatch", "high")


@scenario(LEADS_SEVERAL)
def leads_two_other_projects(plot: Plot) -> None:
    """Two projects under construction, each of another contractor, neither stopped nor accepted."""
    _employed(plot)
    _started(plot, _a_code(plot), -200)
    _started(plot, _a_code(plot), -90, contractor=plot.a_stranger())


@scenario(LEADS_SEVERAL)
def second_project_stopped_without_consent(plot: Plot) -> None:
    """Long stopped, but nobody says that the owner agreed."""
    _employed(plot)
    _started(plot, _a_code(plot), -300)
    stopped = _a_code(plot)
    _started(plot, stopped, -290)
    _said(plot, "project-suspended", stopped, -200, reason="施工单位原因停工", agreed_by_owner=False)


@scenario(LEADS_SEVERAL)
def second_project_stopped_for_a_while(plot: Plot) -> None:
    """The owner agreed to the stop, which is not 120 days old."""
    _employed(plot)
    _started(plot, _a_code(plot), -300)
    stopped = _a_code(plot)
    _started(plot, stopped, -290)
    _said(plot, "project-suspended", stopped, -100, agreed_by_owner=True)


@scenario()
def second_project_stopped_for_long(plot: Plot) -> None:
    """Stopped by the owner for half a year: it counts no more."""
    _employed(plot)
    _started(plot, _a_code(plot), -300)
    stopped = _a_code(plot)
    _started(plot, stopped, -290)
    _said(plot, "project-suspended", stopped, -180, reason="建设单位原因停工", agreed_by_owner=True)


@scenario()
def second_project_accepted(plot: Plot) -> None:
    """Acceptance was passed days before the opening, which is told weeks after it."""
    _employed(plot)
    _started(plot, _a_code(plot), -300)
    accepted = _a_code(plot)
    _started(plot, accepted, -290)
    _said(plot, "project-completed", accepted, -5, arrives=at(plot.day(30), 9))


@scenario()
def leads_adjoining_sections(plot: Plot) -> None:
    """Two adjacent sections count as one."""
    _employed(plot)
    first = _a_code(plot)
    _started(plot, first, -200)
    _started(plot, _a_code(plot), -190, adjacent_to=first)


@scenario()
def second_project_handed_over(plot: Plot) -> None:
    """Somebody else took the second project over before the opening."""
    _employed(plot)
    _started(plot, _a_code(plot), -200)
    second = _a_code(plot)
    _started(plot, second, -190)
    _said(plot, "project-started", second, -10, lead=plot.town.births.person())


@scenario()
def second_project_of_another_lead(plot: Plot) -> None:
    """The platform had entered the wrong lead for the second project, and corrects it."""
    _employed(plot)
    _started(plot, _a_code(plot), -200)
    code, other = _a_code(plot), plot.town.births.person()
    wrong = _started(plot, code, -100)
    plot.town.post.correct(
        wrong,
        "项目负责人录入错误",
        happened=at(plot.day(20), 9),
        kind="project-started",
        data=_data(plot, code, plot.day(-100), lead=other),
    )


def _employed(plot: Plot) -> None:
    plot.registered(plot.bidder)
    plot.insured(plot.bidder)


def _a_code(plot: Plot) -> str:
    """In Foshan, whose attendance is not connected: who is on these sites is nobody's question."""
    since = plot.day(-200)
    return f"{since:%y%m}-440600-04-05-{plot.town.rng.randrange(10**6):06d}"


def _started(plot: Plot, code: str, offset: int, *, contractor: Firm | None = None, **more: Any) -> Reference:
    return _said(plot, "project-started", code, offset, contractor=contractor, **more)


def _said(
    plot: Plot,
    kind: str,
    code: str,
    offset: int,
    *,
    lead: Person | None = None,
    contractor: Firm | None = None,
    arrives: datetime | None = None,
    **more: Any,
) -> Reference:
    """Plan a message about a project, ``offset`` days from the opening."""
    on = plot.day(offset)
    data = _data(plot, code, on, lead=lead, contractor=contractor) | more
    return plot.town.post.send(kind, ATTENDANCE, data, happened=on, arrives=arrives)


def _data(
    plot: Plot, code: str, on: date, *, lead: Person | None = None, contractor: Firm | None = None
) -> dict[str, Any]:
    return {
        "project_code": code,
        "contractor": (contractor or plot.bidder).org,
        "lead": (lead or plot.lead).door,
        "on": on.isoformat(),
    }
