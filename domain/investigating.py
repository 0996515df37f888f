"""How an office investigates: its terms, its numbers, who decides, and what opens an investigation by itself."""

from collections.abc import Mapping
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from domain.finding import Severity

Days = Annotated[int, Field(ge=1, le=366)]
"""Working days."""
AccountId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
_LONGEST_NUMBER: Final = 80


class Investigating(BaseModel):
    """A part of the policy of a jurisdiction.

    ``opens`` names rules, each with the least severity of a clue that opens an investigation at an opening of bids.
    ``number_pattern`` has the fields ``year`` and ``serial``. ``heads`` are the accounts that assign; where none is
    named, every supervisor of the office may. ``rota`` are the accounts to which work is assigned in turn.
    ``four_eyes``: who decides is not who proposed. ``suspends_substantiated``: the integrity file stays suspended
    after "substantiated". All terms are in working days.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    opens: Mapping[Annotated[str, StringConstraints(to_upper=True)], Severity] = {"E101": Severity.HIGH}
    number_pattern: Annotated[str, StringConstraints(min_length=1, max_length=_LONGEST_NUMBER)] = (
        "核〔{year}〕{serial:04}号"
    )
    heads: frozenset[AccountId] = frozenset()
    rota: tuple[AccountId, ...] = ()
    four_eyes: bool = False
    suspends_substantiated: bool = True
    assign_days: Days = 2
    decide_days: Days = 30
    explanation_days: Days = 5
    objection_days: Days = 10
    review_days: Days = 20

    @model_validator(mode="after")
    def _numbers_differ(self) -> Self:
        try:
            numbers = {number_of(self.number_pattern, year, serial) for year in (2026, 2027) for serial in (1, 2)}
        except (KeyError, IndexError, ValueError, AttributeError):
            numbers = set()
        if len(numbers) < 4:
            said = "a pattern of numbers has {year} and {serial}, and nothing else in braces"
            raise PydanticCustomError("number_pattern", said)
        return self


def number_of(pattern: str, year: int, serial: int) -> str:
    """``穗建核〔2026〕0012号`` for ``穗建核〔{year}〕{serial:04}号``."""
    return pattern.format(year=year, serial=serial)
