"""A synthetic city 模拟城市: facts as their sources would send them, and the truth behind them."""

from infra.simulation.city import FEWEST_LOTS, FEWEST_PEOPLE, City, CityImpossible
from infra.simulation.months import FEWEST_MONTHS
from infra.simulation.writing import Summary, simulate

__all__ = ["FEWEST_LOTS", "FEWEST_MONTHS", "FEWEST_PEOPLE", "City", "CityImpossible", "Summary", "simulate"]
