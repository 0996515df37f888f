"""Pairs of employers, composed kind by kind as they are met, with what is true of them.

``python -m tests.domain.employers.composed_pairs`` prints how each kind is told, and precision, recall and F1.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from random import Random
from typing import NamedTuple

from stdnum.cn.uscc import calc_check_digit

from domain.divisions import divisions
from domain.employers import Outcome, Row, compare_texts
from domain.employers.lexicon import look_alike
from domain.employers.likeness import homophone

TRADE_CHARACTERS = "华兴宏达盛泰恒信鼎诚瑞丰嘉安利昌荣茂基业永固远景德隆博雅凯源海天龙腾正大润泽金盾方圆联创国立辉耀"
RARE = "垚犇龘鋐喆堃翀淏炘燊珺玥頔"
"""Outside GB 2312: older systems print or drop them."""
INDUSTRIES = ("建设", "建筑工程", "建设工程", "市政工程", "路桥工程", "装饰工程", "水利水电工程", "园林绿化工程")
MARKS = ("?", "？", "□", "〓", "\ufffd", "*", "\ue000", "\ue863", "??", "???")
BRANCHES = ("深圳分公司", "南沙项目部", "驻京办事处", "第一分公司")
AGENTS = ("人力资源", "劳务派遣", "人才服务", "企业服务外包", "对外服务", "人事代理")
TRADITIONAL = str.maketrans(
    "华兴达泰丰荣业远鼎龙润泽盾圆联创国辉东广设筑", "華興達泰豐榮業遠鼎龍潤澤盾圓聯創國輝東廣設築"
)


class Truth(Enum):
    SAME = "one firm"
    OPEN = "nobody can tell"
    RELATED = "branch or group"
    OTHER = "two firms"


@dataclass(frozen=True)
class Firm:
    """A firm by the parts of its name; ``places`` are a province and one of its cities."""

    places: tuple[str, str]
    trade: str
    industry: str
    form: str = "有限公司"

    @property
    def name(self) -> str:
        return f"{self.places[1]}{self.trade}{self.industry}{self.form}"


class Composed(NamedTuple):
    kind: str
    row: Row
    truth: Truth


class Town:
    """Draws firms, characters and codes; the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        names = divisions()
        self._cities = [
            (names[code[:2]], name)
            for code, name in names.items()
            if len(code) == 4 and name.endswith("市") and len(name) == 3 and code[:2] not in ("11", "12", "31", "50")
        ]

    def firm(self, *, trade: int = 3) -> Firm:
        drawn = "".join(self.rng.sample(TRADE_CHARACTERS, trade))
        return Firm(self.rng.choice(self._cities), drawn, self.rng.choice(INDUSTRIES))

    def rare_firm(self, *, trade: int = 3) -> tuple[Firm, str]:
        """A firm with a rare character in its trade name, and that character."""
        firm, rare = self.firm(trade=trade), self.rng.choice(RARE)
        place = self.rng.randrange(trade)
        return replace(firm, trade=firm.trade[:place] + rare + firm.trade[place + 1 :]), rare

    def other(self, character: str) -> str:
        """Another character for a trade name that nobody takes for this one."""
        return self.rng.choice(
            [each for each in TRADE_CHARACTERS if not homophone(each, character) and not look_alike(each, character)]
        )

    def elsewhere(self, firm: Firm) -> Firm:
        return replace(firm, places=self.rng.choice([city for city in self._cities if city[0] != firm.places[0]]))

    def code(self) -> str:
        stem = "914401" + f"{self.rng.randrange(100):02d}" + organisation_code(f"MA{self.rng.randrange(10**6):06d}")
        return stem + str(calc_check_digit(stem))


def organisation_code(stem: str) -> str:
    """Eight characters with the check character of GB 11714."""
    values = (int(each, 36) * weight for each, weight in zip(stem, (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    return stem + "0123456789X0"[11 - sum(values) % 11]


Kind = Callable[[Town], tuple[str, str] | Row]


def _spelling(change: Callable[[Town, str], str]) -> Kind:
    def kind(town: Town) -> tuple[str, str]:
        name = town.firm().name
        return name, change(town, name)

    return kind


def _in_code(change: Callable[[Town, str], str]) -> Kind:
    """Two firms by their names, one by a code in two spellings."""

    def kind(town: Town) -> Row:
        code = town.code()
        return Row(town.firm().name, town.firm().name, code, change(town, code))

    return kind


def _lost(town: Town, *, trade: int) -> tuple[str, str]:
    firm, rare = town.rare_firm(trade=trade)
    return firm.name, firm.name.replace(rare, town.rng.choice(MARKS))


def _rare(written: Callable[[str], str]) -> Kind:
    """A rare character, and how another system writes it."""

    def kind(town: Town) -> tuple[str, str]:
        firm, rare = town.rare_firm()
        return firm.name, firm.name.replace(rare, written(rare))

    return kind


def _lost_elsewhere(part: Callable[[Firm], str]) -> Kind:
    """A character lost outside the trade name."""

    def kind(town: Town) -> tuple[str, str]:
        firm = town.firm()
        text = part(firm)
        place = firm.name.index(text) + town.rng.randrange(len(text))
        return firm.name, firm.name[:place] + town.rng.choice(MARKS[:6]) + firm.name[place + 1 :]

    return kind


def _both_lost(town: Town) -> tuple[str, str]:
    firm, rare = town.rare_firm()
    return tuple(firm.name.replace(rare, town.rng.choice(MARKS)) for _ in "ab")  # type: ignore[return-value]


def _lost_and_region_missing(town: Town) -> tuple[str, str]:
    firm, rare = town.rare_firm()
    return firm.name, firm.name.removeprefix(firm.places[1]).replace(rare, town.rng.choice(MARKS))


def _lost_and_form_spelled_out(town: Town) -> tuple[str, str]:
    firm, rare = town.rare_firm()
    return firm.name, firm.name.replace(rare, town.rng.choice(MARKS)).replace("有限公司", "有限责任公司")


def _lost_and(change: Callable[[Town, Firm, str], Firm]) -> Kind:
    """A lost character, and something legible that differs."""

    def kind(town: Town) -> tuple[str, str]:
        firm, rare = town.rare_firm()
        return firm.name, change(town, firm, rare).name.replace(rare, town.rng.choice(MARKS))

    return kind


def _other_character(town: Town, firm: Firm, rare: str) -> Firm:
    place = next(index for index, each in enumerate(firm.trade) if each != rare)
    return replace(firm, trade=firm.trade[:place] + town.other(firm.trade[place]) + firm.trade[place + 1 :])


def _ordinal(town: Town, *, lost: bool) -> tuple[str, str]:
    firm, rare = town.rare_firm()
    one, other = (replace(firm, industry=f"第{each}工程").name for each in town.rng.sample("一二三四五六七八九", 2))
    return one, other.replace(rare, town.rng.choice(MARKS)) if lost else other


def _one_character(town: Town) -> tuple[str, str]:
    firm = town.firm(trade=2)
    return firm.name, _other_character(town, firm, "").name


def _slip(found: Callable[[str, str], bool]) -> Kind:
    def kind(town: Town) -> tuple[str, str]:
        while True:
            firm = town.firm()
            place = town.rng.randrange(3)
            alike = [each for each in ALIKE if each != firm.trade[place] and found(firm.trade[place], each)]
            if alike:
                trade = firm.trade[:place] + town.rng.choice(alike) + firm.trade[place + 1 :]
                return firm.name, replace(firm, trade=trade).name

    return kind


ALIKE = TRADE_CHARACTERS + "星行洪弘鸿晟胜太态衡横欣鑫新顶成城锐睿峰锋佳家末未己已巳士土日曰"


def _joint(town: Town, *firms: Firm) -> str:
    between = town.rng.choice(("、", "/", "，", "和", "与", "；"))
    return between.join(firm.name for firm in firms) + town.rng.choice(("", "联合体", "（联合体）", "组成的联合体"))


def _leader(town: Town) -> tuple[str, str]:
    first, second = town.firm(), town.firm()
    return _joint(town, first, second), first.name


def _member(town: Town) -> tuple[str, str]:
    first, second = town.firm(), town.firm()
    return _joint(town, first, second), second.name


def _no_member(town: Town) -> tuple[str, str]:
    return _joint(town, town.firm(), town.firm()), town.firm().name


def _agent(town: Town, *, coded: bool) -> Row:
    agent = f"{town.firm().places[1]}{town.firm(trade=2).trade}{town.rng.choice(AGENTS)}有限公司"
    return Row(town.firm().name, agent, *((town.code(), town.code()) if coded else ()))


def _branch(town: Town) -> tuple[str, str]:
    name = town.firm().name
    return name, name + town.rng.choice(BRANCHES)


def _other_region(town: Town) -> tuple[str, str]:
    firm = town.firm()
    return firm.name, town.elsewhere(firm).name


def _stranger(town: Town) -> tuple[str, str]:
    return town.firm().name, town.firm().name


def _two_codes(town: Town) -> Row:
    name = town.firm().name
    return Row(name, name, town.code(), town.code())


def _like_names_two_codes(town: Town) -> Row:
    firm = town.firm()
    return Row(firm.name, _other_character(town, firm, "").name, town.code(), town.code())


def _industry(town: Town) -> tuple[str, str]:
    firm = town.firm()
    return firm.name, replace(
        firm, industry=town.rng.choice([each for each in INDUSTRIES if each != firm.industry])
    ).name


def _worn(town: Town, code: str) -> str:
    wide = code.translate({number: number + 0xFEE0 for number in range(0x21, 0x7F)})
    spaced = f"{code[:8]} {code[8:17]}-{code[17:]}"
    return town.rng.choice(
        (wide, code.lower(), f"'{code}", f'="{code}"', spaced, f"\u202d{code}\u202c", f"{code}\ufeff")
    )


KINDS: dict[Truth, dict[str, Kind]] = {
    Truth.SAME: {
        "full-width, blanks": _spelling(lambda _, name: "　".join(name)),
        "traditional": _spelling(lambda _, name: name.translate(TRADITIONAL)),
        "label": _spelling(lambda town, name: town.rng.choice(("单位名称：{}", "{}（本部）", "{}(社保)")).format(name)),
        "code behind the name": _spelling(lambda town, name: f"{name} {town.code()}"),
        "form spelled out": _spelling(lambda _, name: name.replace("有限公司", "有限责任公司")),
        "region missing": _spelling(lambda _, name: name[3:]),
        "region in brackets": _spelling(lambda _, name: f"{name[3:6]}（{name[:2]}）{name[6:]}"),
        "former name": _spelling(lambda town, name: f"{town.firm().name}（原{name}）"),
        "lost, trade of 3": lambda town: _lost(town, trade=3),
        "lost, trade of 4": lambda town: _lost(town, trade=4),
        "rare one missing": _rare(lambda _: ""),
        "lost on both sides": _both_lost,
        "lost, region missing": _lost_and_region_missing,
        "lost, form spelled out": _lost_and_form_spelled_out,
        "lost in the region": _lost_elsewhere(lambda firm: firm.places[1]),
        "lost in the industry": _lost_elsewhere(lambda firm: firm.industry),
        "lost in the form": _lost_elsewhere(lambda firm: firm.form),
        "mark behind the name": _spelling(lambda town, name: name + town.rng.choice(MARKS[:6])),
        "character reference": _rare(lambda rare: f"&#{ord(rare)};"),
        "homophone": _slip(homophone),
        "look-alike": _slip(look_alike),
        "doubled": _spelling(lambda _, name: name[:4] + name[3:]),
        "worn code": _in_code(_worn),
        "organisation code": _in_code(lambda _, code: code[8:17]),
        "organisation code, hyphen": _in_code(lambda _, code: f"'{code[8:16].lower()}-{code[16]}"),
        "leader of a consortium": _leader,
    },
    Truth.OPEN: {
        "lost, trade of 2": lambda town: _lost(town, trade=2),
        "agent": lambda town: _agent(town, coded=False),
        "agent with a code": lambda town: _agent(town, coded=True),
    },
    Truth.RELATED: {"branch": _branch, "member of a consortium": _member},
    Truth.OTHER: {
        "stranger": _stranger,
        "one character, trade of 2": _one_character,
        "other region": _other_region,
        "other ordinal": lambda town: _ordinal(town, lost=False),
        "other industry": _industry,
        "two codes": _two_codes,
        "like names, two codes": _like_names_two_codes,
        "lost, other region": _lost_and(lambda town, firm, _: town.elsewhere(firm)),
        "lost, another character": _lost_and(_other_character),
        "lost, other ordinal": lambda town: _ordinal(town, lost=True),
        "not in the consortium": _no_member,
    },
}


def composed(seed: int, each: int = 40) -> Iterator[Composed]:
    """``each`` pairs of every kind."""
    town = Town(seed)
    for truth, kinds in KINDS.items():
        for name, kind in kinds.items():
            for _ in range(each):
                pair = kind(town)
                yield Composed(name, pair if isinstance(pair, Row) else Row(*pair), truth)


@dataclass(frozen=True)
class Figures:
    """``same`` and ``probably_same`` call a pair one firm. Pairs of which nobody can tell do not count."""

    right: int
    wrongly_joined: int
    missed: int

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrongly_joined)

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed)

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / (self.precision + self.recall)


JOINED = frozenset({Outcome.SAME, Outcome.PROBABLY_SAME})


def told(pairs: Iterable[Composed]) -> dict[tuple[Truth, str], Counter[Outcome]]:
    """The outcomes of each kind."""
    counts: dict[tuple[Truth, str], Counter[Outcome]] = {}
    for pair in pairs:
        counts.setdefault((pair.truth, pair.kind), Counter())[compare_texts(pair.row).outcome] += 1
    return counts


def figures(counts: dict[tuple[Truth, str], Counter[Outcome]]) -> Figures:
    joined: Counter[Truth] = Counter()
    parted: Counter[Truth] = Counter()
    for (truth, _), outcomes in counts.items():
        called = sum(number for outcome, number in outcomes.items() if outcome in JOINED)
        joined[truth] += called
        parted[truth] += outcomes.total() - called
    return Figures(joined[Truth.SAME], joined[Truth.OTHER] + joined[Truth.RELATED], parted[Truth.SAME])


def main() -> None:
    counts = told(composed(seed=1, each=200))
    for (truth, kind), outcomes in counts.items():
        said = ", ".join(f"{outcome} {number}" for outcome, number in outcomes.most_common())
        sys.stdout.write(f"{truth.value:16} {kind:28} {said}\n")
    found = figures(counts)
    sys.stdout.write(f"precision {found.precision:.4f}, recall {found.recall:.4f}, F1 {found.f1:.4f}\n")


if __name__ == "__main__":
    main()
