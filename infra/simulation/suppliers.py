"""Who may insure whose leads: no payer supplies more than two bidders, unless a scenario says so."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from random import Random

from infra.simulation.firms import Firm

MOST_BIDDERS = 2


class Suppliers:
    """Remembers which payer insures leads of which bidders."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._supplied: defaultdict[Firm, list[Firm]] = defaultdict(list)
        self._known: defaultdict[Firm, list[Firm]] = defaultdict(list)

    def one_for(self, bidder: Firm, payers: Sequence[Firm], *, avoiding: Collection[Firm]) -> Firm:
        """One of ``payers``, rather one that insures leads of the bidder already; noted as such."""
        usable = [firm for firm in payers if firm != bidder and firm not in avoiding]
        known = [firm for firm in self._known[bidder] if firm in usable]
        chosen = self._rng.choice(known or [firm for firm in usable if self.may_supply(firm, bidder)])
        self.note(chosen, bidder)
        return chosen

    def may_supply(self, payer: Firm, bidder: Firm) -> bool:
        return bidder in self._supplied[payer] or len(self._supplied[payer]) < MOST_BIDDERS

    def note(self, payer: Firm, bidder: Firm) -> None:
        if bidder not in self._supplied[payer]:
            self._supplied[payer].append(bidder)
            self._known[bidder].append(payer)
