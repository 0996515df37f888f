"""Approval cases of the city: lawful ones, and every pattern of the rules A601 to A608."""

from infra.simulation.approvals import cases, departments  # noqa: F401 - importing a module registers its scenarios
from infra.simulation.approvals.planting import ApprovalOffice, PlantedClue
from infra.simulation.approvals.scenario import APPROVAL_SCENARIOS

__all__ = ["APPROVAL_SCENARIOS", "ApprovalOffice", "PlantedClue"]
