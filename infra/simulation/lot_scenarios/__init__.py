"""What is planted on whole lots and across lots: prices, shared staff, rivals as payers, broker rings, won projects."""

from infra.simulation.lot_scenarios import (  # noqa: F401  (importing registers them)
    after_award,
    prices,
    rivals,
    staff,
)
from infra.simulation.lot_scenarios.owed import Owed, Planted
from infra.simulation.lot_scenarios.planting import plant_on_lots
from infra.simulation.lot_scenarios.rings import RINGS
from infra.simulation.lot_scenarios.scenario import LOT_SCENARIOS


def claim_of(name: str) -> str:
    """What a lot scenario or a ring says of itself."""
    rings = {ring.name: ring.claim for ring in RINGS}
    return rings.get(name) or LOT_SCENARIOS[name].claim


__all__ = ["LOT_SCENARIOS", "RINGS", "Owed", "Planted", "claim_of", "plant_on_lots"]
