"""Limits of approval cases in working days: published sets to choose from, or a set of one's own."""

import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Final, Self, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from domain.facts.fact import Text
from domain.identifiers import organisation_key

SHIPPED: Final = ("zhangye", "yanjin", "jiangmen")
"""The names of the published sets; each is a file in this folder."""

WorkingDays = Annotated[int, Field(ge=0, le=10_000)]
MostSteps = Annotated[int, Field(ge=1)]
Spelling = Annotated[Text, AfterValidator(organisation_key)]
"""A name that is compared in normalised form: width, case, spaces and traditional characters do not matter."""


L = TypeVar("L", bound="NamedLimit")


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NamedLimit(_Table):
    """A limit of ``working_days`` for everything that has one of ``names``.

    ``lower_working_days`` is the lower end of a range, where a table gives a range without saying for
    which projects.
    """

    names: frozenset[Spelling] = Field(min_length=1)
    working_days: WorkingDays
    lower_working_days: WorkingDays | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        _check_range(self.lower_working_days, self.working_days)
        return self


class CategoryLimit(NamedLimit):
    """The limit of a project category; ``most_steps`` is how many steps its cases may have."""

    most_steps: MostSteps | None = None


class LimitSet(_Table):
    """A table of limits: ``categories`` for whole cases by project category, ``steps`` for single steps.

    ``longest_working_days``, its lower end ``lower_working_days`` and ``most_steps`` hold for cases of
    every category.
    """

    name: Text
    title: Text
    title_zh: Text
    longest_working_days: WorkingDays | None = None
    lower_working_days: WorkingDays | None = None
    most_steps: MostSteps | None = None
    categories: tuple[CategoryLimit, ...] = ()
    steps: tuple[NamedLimit, ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        _check_range(self.lower_working_days, self.longest_working_days)
        return self

    def of_case(self, category: str, item_name: str) -> int | None:
        """The strictest limit that applies to a case: by its category, by its item as a step, or for all cases."""
        named = (*_named(self.categories, category), *_named(self.steps, item_name))
        return strictest(self.longest_working_days, *(limit.working_days for limit in named))

    def lower_of_case(self, category: str, item_name: str) -> int | None:
        """The same as :meth:`of_case` with the lower ends of ranges: a case that keeps it is surely in time."""
        named = (*_named(self.categories, category), *_named(self.steps, item_name))
        everyone = self.longest_working_days if self.lower_working_days is None else self.lower_working_days
        return strictest(everyone, *map(_lower, named))

    def of_step(self, name: str) -> int | None:
        return strictest(*(limit.working_days for limit in _named(self.steps, name)))

    def lower_of_step(self, name: str) -> int | None:
        return strictest(*map(_lower, _named(self.steps, name)))

    def steps_of_case(self, category: str) -> int | None:
        """How many steps a case of this category may have; None where the table sets no number."""
        return strictest(self.most_steps, *(limit.most_steps for limit in _named(self.categories, category)))


def strictest(*limits: int | None) -> int | None:
    """The lowest of the limits that are known; None where none is."""
    return min((limit for limit in limits if limit is not None), default=None)


def _named(limits: Iterable[L], name: str) -> tuple[L, ...]:
    key = organisation_key(name)
    return tuple(limit for limit in limits if key in limit.names)


def _lower(limit: NamedLimit) -> int:
    return limit.working_days if limit.lower_working_days is None else limit.lower_working_days


def _check_range(lower: int | None, upper: int | None) -> None:
    if lower is not None and (upper is None or lower > upper):
        raise PydanticCustomError("limit_range", "the lower end of a range lies above its upper end")


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
"""A published set by its name, or the tables of a set of one's own."""


@cache
def listed_special_procedures() -> frozenset[str]:
    """The special procedures that may stop the clock, normalised (行政许可法 §45); a policy may list others."""
    lines = files("domain.limits").joinpath("special_procedures.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(organisation_key(name) for line in lines if not line.startswith("#") for name in line.split())
