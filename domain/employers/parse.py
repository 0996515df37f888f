"""The parts of a firm's name: head and branch, form, region, trade name 字号, industry, ordinals."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from domain.artefacts import says_nothing
from domain.employers.lexicon import industry_start
from domain.employers.ordinals import take_ordinals
from domain.employers.regions import NOWHERE, Region, leading_region, region_named
from domain.names import normalised

SHORTEST_TRADE = 2
"""A trade name has at least so many characters."""


class Form(StrEnum):
    """The form of company 组织形式; 有限公司 is short for 有限责任公司."""

    LIMITED = "有限"
    SHARES = "股份"
    PARTNERSHIP = "合伙"
    COMPANY = "公司"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a name; ``branch`` is empty for the firm itself, and ``region`` may be empty."""

    head: str
    branch: str
    form: Form
    group: bool
    region: Region
    trade: str
    industry: str
    ordinals: tuple[int, ...]

    @property
    def core(self) -> str:
        """Trade name and industry: what is left without region, form, group and ordinals."""
        return self.trade + self.industry


class ParsedName(NamedTuple):
    """A name with its readings; ``text`` is the normalised name, ``former`` are the former names in it.

    ``alternative`` is the other reading where characters may be a region or a trade name (大同建设).
    ``likely`` is None where the name cannot be parsed: it is empty, or names a consortium 联合体.
    """

    text: str
    former: tuple[str, ...]
    likely: Reading | None
    alternative: Reading | None = None


_COMPANY = re.compile(r"(?P<head>.+?公司)(?P<branch>.*)")
_UNIT = re.compile(
    r"(?P<head>.+?(?:集团|局|院|厂|所|中心))(?P<branch>.*(?:分公司|分院|分局|分所|项目部|项目经理部|办事处|经营部))"
)
_BARE_BRANCH = re.compile(r"(?P<head>.+?)(?P<branch>分公司|分院|项目部|项目经理部|办事处)")
_CONSORTIUM = re.compile(r"联合体|公司(?:\([主成牵][^()]{0,6}\))?[、/,;&+和与].+公司")
_FORMS = (
    (re.compile(r"股份(?:有限)?(?:总?公司)?$"), Form.SHARES),
    (re.compile(r"有限(?:责任)?(?:总?公司)?$"), Form.LIMITED),
    (re.compile(r"\((?:特殊)?(?:普通|有限)合伙\)$"), Form.PARTNERSHIP),
    (re.compile(r"总?公司$"), Form.COMPANY),
)
_GROUP = re.compile(r"集团$|\(集团\)")
_BRACKETED = re.compile(r"\(([^()]*)\)")
_BRANCH_NOISE = str.maketrans("", "", "()省市")


@lru_cache(maxsize=1 << 14)
def parse(name: str) -> ParsedName:
    """The parts of an organisation's name in any spelling."""
    if says_nothing(name):
        return ParsedName("", (), None)
    text, former = normalised(name)
    if _CONSORTIUM.search(text):
        return ParsedName(text, former, None)
    head, branch = _split(text)
    stem, form, group = _take_form(head)
    plain, bracket = _take_brackets(stem)
    leading = leading_region(plain)
    # A region in brackets is always meant as one, so it comes before a region that leads the name.
    base = Reading(head, branch.translate(_BRANCH_NOISE), form, group, NOWHERE, "", "", ())
    likely = _with_core(base, plain[leading.length :], bracket or leading.codes)
    if len(likely.core) < SHORTEST_TRADE:
        return ParsedName(text, former, None)
    alternative = None if leading.certain else _with_core(base, plain, bracket)
    return ParsedName(text, former, likely, alternative)


def _split(text: str) -> tuple[str, str]:
    """Head and branch of a name: the branch follows the first …公司, or the unit that it belongs to."""
    match = _COMPANY.fullmatch(text)
    if match and not match["head"].endswith("分公司"):
        return match["head"], match["branch"]
    match = _UNIT.fullmatch(text) or _BARE_BRANCH.fullmatch(text)
    return (match["head"], match["branch"]) if match else (text, "")


def _take_form(head: str) -> tuple[str, Form, bool]:
    form = Form.NONE
    for pattern, form_named in _FORMS:
        if pattern.search(head):
            head, form = pattern.sub("", head), form_named
            break
    stem = _GROUP.sub("", head)
    return stem, form, stem != head


def _take_brackets(stem: str) -> tuple[str, Region]:
    """The stem without brackets, and the region that one of the brackets named."""
    region = NOWHERE
    for content in _BRACKETED.findall(stem):
        if named := region_named(content):
            region = named
            stem = stem.replace(f"({content})", "", 1)
    return stem.replace("(", "").replace(")", ""), region


def _with_core(base: Reading, text: str, region: Region) -> Reading:
    core, ordinals = take_ordinals(text)
    start = industry_start(core, SHORTEST_TRADE)
    return replace(base, region=region, trade=core[:start], industry=core[start:], ordinals=ordinals)
