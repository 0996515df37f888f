"""Renamed employers: the names that one employer has had up to a given day."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from functools import cached_property
from typing import NamedTuple

from domain.facts.employers import EmployerRenamed
from domain.facts.fact import Org
from domain.identifiers import organisation_key


class Rename(NamedTuple):
    """From ``on`` (inclusive), ``holder``, an organisation code, is called ``new`` instead of ``old``."""

    on: date
    holder: str
    old: str
    new: str


class Renames:
    """A frozen collection of dated renames; two collections of the same renames are equal.

    A rename counts from its day on (inclusive). From then on the old name, which many still use, and
    the new one mean the same employer. Renames form a chain by the code of their holder, so that a
    name that one firm gave up and another took does not tie the two firms.
    """

    def __init__(self, renames: frozenset[Rename]) -> None:
        self._renames = renames
        self._hash = hash(renames)

    @classmethod
    def of(cls, renames: Iterable[EmployerRenamed]) -> "Renames":
        return cls(
            frozenset(
                Rename(fact.on, fact.uscc[8:17], organisation_key(fact.old_name), organisation_key(fact.new_name))
                for fact in renames
            )
        )

    def same(self, left: Org, right: Org, on: date | None) -> bool:
        """Whether both have been names of one holder by ``on`` (inclusive; None: ever)."""
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
            return {employer.uscc[8:17]}
        key = organisation_key(employer.name)
        return {holder for holder in self._by_name.get(key, ()) if key in self._names(holder, on)}

    def _names(self, holder: str, on: date | None) -> set[str]:
        """The names that ``holder`` had up to ``on``: those of past renames, and the one the next rename ends."""
        chain = self._by_holder[holder]
        past = [rename for rename in chain if on is None or rename.on <= on]
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
