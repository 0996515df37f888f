"""Which cases are planted where: each scenario in turn, on days without a long holiday."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import cycle
from random import Random
from typing import Any, NamedTuple

from infra.simulation.approvals.file import CaseFile
from infra.simulation.approvals.scenario import APPROVAL_SCENARIOS, ApprovalScenario
from infra.simulation.firms import Firm
from infra.simulation.months import Window, working_days
from infra.simulation.scenarios.scenario import Expected
from infra.simulation.tenders import DISTRICTS
from infra.simulation.wire import Post

_SPAN = 20
"""So many working days a case may need after its acceptance."""
_LONGEST_DAYS = 30
"""In so many calendar days: a holiday of a week in between would change the shares of the time."""
_BEFORE = 15
"""Calendar days a case may need before its acceptance."""
_DEPARTMENTS = ("规划和自然资源局", "水务局", "城市管理局", "交通运输局")


class PlantedClue(NamedTuple):
    """A clue that must be open; about a case, or about a department (``case_id`` None)."""

    expected: Expected
    scenario: str
    jurisdiction: str
    project_code: str | None
    case_id: str | None

    def as_file(self) -> dict[str, Any]:
        nothing = dict.fromkeys(("tender_id", "lot_id", "bidder_uscc", "person_id_number"))
        about = {"project_code": self.project_code, "case_id": self.case_id}
        return {
            **self.expected._asdict(),
            **nothing,
            **about,
            "jurisdiction": self.jurisdiction,
            "scenario": self.scenario,
        }


class ApprovalOffice:
    """Plants ``count`` rounds through the scenarios; ``clues`` are those that must be open in the end."""

    def __init__(self, window: Window, post: Post, seed: str, applicants: Sequence[Firm]) -> None:
        self._rng = Random(f"{seed}:approvals")
        self._post = post
        self._applicants = applicants
        self._days = [day for month in window for day in working_days(month)]
        self._starts = list(_quiet_starts(self._days))
        self._districts = cycle(DISTRICTS)
        self._numbers = iter(range(1, 100_000))
        self.clues: list[PlantedClue] = []
        self.planted: list[tuple[str, str]] = []

    def as_file(self) -> dict[str, Any]:
        """What was planted how often, for the truth file."""
        counted = Counter(name for name, _ in self.planted)
        return {
            name: {"cases": counted[name], "planted": scenario.claim} for name, scenario in APPROVAL_SCENARIOS.items()
        }

    def plant(self, rounds: int) -> None:
        for _ in range(rounds):
            for scenario in APPROVAL_SCENARIOS.values():
                self._plant(scenario)

    def _plant(self, scenario: ApprovalScenario) -> None:
        """The cases of a scenario about a department have it for themselves, and end in one month."""
        start, district = self._rng.choice(self._starts), next(self._districts)
        name = self._rng.choice(_DEPARTMENTS)
        department = f"{name}第{next(self._numbers)}审批科" if scenario.of_department else name
        files = [self._file(scenario, start, district, department) for _ in range(scenario.cases)]
        for file in files:
            scenario.plant(file)
        for expected in scenario.expects:
            about = (None, None) if scenario.of_department else (files[0].project_code, files[0].case_id)
            self.clues.append(PlantedClue(expected, scenario.name, district, *about))

    def _file(self, scenario: ApprovalScenario, start: int, district: str, department: str) -> CaseFile:
        number = next(self._numbers)
        day = self._days[start]
        file = CaseFile(
            case_id=f"GHXK-{number:05d}",
            project_code=f"{day:%y%m}-{district}-04-01-{800_000 + number}",
            jurisdiction=district if number % 2 else None,
            department=department,
            applicant=self._rng.choice(self._applicants),
            days=self._days[start : start + _SPAN],
            post=self._post,
        )
        self.planted.append((scenario.name, file.case_id))
        return file


def _quiet_starts(days: Sequence[date]) -> Iterator[int]:
    """Where a case may be accepted: what comes before and after lies in the window."""
    earliest = days[0] + timedelta(days=_BEFORE)
    for place, day in enumerate(days[:-_SPAN]):
        if day >= earliest and (days[place + _SPAN - 1] - day).days <= _LONGEST_DAYS:
            yield place
