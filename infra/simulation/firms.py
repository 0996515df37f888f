"""The organisations of the city: contractors, agents, institutions and those who invite bids."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from itertools import cycle, islice, product
from random import Random
from typing import Any

from stdnum.cn import uscc

from infra.simulation.months import Window, first_day
from infra.simulation.wire import fragment

CITIES = {
    "4401": "广州",
    "4403": "深圳",
    "4404": "珠海",
    "4405": "汕头",
    "4406": "佛山",
    "4407": "江门",
    "4408": "湛江",
    "4412": "肇庆",
    "4413": "惠州",
    "4419": "东莞",
    "4420": "中山",
}
"""Cities of Guangdong by the first four digits of their GB/T 2260 codes."""

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_INDUSTRIES = ("建设工程", "建筑工程", "市政工程", "路桥工程", "建设")
_BROKERS = 12
_RING_AGENTS = 3
_AGENCIES = ("人力资源", "劳务派遣", "人才服务")
_TRADES = ("贸易", "建材", "科技", "物业管理", "设备租赁", "装饰工程")


@dataclass(frozen=True, eq=False)
class Firm:
    """One organisation, equal to itself only; ``former_name`` and ``former_code`` are what older files still say."""

    name: str
    uscc: str
    city: str
    former_name: str | None = None
    renamed_on: date | None = None
    former_code: str | None = None
    branch: "Firm | None" = None
    group_name: str | None = None

    @cached_property
    def org(self) -> dict[str, Any]:
        return {"name": self.name, "uscc": self.uscc}

    @cached_property
    def fragment(self) -> str:
        return fragment(self.org)


@dataclass
class Firms:
    """Bidders by what can be planted on them, and the organisations around them.

    ``brokers`` and ``ring_agents`` insure nobody but the leads of the rings that are planted.
    """

    contractors: list[Firm] = field(default_factory=list)
    branched: list[Firm] = field(default_factory=list)
    grouped: list[Firm] = field(default_factory=list)
    renamed: list[Firm] = field(default_factory=list)
    renamed_late: list[Firm] = field(default_factory=list)
    moved: list[Firm] = field(default_factory=list)
    restructured: list[tuple[Firm, Firm]] = field(default_factory=list)
    universities: list[tuple[Firm, Firm]] = field(default_factory=list)
    troubled: list[Firm] = field(default_factory=list)
    agents: list[Firm] = field(default_factory=list)
    strangers: list[Firm] = field(default_factory=list)
    brokers: list[Firm] = field(default_factory=list)
    ring_agents: list[Firm] = field(default_factory=list)
    tenderers: list[Firm] = field(default_factory=list)
    veterans_centre: Firm = field(init=False)

    def ordinary(self) -> list[Firm]:
        """Bidders whose safety-production licence is sound throughout."""
        special = [enterprise for _, enterprise in (*self.restructured, *self.universities)]
        return [
            *self.contractors,
            *self.branched,
            *self.grouped,
            *self.renamed,
            *self.renamed_late,
            *self.moved,
            *special,
        ]

    def bidders(self) -> list[Firm]:
        return [*self.ordinary(), *self.troubled]

    def employers(self) -> list[Firm]:
        return [*self.bidders(), *self.strangers]


class FirmRegister:
    """Gives out names and codes, none twice; no trade name is the beginning of another."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._codes: set[str] = set()
        short = ["".join(pair) for pair in product("恒宏鸿瑞嘉诚骏伟祥凯铭锐皓翊璟", "泰达源基远辉宇锋腾毅博凌霖轩")]
        long = ["".join(three) for three in product("卓尚峻隽煜沛朗奕", "方正立越利益为邦", "信达源泰宏瑞和昌盛隆")]
        self._trades: Iterator[str] = iter(rng.sample(short, len(short)) + rng.sample(long, len(long)))

    def trade(self) -> str:
        return next(self._trades)

    def code(self, city: str, kind: str = "91") -> str:
        """A valid code: registering authority and kind, division, organisation code, check character."""
        while True:
            body = "MA" + "".join(self._rng.choices(_ALPHABET, k=6))
            if body not in self._codes:
                self._codes.add(body)
                return self.complete(f"{kind}{city}{self._rng.choice(('00', '01', '03', '04'))}", body)

    def complete(self, head: str, body: str) -> str:
        first = f"{head}{body}{_organisation_check(body)}"
        return first + uscc.calc_check_digit(first)

    def city(self) -> str:
        """Guangzhou for half of them."""
        return "4401" if self._rng.random() < 0.5 else self._rng.choice(list(CITIES))

    def firm(self, businesses: tuple[str, ...], *, city: str | None = None) -> Firm:
        city = city or self.city()
        region = self._rng.choice((f"{CITIES[city]}市", CITIES[city], "广东"))
        name = f"{region}{self.trade()}{self._rng.choice(businesses)}有限公司"
        return Firm(name, self.code(city), city)

    def public(self, name: str, city: str = "4401") -> Firm:
        return Firm(name, self.code(city, "12"), city)


def _organisation_check(body: str) -> str:
    """The check character of an organisation code (GB 11714)."""
    values = (int(c, 36) for c in body)
    total = sum(value * weight for value, weight in zip(values, _ORGANISATION_WEIGHTS, strict=True))
    return "0123456789X0"[11 - total % 11]


def found_firms(rng: Random, people: int, window: Window) -> Firms:
    """One contractor for about 150 people, and of every special kind at least one."""
    register = FirmRegister(rng)
    firms = Firms()
    contractors = min(max(people // 150, 8), 250)
    special = max(2, contractors // 16)
    firms.contractors = [register.firm(_INDUSTRIES) for _ in range(contractors)]
    firms.branched = [_branched(register) for _ in range(special)]
    firms.grouped = [_grouped(register.firm(_INDUSTRIES)) for _ in range(special)]
    firms.renamed = [_renamed(register, rng, window) for _ in range(special)]
    firms.renamed_late = [_renamed(register, rng, window) for _ in range(special)]
    firms.moved = [_moved(register, register.firm(_INDUSTRIES)) for _ in range(special)]
    firms.restructured = [_restructured(register) for _ in range(special)]
    firms.universities = [_university(register) for _ in range(special)]
    firms.troubled = [register.firm(_INDUSTRIES) for _ in range(max(5, contractors // 12))]
    enough = len(firms.bidders()) // 2 + 1
    firms.strangers = [register.firm(_TRADES) for _ in range(max(8, enough))]
    agencies = [_agent(register, business) for business in islice(cycle(_AGENCIES), max(3, enough) + _RING_AGENTS)]
    firms.agents, firms.ring_agents = agencies[_RING_AGENTS:], agencies[:_RING_AGENTS]
    firms.brokers = [register.firm(_TRADES) for _ in range(_BROKERS)]
    firms.tenderers = [
        register.public(f"广州市{district}区重点项目建设管理中心")
        for district in ("天河", "白云", "番禺", "南沙", "黄埔")
    ]
    firms.veterans_centre = register.public("广州市军队转业干部服务中心")
    return firms


def _agent(register: FirmRegister, business: str) -> Firm:
    return Firm(f"广州{register.trade()}{business}有限公司", register.code("4401"), "4401")


def _branched(register: FirmRegister) -> Firm:
    head = register.firm(_INDUSTRIES, city="4401")
    branch = Firm(f"{head.name}深圳分公司", register.code("4403"), "4403")
    return replace(head, branch=branch)


def _grouped(firm: Firm) -> Firm:
    return replace(firm, group_name=firm.name.replace("有限公司", "集团有限公司"))


def _renamed(register: FirmRegister, rng: Random, window: Window) -> Firm:
    firm = register.firm(_INDUSTRIES)
    former = register.firm(_INDUSTRIES, city=firm.city).name
    return replace(firm, former_name=former, renamed_on=first_day(window.first) + timedelta(days=rng.randrange(5, 60)))


def _moved(register: FirmRegister, firm: Firm) -> Firm:
    """The seat moved to another city: the code's characters 9 to 17 stay."""
    return replace(firm, former_code=register.complete("91445100", firm.uscc[8:16]))


def _restructured(register: FirmRegister) -> tuple[Firm, Firm]:
    trade = register.trade()
    institution = register.public(f"广州市{trade}勘测设计院")
    return institution, Firm(f"广州市{trade}勘测设计有限公司", register.code("4401"), "4401")


def _university(register: FirmRegister) -> tuple[Firm, Firm]:
    university = register.public(f"广东{register.trade()}大学")
    return university, Firm(f"{university.name}建筑设计研究院有限公司", register.code("4401"), "4401")
