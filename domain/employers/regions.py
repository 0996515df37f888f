"""The region in a firm's name: names of GB/T 2260 divisions at its beginning or in brackets.

A region is the set of division codes that a text may stand for: 吉林 is a province and a city. The
empty code is the whole country. No region is the empty set.
"""

import re
from collections import defaultdict
from functools import cache, lru_cache
from itertools import product
from typing import NamedTuple

from domain.divisions import divisions
from domain.employers.lexicon import industry_start

Region = frozenset[str]
NOWHERE: Region = frozenset()
_WHOLE_COUNTRY = {"中国": frozenset({""}), "全国": frozenset({""})}

_NOT_A_PLACE = re.compile(r"^(?:市辖区|县|城区|郊区|矿区|.*直辖县级行政区划)$")
_PEOPLES = (
    "壮族|回族|朝鲜族|土家族|苗族|藏族|羌族|彝族|布依族|侗族|哈尼族|傣族|白族|景颇族|傈僳族|蒙古族?|哈萨克族?|"
    "柯尔克孜族?|满族|瑶族|畲族|黎族|水族|仡佬族|仫佬族|毛南族|纳西族|拉祜族|佤族|布朗族|独龙族|怒族|普米族|撒拉族|"
    "土族|东乡族|保安族|裕固族|锡伯族?|塔吉克族?|达斡尔族?|鄂温克族|鄂伦春族?|各族"
)
_SUFFIX = re.compile(
    rf"(?:(?:{_PEOPLES})+自治[州县]|(?:维吾尔|壮族|回族)?自治区|自治旗|特别行政区|地区|新区|省|市|盟|区|县|旗|州)$"
)
_LONGEST_NAME = 12


class Places(NamedTuple):
    """Division codes by full name (广州市) and by the name without its suffix (广州)."""

    full: dict[str, Region]
    bare: dict[str, Region]


class LeadingRegion(NamedTuple):
    """The region that a text begins with, and the ``length`` of its name.

    ``certain`` is False where the same characters may be a trade name.
    """

    codes: Region
    length: int
    certain: bool


@cache
def _places() -> Places:
    full: dict[str, set[str]] = defaultdict(set)
    bare: dict[str, set[str]] = defaultdict(set)
    for code, name in divisions().items():
        if _NOT_A_PLACE.match(name) or code.endswith("00"):
            continue
        full[name].add(code)
        short = _SUFFIX.sub("", name)
        if len(short) >= 2 and short != name:
            bare[short].add(code)
    return Places({n: frozenset(c) for n, c in full.items()}, {n: _province_first(c) for n, c in bare.items()})


def _province_first(codes: set[str]) -> Region:
    """The provinces among ``codes``, else all of them: 河北 is the province, not the district of Tianjin."""
    return frozenset(code for code in codes if len(code) == 2) or frozenset(codes)


def region_named(text: str) -> Region:
    """The region that the whole of ``text`` names, such as a text between brackets."""
    places = _places()
    return _WHOLE_COUNTRY.get(text) or places.full.get(text) or places.bare.get(text) or NOWHERE


@lru_cache(maxsize=1 << 12)
def names_that_fit(pattern: re.Pattern[str]) -> tuple[str, ...]:
    """The names of regions that ``pattern`` matches as a whole."""
    places = _places()
    return tuple(name for name in {**places.full, **places.bare} if pattern.fullmatch(name))


def leading_region(text: str) -> LeadingRegion:
    """The innermost of the nested regions that ``text`` begins with (番禺区 of 广东省广州市番禺区…)."""
    codes, length, certain = NOWHERE, 0, True
    while step := _step(text, length, codes):
        # A name inside a region that stands before it is meant as a region, even without 市 or 县.
        certain = certain and (step.certain or codes != NOWHERE)
        codes, length = step.codes, step.length
    return LeadingRegion(codes, length, certain)


def _step(text: str, start: int, outer: Region) -> LeadingRegion | None:
    """The next region in the chain, from ``start`` on and inside ``outer``; None where the chain ends."""
    places = _places()
    # Longest names first (广州市 before 广州). At least two characters must be left for a trade name.
    for end in range(min(start + _LONGEST_NAME, len(text) - 2), start + 1, -1):
        name = text[start:end]
        if name not in places.full and name not in places.bare:
            continue
        if codes := _inside(places.full.get(name, NOWHERE), outer):
            return LeadingRegion(codes, end, certain=True)
        if codes := _bare(_inside(places.bare.get(name, NOWHERE), outer), text[end:]):
            return LeadingRegion(codes, end, certain=any(len(code) == 2 for code in codes))
    return None


def _bare(codes: Region, rest: str) -> Region:
    """``codes`` without the counties, unless a trade name follows: 新华建设 is a firm, not the county 新华."""
    if codes and industry_start(rest, 0) < 2:
        return frozenset(code for code in codes if len(code) < 6)
    return codes


def _inside(codes: Region, outer: Region) -> Region:
    if not outer:
        return codes
    return frozenset(code for code in codes if any(code != o and code.startswith(o) for o in outer))


def nested(left: Region, right: Region) -> bool:
    """Whether one region may lie in the other, or be the same."""
    return any(a.startswith(b) or b.startswith(a) for a, b in product(left, right))
