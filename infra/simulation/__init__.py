"""A synthetic city 模拟城市: facts as their sources would send them, and the truth behind them."""

from infra.simulation.city import City, CityImpossible
from infra.simulation.writing import Summary, simulate

__all__ = ["City", "CityImpossible", "Summary", "simulate"]
