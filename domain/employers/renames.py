"""Renamed employers: the names that one employer has had up to a given day."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from functools import cached_property
from typing import NamedTuple

from domain.facts.employers import EmployerRenamed
from domain.facts.fact import Org
from domain.identifiers import organisation_key
from domain.names import same_form
from domain.organisation_codes import lasting_code


class Rename(NamedTuple):
    """From ``on`` (inclusive), ``holder`` (:func:`lasting_code`) is called ``new`` instead of ``old``."""

    on: date
    holder: str
    old: str
    new: str


class Renames:
    """A frozen collection of dated renames; two collections of the same renames are equal.

    A rename joins the old name and the new one whatever its date: registers and payers use either
    for years. A chain of renames belongs together by the code of its holder. A name that one firm
    gave up and another took belongs, on a day, to whoever bore it then. 有限责任公司 and 有限公司 are one
    legal form.
    """

    def __init__(self, renames: frozenset[Rename]) -> None:
        self._renames = renames
        self._hash = hash(renames)

    @classmethod
    def of(cls, renames: Iterable[EmployerRenamed]) -> "Renames":
        return cls(
            frozenset(
                Rename(fact.on, lasting_code(fact.uscc), _key(fact.old_name), _key(fact.new_name)) for fact in renames
            )
        )

    def same(self, left: Org, right: Org, on: date | None) -> bool:
        """True if both are names of one holder; ``on`` decides whose a name is that several have borne."""
        holders = self._holders(left, on)
        return bool(holders) and not holders.isdisjoint(self._holders(right, on))

    def __bool__(self) -> bool:
        return bool(self._renames)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Renames) and (self is other or self._renames == other._renames)

    def __hash__(self) -> int:
        return self._hash

    def _holders(self, employer: Org, on: date | None) -> set[str]:
        """The organisation codes of the firms that had the employer's name; only its own code, if it has one."""
        if employer.uscc:
            return {lasting_code(employer.uscc)}
        key = _key(employer.name)
        holders = self._by_name.get(key, set())
        if len(holders) < 2 or on is None:
            return holders
        return {holder for holder in holders if key in self._names_on(holder, on)}

    def _names_on(self, holder: str, on: date) -> set[str]:
        """The names borne until ``on``: those of past renames, and the one the next rename ends."""
        chain = self._by_holder[holder]
        past = [rename for rename in chain if rename.on <= on]
        coming = chain[len(past) :]
        ending = {rename.old for rename in coming if rename.on == coming[0].on}
        return ending | {name for rename in past for name in (rename.old, rename.new)}

    @cached_property
    def _by_holder(self) -> dict[str, list[Rename]]:
        """The renames of each holder, oldest first."""
        chains: dict[str, list[Rename]] = defaultdict(list)
        for rename in sorted(self._renames):
            chains[rename.holder].append(rename)
        return dict(chains)

    @cached_property
    def _by_name(self) -> dict[str, set[str]]:
        holders: dict[str, set[str]] = defaultdict(set)
        for rename in self._renames:
            holders[rename.old].add(rename.holder)
            holders[rename.new].add(rename.holder)
        return dict(holders)


NO_RENAMES = Renames(frozenset())


def _key(name: str) -> str:
    """The normalised name in one spelling of its legal form."""
    return same_form(organisation_key(name))
