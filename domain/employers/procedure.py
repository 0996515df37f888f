"""The procedure: rules in order, the first that speaks decides.

The number in a docstring is the step of the published procedure. A rule is symmetric: it does not matter
which of the two employers is the payer and which the bidder.
"""

from collections.abc import Callable
from dataclasses import dataclass

from domain.employers.codes import Code
from domain.employers.core_rules import compare_cores, group_member
from domain.employers.lexicon import agent_word
from domain.employers.likeness import one_edit
from domain.employers.outcome import EmployerMatch, Outcome
from domain.employers.parse import ParsedName, Reading

_ACCUSING = tuple(Outcome)
"""Outcomes from the one that clears to the one that accuses."""


@dataclass(frozen=True, slots=True)
class Employer:
    """One side: ``aliases`` are normalised names, those in the name's own brackets included."""

    name: ParsedName
    code: Code
    aliases: frozenset[str]


@dataclass(frozen=True, slots=True)
class Pair:
    """``renamed``: tied by a rename known at the evidence date; ``registered``: both names are in the register."""

    left: Employer
    right: Employer
    renamed: bool = False
    registered: bool = False


def codes_equal(pair: Pair) -> EmployerMatch | None:
    """1, 3. Equal credit codes, or equal characters 9 to 17 (a moved registration): same."""
    left, right = pair.left.code, pair.right.code
    if left.uscc and left.uscc == right.uscc:
        return EmployerMatch(Outcome.SAME, "uscc_equal")
    if left.organisation and left.organisation == right.organisation:
        return EmployerMatch(Outcome.SAME, "organisation_code_equal")
    return None


def codes_differ(pair: Pair) -> EmployerMatch | None:
    """2, 3. Valid codes that differ override any likeness of names, unless the names say branch or group."""
    if not (pair.left.code.organisation and pair.right.code.organisation):
        return None
    related = branches(pair) or groups(pair)
    if related and related.outcome is Outcome.BRANCH_OR_GROUP:
        return EmployerMatch(Outcome.BRANCH_OR_GROUP, "codes_differ_related", related.detail)
    return EmployerMatch(Outcome.DIFFERENT, "codes_differ")


def code_slip(pair: Pair) -> EmployerMatch | None:
    """2. A code that fails its check, one edit away from the other's, with like names: probably_same."""
    left, right = pair.left.code, pair.right.code
    if not (left.text and right.text and (left.broken or right.broken) and one_edit(left.text, right.text)):
        return None
    by_name = decide(pair, BY_NAME)
    if by_name.outcome is Outcome.SAME or not (by_name.outcome is not Outcome.DIFFERENT or _like_trades(pair)):
        return None
    return EmployerMatch(Outcome.PROBABLY_SAME, "code_slip", by_name.rule)


def no_name(pair: Pair) -> EmployerMatch | None:
    """14. An empty or unparsable name: unknown."""
    if pair.left.name.text and pair.left.name.text == pair.right.name.text:
        return None
    if pair.left.name.likely and pair.right.name.likely:
        return None
    return EmployerMatch(Outcome.UNKNOWN, "no_name")


def known_as(pair: Pair) -> EmployerMatch | None:
    """4. An alias, or a rename known at the evidence date: same."""
    left, right = pair.left, pair.right
    if left.name.text in right.aliases or right.name.text in left.aliases:
        return EmployerMatch(Outcome.SAME, "alias")
    return EmployerMatch(Outcome.SAME, "renamed") if pair.renamed else None


def names_equal(pair: Pair) -> EmployerMatch | None:
    """5. Equal normalised names: same."""
    equal = pair.left.name.text == pair.right.name.text != ""
    return EmployerMatch(Outcome.SAME, "name_equal") if equal else None


def agent(pair: Pair) -> EmployerMatch | None:
    """6. One is an agent, who insures people working for others, the other is not: unknown."""
    left, right = agent_word(pair.left.name.text), agent_word(pair.right.name.text)
    return EmployerMatch(Outcome.UNKNOWN, "agent", left or right) if bool(left) != bool(right) else None


def branches(pair: Pair) -> EmployerMatch | None:
    """7. Branches differ: branch_or_group where the heads are one firm, different where they are not."""
    left, right = pair.left.name.likely, pair.right.name.likely
    if left is None or right is None or left.branch == right.branch:
        return None
    heads = _compare_heads(pair)
    detail = f"{left.branch or '—'} / {right.branch or '—'}"
    if heads.outcome is Outcome.DIFFERENT:
        return EmployerMatch(Outcome.DIFFERENT, "branch_of_another", detail)
    if heads.outcome is Outcome.UNKNOWN:
        return heads
    return EmployerMatch(Outcome.BRANCH_OR_GROUP, "branch", detail)


def groups(pair: Pair) -> EmployerMatch | None:
    """11. Taken by itself, for employers whose codes differ."""
    left, right = pair.left.name.likely, pair.right.name.likely
    return group_member(left, right) if left and right else None


def cores(pair: Pair) -> EmployerMatch | None:
    """8 to 14. Ordinals, regions, trade name, industry and form."""
    return _compare_heads(pair)


Rule = Callable[[Pair], EmployerMatch | None]
BY_NAME: tuple[Rule, ...] = (no_name, known_as, names_equal, agent, branches, cores)
PROCEDURE: tuple[Rule, ...] = (codes_equal, codes_differ, code_slip, *BY_NAME)


def decide(pair: Pair, rules: tuple[Rule, ...] = PROCEDURE) -> EmployerMatch:
    """What the first rule that speaks says."""
    return next(match for rule in rules if (match := rule(pair)))


def _compare_heads(pair: Pair) -> EmployerMatch:
    """The heads compared in their likely readings; a doubtful one is tried before it accuses."""
    left, right = pair.left.name, pair.right.name
    if left.likely is None or right.likely is None:
        return EmployerMatch(Outcome.UNKNOWN, "no_name")
    found = _compare_readings(left.likely, right.likely, pair)
    if found.outcome is not Outcome.DIFFERENT:
        return found
    others = [_compare_readings(left.alternative, right.likely, pair)] if left.alternative else []
    others += [_compare_readings(left.likely, right.alternative, pair)] if right.alternative else []
    return min((found, *others), key=lambda match: _ACCUSING.index(match.outcome))


def _compare_readings(left: Reading, right: Reading, pair: Pair) -> EmployerMatch:
    if left.head == right.head:
        return EmployerMatch(Outcome.SAME, "name_equal")
    return compare_cores(left, right, registered=pair.registered)


def _like_trades(pair: Pair) -> bool:
    left, right = pair.left.name.likely, pair.right.name.likely
    return bool(left and right and (left.trade == right.trade or one_edit(left.trade, right.trade)))
