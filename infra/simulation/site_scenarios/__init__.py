"""What is planted on sites: each scenario says which facts, and which clues must follow."""

from infra.simulation.site_scenarios import (  # noqa: F401  (importing a module registers its scenarios)
    absence,
    by_hand,
    inspections,
    movements,
    operators,
)
from infra.simulation.site_scenarios.scenario import SITE_SCENARIOS, SitePlot, SiteScenario

__all__ = ["SITE_SCENARIOS", "SitePlot", "SiteScenario"]
