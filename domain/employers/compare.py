"""The comparison of two employers."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from domain.employers.codes import Code, parse_code
from domain.employers.consortium import joint_names
from domain.employers.outcome import CLOSENESS, EmployerMatch, Outcome
from domain.employers.parse import parse
from domain.employers.procedure import Employer, Pair, decide
from domain.employers.renames import NO_RENAMES, Renames
from domain.facts.fact import Org
from domain.identifiers import organisation_key
from domain.names import normalised


class Row(NamedTuple):
    """Two names, and their codes where given: of 18 or 9 characters, valid or not."""

    left: str
    right: str
    left_uscc: str | None = None
    right_uscc: str | None = None


def compare(
    left: Org,
    right: Org,
    *,
    on: date | None = None,
    renames: Renames = NO_RENAMES,
    registered: frozenset[str] = frozenset(),
) -> EmployerMatch:
    """Whether two employers are the same; ``left`` and ``right`` may be swapped.

    ``on`` is the day by which a rename must have taken effect (None: any day). ``registered`` are
    the normalised names (:func:`domain.identifiers.organisation_key`) of enterprises known to exist.
    """
    # What does not depend on the two employers alone is reduced to two booleans first, so that the
    # cache of decisions does not depend on the day or on the register.
    return _decided(
        (left.name, left.uscc or "", left.aliases),
        (right.name, right.uscc or "", right.aliases),
        bool(renames) and renames.same(left, right, on),
        bool(registered) and {organisation_key(left.name), organisation_key(right.name)} <= registered,
    )


def compare_texts(row: Row) -> EmployerMatch:
    """The comparison of names and codes as somebody wrote them; ``detail`` mentions a code that is wrong."""
    match = _decided((row.left, row.left_uscc or "", ()), (row.right, row.right_uscc or "", ()), False, False)
    if any(parse_code(text).broken for text in (row.left_uscc, row.right_uscc) if text):
        return replace(match, detail="; ".join(filter(None, (match.detail, "a code fails its check"))))
    return match


def match_rows(rows: Iterable[Row]) -> Iterator[EmployerMatch]:
    """One match for each row, in the same order."""
    return map(compare_texts, rows)


_Given = tuple[str, str, tuple[str, ...]]
"""Name, code and aliases as a source gave them."""


@lru_cache(maxsize=1 << 15)
def _decided(left: _Given, right: _Given, renamed: bool, registered: bool) -> EmployerMatch:
    # Sorted, so that a match and its detail do not depend on which side is which.
    first, second = sorted((left, right))
    pair = Pair(_employer(first), _employer(second), renamed=renamed, registered=registered)
    match = decide(pair)
    if match.rule != "no_name":
        return match
    firsts, seconds = _members(first), _members(second)
    return _of_members(firsts, seconds) if len(firsts) + len(seconds) > 2 else match


def _members(given: _Given) -> list[Employer]:
    """The firms of a consortium, the leader first, to whom its code belongs; else the employer itself."""
    name, code, aliases = given
    leader, *others = joint_names(normalised(name).text) or [name]
    return [_employer((leader, code, aliases)), *(_employer((other, "", ())) for other in others)]


def _of_members(firsts: list[Employer], seconds: list[Employer]) -> EmployerMatch:
    """The match of the leaders; a consortium is related to its other members."""
    found = [decide(Pair(first, second)) for first in firsts for second in seconds]
    leaders, *others = found
    closest = min(others, key=lambda match: CLOSENESS.index(match.outcome))
    if CLOSENESS.index(leaders.outcome) <= CLOSENESS.index(closest.outcome):
        return leaders
    if closest.outcome in (Outcome.SAME, Outcome.PROBABLY_SAME):
        return EmployerMatch(Outcome.BRANCH_OR_GROUP, "consortium_member", closest.rule)
    return closest


def _employer(given: _Given) -> Employer:
    name, code, aliases = given
    parsed = parse(name)
    known = frozenset(filter(None, (*parsed.former, *map(organisation_key, aliases))))
    return Employer(parsed, parse_code(code) if code else Code(), known)
