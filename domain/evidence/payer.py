"""The evidence about one payer 社保缴纳单位: the leads of other bidders that it insures."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import product

from domain.employers import NO_RENAMES, Outcome, Renames, compare
from domain.employers.agents import is_agent
from domain.employers.blocking import pairs_to_compare
from domain.evidence.days import day_in_shanghai, months_before
from domain.evidence.recorded import RecordedFact
from domain.facts.fact import Org
from domain.facts.insurance import LeadInsured
from domain.identifiers import common_jurisdiction
from domain.organisation_codes import lasting_code
from domain.policy import Policy, PolicyBook


@dataclass(frozen=True, slots=True)
class Supply:
    """A lead of ``bidder``, named at an opening on ``opened_on``, whom the payer insures."""

    opened_on: date
    bidder: Org
    insured: LeadInsured
    fact: RecordedFact


@dataclass(frozen=True, slots=True)
class Window:
    """The leads that a payer supplied from ``first`` to ``last`` (both inclusive), and their bidders.

    Each of ``groups`` holds bidders that belong or may belong together, directly or through another of
    them. Bidders of different groups are surely different employers.
    """

    first: date
    last: date
    supplies: tuple[Supply, ...]
    groups: tuple[tuple[Org, ...], ...]

    @property
    def rank(self) -> tuple[int, date]:
        """Sorts windows with more groups first, then earlier ones."""
        return -len(self.groups), self.last


@dataclass(frozen=True)
class PayerCase:
    """One payer under all its known codes and names; ``supplies`` are sorted, earliest first.

    For an agent 人力资源代理, the supplies are all leads that it insures and their bidder does not. For
    another payer, they are only the leads of bidders that are surely different from it: a branch, a
    group member or a misspelt name does not count. ``organisations`` are the subjects of all
    organisations that a statement about it names.
    """

    subject: str
    payer: Org
    agent: bool
    supplies: tuple[Supply, ...]
    organisations: frozenset[str]
    renames: Renames
    policy: Policy

    def largest_window(self, months: int) -> Window | None:
        """The window of ``months`` with the most groups, both ends inclusive, that ends on an opening day.

        The earliest of several; None where nothing was supplied.
        """
        # Grouping the bidders of a window is dear, and a window has at most as many groups as bidders.
        # So windows are tried in the order of their bidders, until none can have more groups.
        largest: Window | None = None
        for supplies in sorted(self._spans(months), key=_most_bidders_first):
            if largest is not None and -_most_bidders_first(supplies)[0] < len(largest.groups):
                break
            window = Window(supplies[0].opened_on, supplies[-1].opened_on, supplies, self._groups(supplies))
            if largest is None or window.rank < largest.rank:
                largest = window
        return largest

    def _spans(self, months: int) -> Iterator[tuple[Supply, ...]]:
        days = [supply.opened_on for supply in self.supplies]
        for last in sorted(set(days)):
            first = months_before(last, months)
            yield self.supplies[bisect_left(days, first) : bisect_right(days, last)]

    def _groups(self, supplies: Iterable[Supply]) -> tuple[tuple[Org, ...], ...]:
        left = {supply.bidder.key for supply in supplies}
        groups = []
        for key in sorted(left):
            if key in left:
                group = self._tied_to(key, left)
                left -= group
                groups.append(tuple(sorted(group)))
        return tuple(tuple(self._bidders[key] for key in group) for group in self._surely_different(groups))

    def _tied_to(self, key: str, among: set[str]) -> set[str]:
        """``key`` and all bidders ``among`` that are tied to it, directly or through others."""
        tied, waiting = set[str](), {key}
        while waiting:
            tied |= waiting
            waiting = {other for bidder in waiting for other in self._relations.tied.get(bidder, ())} & among - tied
        return tied

    def _surely_different(self, groups: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
        """The groups that are surely different from each other.

        While any two may be the same, the group that may be the same as the most others is left out.
        """
        left = list(groups)
        while self._relations.unsure:
            doubts = [sum(self._doubtful(group, other) for other in left) for group in left]
            if not any(doubts):
                break
            del left[doubts.index(max(doubts))]
        return left

    def _doubtful(self, group: tuple[str, ...], other: tuple[str, ...]) -> bool:
        return group != other and any(pair in self._relations.unsure for pair in product(group, other))

    @cached_property
    def _bidders(self) -> dict[str, Org]:
        """The bidders by key; of several spellings always the same one is taken."""
        named = {_name(supply.bidder): supply.bidder for supply in self.supplies}
        return {named[name].key: named[name] for name in sorted(named)}

    @cached_property
    def _relations(self) -> "_Relations":
        relations, known = _Relations({}, set()), self.policy.registered_enterprises
        for left, right in pairs_to_compare(self._bidders.values()):
            outcome = compare(left, right, renames=self.renames, registered=known).outcome
            relations.note(left.key, right.key, outcome)
        return relations


@dataclass(frozen=True, slots=True)
class _Relations:
    """Relations of bidders that are not surely different, by their keys.

    ``tied`` bidders are or may be one firm, or a firm and its branch or group. ``unsure`` are pairs,
    in both orders, about which nothing can be said, such as an unreadable name and any other name.
    """

    tied: dict[str, set[str]]
    unsure: set[tuple[str, str]]

    def note(self, one: str, other: str, outcome: Outcome) -> None:
        if outcome is Outcome.UNKNOWN:
            self.unsure.update(((one, other), (other, one)))
        elif outcome is not Outcome.DIFFERENT:
            self.tied.setdefault(one, set()).add(other)
            self.tied.setdefault(other, set()).add(one)


def payer_cases(
    statements: Iterable[RecordedFact], renames: Renames = NO_RENAMES, *, policies: PolicyBook
) -> tuple[PayerCase, ...]:
    """One case for each payer, sorted by subject, from standing ``lead-insured`` statements."""
    supplies = sorted(_supplies(statements), key=_order)
    named = {_name(supply.insured.payer): supply.insured.payer for supply in supplies}
    cases = []
    for payers in _same_payers([named[name] for name in sorted(named)], renames):
        names = {_name(payer) for payer in payers}
        own = tuple(supply for supply in supplies if _name(supply.insured.payer) in names)
        cases.append(_case(payers, own, renames, policies))
    return tuple(sorted(cases, key=lambda case: case.subject))


def _supplies(statements: Iterable[RecordedFact]) -> Iterator[Supply]:
    for fact in statements:
        # What names a month is said to the lot alone, beside what is said to the payer.
        if isinstance(fact.data, LeadInsured) and fact.data.month is None:
            yield Supply(day_in_shanghai(fact.data.opened_at), fact.data.bidder, fact.data, fact)


def _case(payers: Sequence[Org], supplies: tuple[Supply, ...], renames: Renames, policies: PolicyBook) -> PayerCase:
    agent = any(map(is_agent, payers))
    counted = ("different", "unknown") if agent else ("different",)
    named = [org for supply in supplies for org in (supply.insured.payer, supply.bidder)]
    first = min(payers, key=lambda payer: (payer.uscc is None, payer.key, payer.name))
    return PayerCase(
        subject=f"org:{first.key}",
        payer=first,
        agent=agent,
        supplies=tuple(supply for supply in supplies if supply.insured.relation in counted),
        organisations=frozenset(name for org in named for name in org.subjects),
        renames=renames,
        policy=policies.for_jurisdiction(common_jurisdiction(supply.insured.jurisdiction for supply in supplies)),
    )


def _same_payers(payers: Sequence[Org], renames: Renames) -> list[list[Org]]:
    """Payers in groups that are one organisation.

    Payers with the same organisation code belong together. A payer without a code belongs to the one
    group with which its name agrees.
    """
    by_code: dict[str, list[Org]] = {}
    for payer in payers:
        if payer.uscc:
            by_code.setdefault(lasting_code(payer.uscc), []).append(payer)
    groups, without_code = list(by_code.values()), list[list[Org]]()
    for payer in (payer for payer in payers if not payer.uscc):
        matching = [group for group in groups if _same(payer, group, renames)]
        # Two organisations may have the same name. Then the name alone does not say which of them pays,
        # and the payer is kept apart.
        if len(matching) != 1:
            matching = [group for group in without_code if _same(payer, group, renames)][:1]
        if matching:
            matching[0].append(payer)
        else:
            without_code.append([payer])
    return [*groups, *without_code]


def _same(payer: Org, group: Iterable[Org], renames: Renames) -> bool:
    return any(compare(payer, other, renames=renames).outcome is Outcome.SAME for other in group)


def _most_bidders_first(supplies: Sequence[Supply]) -> tuple[int, date]:
    """Sorts like :attr:`Window.rank`, with bidders in place of groups."""
    return -len({supply.bidder.key for supply in supplies}), supplies[-1].opened_on


def _name(organisation: Org) -> tuple[str, str]:
    return organisation.key, organisation.name


def _order(supply: Supply) -> tuple[date, str, str, tuple[str, str]]:
    return supply.opened_on, supply.bidder.key, supply.insured.person.person_id, supply.fact.identity
