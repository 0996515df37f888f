"""What is planted on a lead: each scenario says which facts, and which clues must follow."""

from infra.simulation.scenarios import (  # noqa: F401  (importing a module registers its scenarios)
    corrections,
    exemptions,
    payers,
    payments,
    projects,
    quiet,
    registrations,
    safety,
)
from infra.simulation.scenarios.scenario import HONEST, SCENARIOS, Expected, Scenario

__all__ = ["HONEST", "SCENARIOS", "Expected", "Scenario"]
