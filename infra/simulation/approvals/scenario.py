"""What is planted on approval cases, with the clues the rules owe us, worked out by hand from rules.md."""

from collections.abc import Callable
from dataclasses import dataclass

from infra.simulation.approvals.file import CaseFile
from infra.simulation.scenarios.scenario import Expected

OVERDUE = Expected("A601", "mismatch", "medium")
IN_A_FLASH = Expected("A602", "suspect", "medium")
OUTSIDE_THE_SYSTEM = Expected("A603", "mismatch", "high")
BACK_FILLED = Expected("A603", "suspect", "medium")
HIDDEN = Expected("A604", "suspect", "medium")
REVIEWED_BEFORE = Expected("A605", "suspect", "medium")
NO_CERTIFICATE = Expected("A606", "mismatch", "medium")
ASKED_AGAIN = Expected("A607", "suspect", "low")
ON_THE_LAST_DAY = Expected("A608", "suspect", "medium")
MOSTLY_PAUSED = Expected("A608", "suspect", "low")

Plant = Callable[[CaseFile], None]


@dataclass(frozen=True)
class ApprovalScenario:
    """``cases`` of one department and month; ``of_department`` says whose clues ``expects`` are."""

    name: str
    claim: str
    expects: tuple[Expected, ...]
    plant: Plant
    cases: int
    of_department: bool


APPROVAL_SCENARIOS: dict[str, ApprovalScenario] = {}


def approval(*expects: Expected, cases: int = 1, of_department: bool = False) -> Callable[[Plant], Plant]:
    """Register a function that plants one case; its docstring says what and why the clues follow."""

    def register(plant: Plant) -> Plant:
        name = plant.__name__
        if name in APPROVAL_SCENARIOS or not plant.__doc__:
            raise ValueError(f"approval scenario {name} needs a name of its own and a docstring")
        APPROVAL_SCENARIOS[name] = ApprovalScenario(name, plant.__doc__, expects, plant, cases, of_department)
        return plant

    return register
