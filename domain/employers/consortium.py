"""Consortia 联合体: the firms that bid together, taken from a joint name."""

import re
from collections.abc import Sequence

from domain.facts.fact import Org
from domain.names import normalised

_MARK = re.compile(r"\(?(?:组成的?)?联合体(?:投标)?\)?")
_ROLE = "(?:联合体)?(?:牵头人|牵头方|牵头单位|主办方|主办人|主体|主|成员|成员方|成员单位|成)[一二三1-9]?"
_IN_BRACKETS = re.compile(rf"\({_ROLE}\)")
_LABEL = re.compile(rf"(?:^|(?<=[、/,;&+(])){_ROLE}:")
_BETWEEN = re.compile(
    r"(?:(?<=公司)|(?<=设计院)|(?<=研究院)|(?<=勘察院))(?:[、/,;&+和与]|及(?!其))(?=.*?(?:公司|院))|[、;]"
)


def members(bidder: Org, named: Sequence[Org]) -> tuple[Org, ...]:
    """The firms behind a bid, the leader 牵头人 first; the bidder alone where it is no consortium.

    ``named`` are the members that the opening lists; without them a joint name is split.
    """
    text = normalised(bidder.name).text
    parts = joint_names(text)
    if named:
        others = [each for each in named if each.key != bidder.key]
        return tuple(named) if parts else (bidder, *others)
    return tuple(Org(name=part) for part in parts) or (bidder,)


def joint_names(text: str) -> list[str]:
    """The names in a normalised joint name, the leader's first; empty for the name of a firm by itself."""
    alone = _MARK.sub("", _LABEL.sub("", _IN_BRACKETS.sub("", text)))
    parts = [part for part in _BETWEEN.split(alone) if part]
    return parts if len(parts) > 1 or alone != text else []
