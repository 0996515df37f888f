"""The procedure by which two employers are compared: rules in order, of which the first that decides counts.

The number in a docstring is the step of the procedure. Every rule is symmetric: it does not matter which of
the two employers is the payer and which is the bidder.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from domain.employers.codes import Code
from domain.employers.core_rules import compare_cores, group_member
from domain.employers.lexicon import agent_word
from domain.employers.likeness import one_edit
from domain.employers.lost import Completed, completions, holds_lost, may_lack, region_completions, weakened
from domain.employers.outcome import CLOSENESS, EmployerMatch, Outcome
from domain.employers.parse import ParsedName, Reading, parse


@dataclass(frozen=True, slots=True)
class Employer:
    """One side of a pair; ``aliases`` are normalised, and include the former names in the name's brackets."""

    name: ParsedName
    code: Code
    aliases: frozenset[str]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two employers to be compared.

    ``renamed`` means that a rename, known on the day of the evidence, ties their names.
    ``registered`` means that the register of enterprises has both names.
    """

    left: Employer
    right: Employer
    renamed: bool = False
    registered: bool = False


def codes_equal(pair: Pair) -> EmployerMatch | None:
    """1, 3. Equal credit codes, organisation codes (characters 9 to 17) or registration numbers: same."""
    left, right = pair.left.code, pair.right.code
    if left.uscc and left.uscc == right.uscc:
        return EmployerMatch(Outcome.SAME, "uscc_equal")
    # A firm whose registration moved to another place gets another credit code, but keeps its
    # organisation code.
    if left.organisation and left.organisation == right.organisation:
        return EmployerMatch(Outcome.SAME, "organisation_code_equal")
    # Only equal ones say something: a firm that moves gets another registration number.
    if left.registration and left.registration == right.registration:
        return EmployerMatch(Outcome.SAME, "registration_number_equal")
    return None


def codes_differ(pair: Pair) -> EmployerMatch | None:
    """2, 3. Different valid codes: different, however alike the names, unless these are branch or group."""
    if not (pair.left.code.organisation and pair.right.code.organisation):
        return None
    related = branches(pair) or groups(pair)
    if related and related.outcome is Outcome.BRANCH_OR_GROUP:
        return EmployerMatch(Outcome.BRANCH_OR_GROUP, "codes_differ_related", related.detail)
    return EmployerMatch(Outcome.DIFFERENT, "codes_differ")


def code_slip(pair: Pair) -> EmployerMatch | None:
    """2. A code that is not valid and one edit away from the other code, with like names: probably_same."""
    left, right = pair.left.code, pair.right.code
    if not (left.text and right.text and (left.broken or right.broken) and one_edit(left.text, right.text)):
        return None
    by_name = decide(pair, BY_NAME)
    # Where the names alone say ``same``, the rules about names decide: a broken code must not weaken that.
    if by_name.outcome is Outcome.SAME or not (by_name.outcome is not Outcome.DIFFERENT or _like_trades(pair)):
        return None
    return EmployerMatch(Outcome.PROBABLY_SAME, "code_slip", by_name.rule)


def no_name(pair: Pair) -> EmployerMatch | None:
    """14. A name that is empty or cannot be parsed: unknown."""
    # Two equal texts that cannot be parsed, such as one consortium twice, are left to rule 5.
    if pair.left.name.text and pair.left.name.text == pair.right.name.text:
        return None
    if pair.left.name.likely and pair.right.name.likely:
        return None
    return EmployerMatch(Outcome.UNKNOWN, "no_name")


def known_as(pair: Pair) -> EmployerMatch | None:
    """4. An alias, or a rename known on the day of the evidence: same."""
    left, right = pair.left, pair.right
    if left.name.text in right.aliases or right.name.text in left.aliases:
        return EmployerMatch(Outcome.SAME, "alias")
    return EmployerMatch(Outcome.SAME, "renamed") if pair.renamed else None


def names_equal(pair: Pair) -> EmployerMatch | None:
    """5. Equal normalised names: same."""
    equal = pair.left.name.text == pair.right.name.text != "" and not holds_lost(pair.left.name.text)
    return EmployerMatch(Outcome.SAME, "name_equal") if equal else None


def agent(pair: Pair) -> EmployerMatch | None:
    """6. Only one of them is an agent, which insures people who work for others: unknown.

    Before 2: an agent with a code of its own is an agent and not a stranger.
    """
    left, right = agent_word(pair.left.name.text), agent_word(pair.right.name.text)
    return EmployerMatch(Outcome.UNKNOWN, "agent", left or right) if bool(left) != bool(right) else None


def characters_lost(pair: Pair) -> EmployerMatch | None:
    """7 to 14 as if a lost character were that of the other name; what is legible and differs is left to them."""
    found = [match for match in _completed(pair, completions) if match.outcome is not Outcome.DIFFERENT]
    if not found and (holds_lost(pair.left.name.text) or holds_lost(pair.right.name.text)):
        regions = _completed(pair, lambda lossy, _: region_completions(lossy))
        found = [match for match in regions if match.outcome is not Outcome.DIFFERENT]
    return min(found, key=lambda match: CLOSENESS.index(match.outcome), default=None)


def _completed(pair: Pair, complete: Callable[[str, str], Iterable[Completed]]) -> Iterator[EmployerMatch]:
    for lossy, whole in ((pair.left, pair.right), (pair.right, pair.left)):
        if not may_lack(lossy.name.text, whole.name.text):
            continue
        for completed in complete(lossy.name.text, whole.name.text):
            name = parse(completed.text)
            if name.likely is not None and whole.name.likely is not None:
                as_if = replace(pair, left=replace(lossy, name=name), right=whole, registered=False)
                yield weakened(decide(as_if, (branches, cores)), name.likely, completed.guessed)


def branches(pair: Pair) -> EmployerMatch | None:
    """7. Different branches: branch_or_group where the heads are one firm, different where they are not."""
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
    """11. Group and member; used by itself for employers whose codes differ."""
    left, right = pair.left.name.likely, pair.right.name.likely
    return group_member(left, right) if left and right else None


def cores(pair: Pair) -> EmployerMatch | None:
    """8 to 14. Ordinals, regions, trade name, industry and form."""
    return _compare_heads(pair)


Rule = Callable[[Pair], EmployerMatch | None]
BY_NAME: tuple[Rule, ...] = (no_name, known_as, names_equal, agent, characters_lost, branches, cores)
PROCEDURE: tuple[Rule, ...] = (codes_equal, agent, codes_differ, code_slip, *BY_NAME)


def decide(pair: Pair, rules: tuple[Rule, ...] = PROCEDURE) -> EmployerMatch:
    """The match of the first of ``rules`` that decides; the last rule always does."""
    return next(match for rule in rules if (match := rule(pair)))


def _compare_heads(pair: Pair) -> EmployerMatch:
    """The heads compared in their likely readings; before ``different``, other readings are tried as well."""
    left, right = pair.left.name, pair.right.name
    if left.likely is None or right.likely is None:
        return EmployerMatch(Outcome.UNKNOWN, "no_name")
    likely = _compare_readings(left.likely, right.likely, pair)
    if likely.outcome is not Outcome.DIFFERENT:
        return likely
    # 大同建设 may be a firm from Datong or one called 大同. Nobody may be accused by a wrong guess, so
    # the reading that speaks most for the lead counts.
    others = [_compare_readings(left.alternative, right.likely, pair)] if left.alternative else []
    others += [_compare_readings(left.likely, right.alternative, pair)] if right.alternative else []
    return min((likely, *others), key=lambda match: CLOSENESS.index(match.outcome))


def _compare_readings(left: Reading, right: Reading, pair: Pair) -> EmployerMatch:
    if left.head == right.head and not holds_lost(left.head):
        return EmployerMatch(Outcome.SAME, "name_equal")
    return compare_cores(left, right, registered=pair.registered)


def _like_trades(pair: Pair) -> bool:
    left, right = pair.left.name.likely, pair.right.name.likely
    return bool(left and right and (left.trade == right.trade or one_edit(left.trade, right.trade)))
