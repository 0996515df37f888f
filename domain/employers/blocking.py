"""Which of many employers need comparing at all."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from domain.employers.codes import parse_code
from domain.employers.parse import SHORTEST_TRADE, parse
from domain.facts.fact import Org


def pairs_to_compare(employers: Iterable[Org]) -> Iterator[tuple[Org, Org]]:
    """Pairs of different employers; of any other pair :func:`compare` says ``different``.

    Codes that differ leave two heads different unless one name begins with the other (a group
    and its member), so those are compared that begin alike or whose organisation codes are
    equal. A branch, and whoever has no valid code or no readable name, is compared with all.
    """
    listed = list(employers)
    open_ones = [one for one in listed if not _beginnings(one)]
    for place, one in enumerate(open_ones):
        yield from ((one, other) for other in open_ones[place + 1 :])
        yield from ((one, other) for other in listed if _beginnings(other))
    blocks: defaultdict[str, list[Org]] = defaultdict(list)
    for one in listed:
        for beginning in _beginnings(one):
            blocks[beginning].append(one)
    for alike in blocks.values():
        yield from combinations(alike, 2)


def _beginnings(employer: Org) -> Sequence[str]:
    """What another's must share to be worth a comparison; nothing where all are."""
    code, name = parse_code(employer.uscc or ""), parse(employer.name)
    if not code.organisation or name.likely is None or name.likely.branch:
        return ()
    return code.organisation, name.likely.core[:SHORTEST_TRADE]
