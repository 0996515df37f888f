"""Limits of approval cases in working days: published sets to choose from, or one's own."""

import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from domain.facts.fact import Text
from domain.identifiers import organisation_key

SHIPPED: Final = ("zhangye", "yanjin", "jiangmen")
"""The names of the published sets, each a file of this folder."""

WorkingDays = Annotated[int, Field(ge=0, le=10_000)]
Spelling = Annotated[Text, AfterValidator(organisation_key)]
"""A name compared without regard to width, case, spaces and traditional characters."""


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NamedLimit(_Table):
    """``working_days`` for what is called one of ``names``."""

    names: frozenset[Spelling] = Field(min_length=1)
    working_days: WorkingDays


class LimitSet(_Table):
    """A table of limits: in all by project category, and for single steps.

    ``longest_working_days`` holds for every case, of whatever category, and ``most_steps`` is
    how many steps a case may have, where the table says so.
    """

    name: Text
    title: Text
    title_zh: Text
    longest_working_days: WorkingDays | None = None
    most_steps: Annotated[int, Field(ge=1)] | None = None
    categories: tuple[NamedLimit, ...] = ()
    steps: tuple[NamedLimit, ...] = ()

    def of_case(self, category: str, item_name: str) -> int | None:
        """The strictest that applies to a case: by category, as a step of its own, or the longest."""
        return strictest(self.longest_working_days, _named(self.categories, category), _named(self.steps, item_name))

    def of_step(self, name: str) -> int | None:
        return _named(self.steps, name)


def strictest(*limits: int | None) -> int | None:
    """The lowest of those that are known."""
    return min((limit for limit in limits if limit is not None), default=None)


def _named(limits: Iterable[NamedLimit], name: str) -> int | None:
    key = organisation_key(name)
    return min((limit.working_days for limit in limits if key in limit.names), default=None)


@cache
def shipped(name: str) -> LimitSet:
    """The published set of this name; one of :data:`SHIPPED`."""
    text = files("domain.limits").joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return LimitSet(name=name, **tomllib.loads(text))


def _chosen(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if value not in SHIPPED:
        raise PydanticCustomError("limit_set", "no such set of limits; there are zhangye, yanjin and jiangmen")
    return shipped(value)


ChosenLimits = Annotated[LimitSet, BeforeValidator(_chosen)]
"""A shipped set by its name, or a whole set of one's own."""


@cache
def listed_special_procedures() -> frozenset[str]:
    """What may stop the clock unless a jurisdiction lists otherwise (行政许可法 §45)."""
    lines = files("domain.limits").joinpath("special_procedures.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(organisation_key(name) for line in lines if not line.startswith("#") for name in line.split())
