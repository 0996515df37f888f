"""How contracting processes 采购过程 are procured, and what that means for the published indicators."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Words = Annotated[str, StringConstraints(min_length=1, max_length=2_000)]


class Procurement(BaseModel):
    """Which processes the indicators look at: what Cardinal's settings say about procurement methods.

    ``methods`` are the procurement methods (OCDS ``tender.procurementMethod``) that an indicator looks at, by its
    code (R003, R018); an empty set stands for all. The other settings go by ``tender.procurementMethodDetails``,
    the publisher's own name of the method, where upper and lower case differ: ``excluded_details`` are left out
    of all indicators; ``compared_details`` alone, or all but ``uncompared_details``, have their prices compared
    (R024, R028, R036, R058); ``fewest_days`` replaces that threshold of R003.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    methods: Mapping[Annotated[str, StringConstraints(pattern="^(R003|R018)$")], frozenset[Words]] = Field(
        default_factory=dict
    )
    excluded_details: frozenset[Words] = frozenset()
    compared_details: frozenset[Words] = frozenset()
    uncompared_details: frozenset[Words] = frozenset()
    fewest_days: Mapping[Words, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)

    def excludes(self, details: str | None) -> bool:
        return details in self.excluded_details

    def compares_prices(self, details: str | None) -> bool:
        """Whether prices are compared; a process that does not name its method is not on a list of those compared."""
        if self.compared_details:
            return details in self.compared_details
        return details not in self.uncompared_details

    def looks_at(self, code: str, method: str | None, *, usual: frozenset[str] = frozenset()) -> bool:
        """Whether the indicator looks at processes of this method; ``usual`` are the methods without a setting."""
        methods = self.methods.get(code, usual)
        return not methods or method in methods
