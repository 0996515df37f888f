"""Lots whose prices are equal or rise by a law, and what only looks so."""

from decimal import ROUND_HALF_UP, Decimal

from infra.simulation.lot_scenarios.owed import EQUAL_PRICES, PRICE_STEPS
from infra.simulation.lot_scenarios.scenario import LotPlot, lot_scenario

_CENT = Decimal("0.01")


def _written(price: Decimal) -> str:
    return str(price.quantize(_CENT, ROUND_HALF_UP))


@lot_scenario()
def identical_prices(plot: LotPlot) -> bool:
    """Two bidders offer the same price to the cent."""
    plot.change(1, price=plot.lot.bids[0].price)
    plot.owes(EQUAL_PRICES)
    return True


@lot_scenario(fewest_bids=3)
def identical_prices_of_three(plot: LotPlot) -> bool:
    """Three bidders offer the same price: one clue."""
    for place in (1, 2):
        plot.change(place, price=plot.lot.bids[0].price)
    plot.owes(EQUAL_PRICES)
    return True


@lot_scenario()
def identical_in_other_digits(plot: LotPlot) -> bool:
    """The same price written with and without its last zero."""
    whole = plot.lot.bids[0].price[:-1] + "0"
    plot.change(0, price=whole)
    plot.change(1, price=whole[:-1])
    plot.owes(EQUAL_PRICES)
    return True


@lot_scenario()
def identical_and_disqualified(plot: LotPlot) -> bool:
    """One of the two was disqualified: its price was agreed before."""
    plot.change(1, price=plot.lot.bids[0].price, disqualified=True)
    plot.owes(EQUAL_PRICES)
    return True


@lot_scenario()
def identical_after_all(plot: LotPlot) -> bool:
    """Read out differently by mistake; as corrected the prices are equal."""
    plot.change(1, price=plot.lot.bids[0].price, first_price=plot.lot.bids[1].price)
    plot.owes(EQUAL_PRICES)
    return True


@lot_scenario()
def identical_by_mistake(plot: LotPlot) -> bool:
    """Read out as equal by mistake: the correction withdraws the clue."""
    plot.change(1, first_price=plot.lot.bids[0].price)
    return True


@lot_scenario()
def a_cent_apart(plot: LotPlot) -> bool:
    """A cent is a difference."""
    plot.change(1, price=str(Decimal(plot.lot.bids[0].price) + _CENT))
    return True


def _price_by_law(plot: LotPlot, prices: list[Decimal]) -> None:
    for place, price in enumerate(prices):
        plot.change(place, price=_written(price))


def _differences(plot: LotPlot, count: int) -> list[Decimal]:
    first = Decimal(plot.rng.randrange(9_000, 60_000) * 1_000)
    step = Decimal(plot.rng.randrange(20, 90) * 1_000)
    return [first + place * step for place in range(count)]


@lot_scenario(fewest_bids=4)
def steps_of_one_difference(plot: LotPlot) -> bool:
    """Four prices rise by the same amount; of more than four bids the others lie anywhere."""
    _price_by_law(plot, _differences(plot, 4))
    plot.owes(PRICE_STEPS)
    return True


@lot_scenario(fewest_bids=4)
def steps_of_one_ratio(plot: LotPlot) -> bool:
    """Four prices, each two per cent below the one before, rounded to cents."""
    first = Decimal(plot.rng.randrange(9_000_000, 60_000_000))
    _price_by_law(plot, [first * Decimal("0.98") ** place for place in range(4)])
    plot.owes(PRICE_STEPS)
    return True


@lot_scenario(fewest_bids=4)
def three_steps_only(plot: LotPlot) -> bool:
    """Three prices rise by the same amount: too few."""
    _price_by_law(plot, _differences(plot, 3))
    return True


@lot_scenario(fewest_bids=4)
def steps_by_mistake(plot: LotPlot) -> bool:
    """Four steps as read out; one price is corrected, and three are too few."""
    *right, wrong = _differences(plot, 4)
    _price_by_law(plot, right)
    plot.change(3, first_price=_written(wrong))
    return True
