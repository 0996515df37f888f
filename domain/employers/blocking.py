"""Which pairs of many employers must be compared; comparing all pairs would be quadratic."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from domain.employers.codes import parse_code
from domain.employers.lexicon import agent_word
from domain.employers.parse import SHORTEST_TRADE, parse
from domain.facts.fact import Org


def pairs_to_compare(employers: Iterable[Org]) -> Iterator[tuple[Org, Org]]:
    """The pairs that may not be different: for every other pair :func:`compare` returns ``different``.

    A pair may be returned twice.
    """
    # Two heads with different valid codes are different, unless one name begins with the other (a
    # group and its member). So only heads with the same organisation code, or with the same first
    # characters of the core, need a comparison. A branch, an agent, and an employer without a valid code or a
    # readable name, gives no such key and is compared with all.
    listed = list(employers)
    keyless = [employer for employer in listed if not _block_keys(employer)]
    for place, employer in enumerate(keyless):
        yield from ((employer, other) for other in keyless[place + 1 :])
        yield from ((employer, other) for other in listed if _block_keys(other))
    blocks: defaultdict[str, list[Org]] = defaultdict(list)
    for employer in listed:
        for key in _block_keys(employer):
            blocks[key].append(employer)
    for block in blocks.values():
        yield from combinations(block, 2)


def _block_keys(employer: Org) -> Sequence[str]:
    """Two employers are compared if they share one of these keys; empty where all must be compared."""
    code, name = parse_code(employer.uscc or ""), parse(employer.name)
    if not code.organisation or name.likely is None or name.likely.branch or agent_word(name.text):
        return ()
    return code.organisation, name.likely.core[:SHORTEST_TRADE]
