"""Consortia 联合体: the firms that bid together, taken from a joint name."""

import re
from collections.abc import Sequence

from domain.facts.fact import Org
from domain.names import normalised

_MARK = re.compile(r"\(?(?:组成的?)?联合体(?:投标)?\)?")
_LEADER = re.compile(r"\((?:牵头人|牵头方|牵头单位|主办方|成员|成员单位)\)")
_BETWEEN = re.compile(r"(?<=公司)[、/,;&+和与](?=.*?公司)|[、;]")


def members(bidder: Org, named: Sequence[Org]) -> tuple[Org, ...]:
    """The firms behind a bid, the leader 牵头人 first; the bidder alone where it is no consortium.

    ``named`` are the members that the opening lists; without them a joint name is split.
    """
    text = normalised(bidder.name).text
    joint = bool(_MARK.search(text)) or len(_parts(text)) > 1
    if named:
        others = [each for each in named if each.key != bidder.key]
        return tuple(named) if joint else (bidder, *others)
    return tuple(Org(name=part) for part in _parts(text)) if joint and _parts(text) else (bidder,)


def _parts(text: str) -> list[str]:
    """The names in a joint name; of one firm itself, that name."""
    alone = _LEADER.sub("", _MARK.sub("", text))
    return [part for part in _BETWEEN.split(alone) if part]
