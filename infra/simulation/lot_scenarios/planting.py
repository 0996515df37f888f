"""Lot scenarios dealt out over the lots, and rings across them."""

from infra.simulation.lot_scenarios.owed import Planted
from infra.simulation.lot_scenarios.rings import plant_rings
from infra.simulation.lot_scenarios.scenario import LOT_SCENARIOS, LotPlot, LotScenario
from infra.simulation.scenarios.plot import Town
from infra.simulation.tenders import Lot

_ONE_IN = 4
"""Every fourth lot is given a lot scenario."""
_LOTS_A_ROUND = 100


def plant_on_lots(town: Town, lots: list[Lot]) -> Planted:
    """Change the bids of some lots, none of them announced yet."""
    planted = Planted()
    plant_rings(town, lots, max(1, min(2, len(lots) // _LOTS_A_ROUND)), planted)
    deck: list[LotScenario] = []
    for lot in lots[_ONE_IN - 1 :: _ONE_IN]:
        if not deck:
            deck = list(LOT_SCENARIOS.values())
            town.rng.shuffle(deck)
        _plant_one(town, lot, deck, planted)
    return planted


def _plant_one(town: Town, lot: Lot, deck: list[LotScenario], planted: Planted) -> None:
    """The first scenario of the ``deck`` that the lot takes; it leaves the deck."""
    for scenario in deck:
        plot = LotPlot(town, lot, scenario.name)
        if len(lot.bids) >= scenario.fewest_bids and scenario.plant(plot):
            deck.remove(scenario)
            planted.note(scenario.name, plot.owed)
            return
