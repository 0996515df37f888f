"""A scenario: a named way to plant facts on one appointment, with the clues the rules owe us.

The expected clues are worked out by hand from rules.md, never by asking the rules.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from infra.simulation.scenarios.plot import Plot


class Expected(NamedTuple):
    """One clue that must be open at the end."""

    rule: str
    outcome: str
    severity: str


PAYER_DIFFERS = Expected("E101", "mismatch", "high")
PAYER_UNCLEAR = Expected("E101", "suspect", "low")
PAYER_NOT_REGISTERED = Expected("E102", "mismatch", "medium")
PAYER_UNCLEARLY_REGISTERED = Expected("E102", "suspect", "low")
TWO_UNITS = Expected("E103", "mismatch", "high")
TWO_RELATED_UNITS = Expected("E103", "suspect", "low")
TWO_PAYERS = Expected("E104", "suspect", "medium")
PAYER_CAME_FROM_RIVAL = Expected("E101", "suspect", "medium")
NOT_INSURED = Expected("E105", "suspect", "medium")
NEWLY_INSURED = Expected("E105", "suspect", "low")
PAID_BACK = Expected("E106", "suspect", "medium")
PAID_BACK_OVER_A_STRANGER = Expected("E106", "mismatch", "high")
EXEMPTION_IMPLAUSIBLE = Expected("D903", "suspect", "medium")
MOVES_OFTEN = Expected("E107", "suspect", "low")
REGISTERED_ELSEWHERE = Expected("E108", "mismatch", "high")
LICENCE_INVALID = Expected("C301", "mismatch", "high")
BELOW_TENDER = Expected("C303", "mismatch", "medium")
CERTIFICATE_INVALID = Expected("C302", "mismatch", "high")

LENT = (PAYER_DIFFERS, PAYER_NOT_REGISTERED)
UNCLEAR = (PAYER_UNCLEAR, PAYER_UNCLEARLY_REGISTERED)


class Needs(StrEnum):
    """Which bidders a scenario can be planted on."""

    ANY = "any"
    BRANCH = "branch"
    GROUP = "group"
    RENAMED = "renamed"
    RENAMED_LATE = "renamed-late"
    MOVED_SEAT = "moved-seat"
    RESTRUCTURED = "restructured"
    UNIVERSITY = "university"


@dataclass(frozen=True)
class Scenario:
    """``lasting``: what is planted holds for every opening, so the lead may be named again."""

    name: str
    claim: str
    expects: tuple[Expected, ...]
    plant: Callable[[Plot], None]
    needs: Needs
    lasting: bool
    weight: int
    ages: tuple[int, int]


SCENARIOS: dict[str, Scenario] = {}
HONEST = "honest"
ADULT = (35, 58)
RETIRED = (61, 66)
TOO_YOUNG_TO_RETIRE = (31, 40)
"""Youngest and oldest age of a lead, in years at the end of the window."""


def scenario(
    *expects: Expected,
    needs: Needs = Needs.ANY,
    lasting: bool = False,
    weight: int = 1,
    ages: tuple[int, int] = ADULT,
) -> Callable[[Callable[[Plot], None]], Callable[[Plot], None]]:
    """Register a function that plants; its docstring says what and why the clues follow."""

    def register(plant: Callable[[Plot], None]) -> Callable[[Plot], None]:
        name = plant.__name__
        if name in SCENARIOS or not plant.__doc__:
            raise ValueError(f"scenario {name} needs a name of its own and a docstring")
        SCENARIOS[name] = Scenario(name, plant.__doc__, expects, plant, needs, lasting, weight, ages)
        return plant

    return register
