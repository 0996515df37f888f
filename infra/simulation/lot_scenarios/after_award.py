"""What happens to a won project after the award: the lead moves on, or is somebody else; and what only looks so.

Each is planted on a lead of its own, whose bid wins. The award is announced by the end of the month after the
opening, so the project begins on the first day of the second month after it.
"""

from datetime import date, datetime, timedelta
from typing import Any

from infra.simulation.firms import Firm
from infra.simulation.lot_scenarios.owed import LOWER_LEVEL, MOVED_AWAY, REPLACED
from infra.simulation.lot_scenarios.scenario import LotPlot, lot_scenario
from infra.simulation.months import Month, at, first_day, last_day
from infra.simulation.people import Person
from infra.simulation.scenarios import HONEST
from infra.simulation.scenarios.plot import Plot
from infra.simulation.wire import ATTENDANCE, stamp

_MONTHS_NEEDED = 4
"""From the opening to the end of the story."""


class _Won:
    """The project that the bid of a new, honest lead won."""

    def __init__(self, plot: LotPlot, place: int) -> None:
        self._plot = plot
        self.bidder: Firm = plot.lot.bids[place].bidder
        others = [bid.bidder for bid in plot.lot.bids if bid.bidder != self.bidder]
        self.lead = Plot(plot.town, self.bidder, plot.lot.opened_on, plot.town.births.person(), others)
        self.lead.registered(self.bidder)
        self.lead.safety_certificate().issued(self.lead.day(-600), self.lead.day(495))
        plot.change(place, lead=self.lead.lead, certificate_no=self.lead.certificate_no, scenario=HONEST)
        plot.lot.winner = self.bidder

    @property
    def begins(self) -> Month:
        return self.lead.month(-2)

    def insured_until_it_begins(self) -> Firm:
        """The bidder pays until the project begins, then a stranger, whom it returns."""
        self.lead.insured(self.bidder, through=self.begins - 1, schemes=("pension",))
        stranger = self.lead.a_payer()
        self.lead.insured(stranger, since=self.begins, schemes=("pension",))
        return stranger

    def somebody(self, qualification: str = "一级注册建造师") -> Person:
        """A colleague of the lead, registered with the bidder."""
        other = Plot(self._plot.town, self.bidder, self._plot.lot.opened_on, self._plot.town.births.person())
        other.registered(self.bidder, qualification=qualification)
        return other.employed()

    def started(self, lead: Person | None = None) -> None:
        self._said("project-started", first_day(self.begins), lead)
        self._there(lead or self.lead.lead)

    def accepted(self, on: date, lead: Person | None = None) -> None:
        self._said("project-completed", on, lead)

    def changed(self, new: Person, on: date, *, arrives: datetime | None = None) -> None:
        """With the owner's consent."""
        data = {
            "project_code": self._plot.lot.project_code,
            "old": self.lead.lead.door,
            "new": new.door,
            "on": on.isoformat(),
            "reason": "原项目负责人调离",
            "document_no": f"BG-{on.year}-{self._plot.rng.randrange(1, 999):03d}",
        }
        self._plot.town.post.send("lead-changed", ATTENDANCE, data, happened=on, arrives=arrives)
        self._there(new)

    def met(self, person: Person, role: str) -> None:
        """An inspector met somebody on the site."""
        day = first_day(self.begins) + timedelta(days=9)
        data = {
            "project_code": self._plot.lot.project_code,
            "person": person.door,
            "inspected_at": stamp(at(day, 10)),
            "inspector": f"监督员{self._plot.rng.randrange(1, 40):02d}",
            "present": True,
            "answered": True,
            "role": role,
        }
        self._plot.town.post.send("site-inspected", ATTENDANCE, data, happened=at(day, 10))

    def _there(self, person: Person) -> None:
        """On the site every day to the end of the city: absence is no part of these stories."""
        day = first_day(self.begins)
        while day <= self._plot.town.window.until:
            for direction, hour in (("in", 7), ("out", 17)):
                data = {
                    "project_code": self._plot.lot.project_code,
                    "person": person.door,
                    "checked_at": stamp(at(day, hour)),
                    "direction": direction,
                    "method": "face",
                }
                self._plot.town.post.send("attendance-recorded", ATTENDANCE, data, happened=at(day, hour))
            day += timedelta(days=1)

    def _said(self, kind: str, on: date, lead: Person | None) -> None:
        data: dict[str, Any] = {
            "project_code": self._plot.lot.project_code,
            "contractor": self.bidder.org,
            "lead": (lead or self.lead.lead).door,
            "on": on.isoformat(),
        }
        self._plot.town.post.send(kind, ATTENDANCE, data, happened=on)


def _won(plot: LotPlot) -> _Won | None:
    """None where the lot was won already, has no bid to spare, or opens too late for the story."""
    place = plot.honest_place()
    too_late = Plot.months_left(plot.town.window, plot.lot.opened_on) < _MONTHS_NEEDED
    return None if place is None or too_late or plot.lot.winner else _Won(plot, place)


@lot_scenario()
def payer_moves_after_award(plot: LotPlot) -> bool:
    """Once the project begins a stranger pays the lead's pension: one month, for it is accepted in the next."""
    if (won := _won(plot)) is None:
        return False
    won.insured_until_it_begins()
    won.started()
    won.accepted(first_day(won.begins + 1) + timedelta(days=9))
    plot.owes(MOVED_AWAY, bidder=won.bidder, person=won.lead.lead)
    return True


@lot_scenario()
def payments_stop_after_award(plot: LotPlot) -> bool:
    """Once the project begins nobody pays for the lead any more: two whole months, for it is accepted in the third."""
    if (won := _won(plot)) is None:
        return False
    won.lead.insured(won.bidder, through=won.begins - 1, schemes=("pension",))
    won.started()
    won.accepted(first_day(won.begins + 2) + timedelta(days=9))
    plot.owes(MOVED_AWAY, bidder=won.bidder, person=won.lead.lead)
    return True


@lot_scenario()
def payments_pause_after_award(plot: LotPlot) -> bool:
    """In one month of construction nobody pays for the lead: a month alone is no gap."""
    if (won := _won(plot)) is None:
        return False
    won.lead.insured(won.bidder, through=won.begins - 1, schemes=("pension",))
    won.lead.insured(won.bidder, since=won.begins + 1, schemes=("pension",))
    won.started()
    won.accepted(first_day(won.begins + 2) + timedelta(days=9))
    return True


@lot_scenario()
def payer_moves_after_acceptance(plot: LotPlot) -> bool:
    """The project is accepted in the very month in which the lead moves on."""
    if (won := _won(plot)) is None:
        return False
    won.insured_until_it_begins()
    won.started()
    won.accepted(last_day(won.begins))
    return True


@lot_scenario()
def lead_moves_on_with_consent(plot: LotPlot) -> bool:
    """Before the project begins the lead hands over, with consent, to somebody of the same level."""
    if (won := _won(plot)) is None:
        return False
    won.insured_until_it_begins()
    successor = won.somebody()
    won.changed(successor, last_day(won.begins - 1))
    won.started(successor)
    return True


@lot_scenario()
def another_lead_starts(plot: LotPlot) -> bool:
    """The project starts with another lead, and nobody consented."""
    if (won := _won(plot)) is None:
        return False
    won.lead.employed()
    won.started(won.somebody())
    plot.owes(REPLACED, bidder=won.bidder, person=won.lead.lead)
    return True


@lot_scenario()
def another_lead_is_met(plot: LotPlot) -> bool:
    """By the record the lead of the bid leads; the inspector meets somebody else in that role."""
    if (won := _won(plot)) is None:
        return False
    won.lead.employed()
    won.started()
    won.met(won.somebody(), "项目负责人")
    plot.owes(REPLACED, bidder=won.bidder, person=won.lead.lead)
    return True


@lot_scenario()
def safety_officer_is_met(plot: LotPlot) -> bool:
    """The inspector meets a colleague in a role of their own."""
    if (won := _won(plot)) is None:
        return False
    won.lead.employed()
    won.started()
    won.met(won.somebody(), "安全员")
    return True


@lot_scenario()
def consent_told_late(plot: LotPlot) -> bool:
    """The project starts with another lead; the consent of that very day is told six weeks later."""
    if (won := _won(plot)) is None:
        return False
    won.lead.employed()
    successor, begins = won.somebody(), first_day(won.begins)
    won.started(successor)
    won.changed(successor, begins, arrives=at(begins + timedelta(days=42), 9))
    return True


@lot_scenario()
def successor_of_a_lower_level(plot: LotPlot) -> bool:
    """The lead hands over with consent to a second-class constructor."""
    if (won := _won(plot)) is None:
        return False
    won.lead.employed()
    won.started()
    won.changed(won.somebody("二级注册建造师"), first_day(won.begins) + timedelta(days=20))
    plot.owes(LOWER_LEVEL, bidder=won.bidder, person=won.lead.lead)
    return True
