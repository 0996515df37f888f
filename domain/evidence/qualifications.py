"""Qualifications of constructors 注册建造师: the level and the trades that a text names."""

import re
from dataclasses import dataclass
from typing import Final

from domain.names import normalised

_LEVELS: Final = {"一级": 1, "壹级": 1, "二级": 2, "贰级": 2, "1级": 1, "2级": 2}
_LEVEL: Final = re.compile("|".join(_LEVELS))
TRADES: Final[dict[str, re.Pattern[str]]] = {
    "建筑工程": re.compile("建筑工程|房屋建筑|房建"),
    "市政公用工程": re.compile("市政"),
    "公路工程": re.compile("公路"),
    "铁路工程": re.compile("铁路"),
    "民航机场工程": re.compile("民航|机场"),
    "港口与航道工程": re.compile("港口|航道|港航"),
    "水利水电工程": re.compile("水利|水电"),
    "矿业工程": re.compile("矿业|矿山"),
    "通信与广电工程": re.compile("通信|广电"),
    "机电工程": re.compile("机电"),
}
"""The trades of registered constructors (注册建造师执业管理规定), and how texts name them."""


@dataclass(frozen=True, slots=True)
class Qualification:
    """``level`` 1 is the highest; None where the text names none. ``trades`` may be empty."""

    level: int | None
    trades: frozenset[str]

    def meets(self, required: "Qualification") -> bool | None:
        """Whether it is of at least the required level and has one of the required trades.

        None where that cannot be told: one of the two names no level, or no trade, that the other names.
        """
        level, trade = self._reaches(required), self._covers(required)
        if level is False or trade is False:
            return False
        return None if level is None or trade is None else True

    def _reaches(self, required: "Qualification") -> bool | None:
        if required.level is None:
            return True
        return None if self.level is None else self.level <= required.level

    def _covers(self, required: "Qualification") -> bool | None:
        if not required.trades:
            return True
        return bool(self.trades & required.trades) if self.trades else None


def read_qualification(text: str) -> Qualification:
    """What a text such as 一级注册建造师（市政公用工程） names; nothing where it names nothing known."""
    plain = normalised(text).text
    level = _LEVEL.search(plain)
    trades = frozenset(trade for trade, named in TRADES.items() if named.search(plain))
    return Qualification(_LEVELS[level[0]] if level else None, trades)
