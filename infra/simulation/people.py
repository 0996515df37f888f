"""The people of the city: names, ID numbers (GB 11643) and where they are insured."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from random import Random
from typing import Any

from infra.simulation.stints import Stint
from infra.simulation.wire import fragment

_SURNAMES: tuple[str, ...] = (
    *"陈李黄张梁林刘吴罗杨邓何曾郑谢钟廖叶蔡卢冯彭王周徐江温朱胡潘苏范余邱赖韦魏莫区麦冼植古官",
    "欧阳",
    "司徒",
)
_GIVEN = "伟强军平辉明志华建国文斌健超杰海波浩宇鹏飞俊峰毅涛勇亮东升嘉豪子轩梓晴雅琪静怡美玲丽娟秀英慧敏雪梅晓燕婷芳"
_AREAS: tuple[str, ...] = (
    *("440103", "440104", "440105", "440106", "440111", "440112", "440113", "440114", "440115", "440117", "440118"),
    *("440303", "440304", "440305", "440306", "440307", "440402", "440507", "440604", "440605", "440606", "440703"),
    *("440804", "440983", "441202", "441302", "441402", "441502", "441602", "441702", "441802", "445102", "445202"),
    *("430103", "450103", "360103", "510104", "420106"),
)
"""Divisions of GB/T 2260 in force: most of Guangdong, some where newcomers come from."""
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"


@dataclass(eq=False)
class Person:
    """A synthetic resident; ``number`` is the place in the insurance files."""

    number: int
    name: str
    id_number: str
    stints: list[Stint] = field(default_factory=list)

    @cached_property
    def door(self) -> dict[str, Any]:
        return {"name": self.name, "id_number": self.id_number}

    @cached_property
    def fragment(self) -> str:
        return fragment(self.door)

    @property
    def old_number(self) -> str:
        """The 15-digit number of people born in the twentieth century."""
        return self.id_number[:6] + self.id_number[8:17]


class Births:
    """Brings people into the city, no ID number twice."""

    def __init__(self, rng: Random, until: date) -> None:
        self._rng = rng
        self._until = until
        self._taken: set[str] = set()
        self.everyone: list[Person] = []

    def person(self, youngest: int = 27, oldest: int = 58) -> Person:
        """Someone between the ages given, in years at the end of the window."""
        person = Person(len(self.everyone) + 1, self._name(), self._id_number(youngest, oldest))
        self.everyone.append(person)
        return person

    def _name(self) -> str:
        return self._rng.choice(_SURNAMES) + "".join(self._rng.sample(_GIVEN, self._rng.choice((1, 2, 2, 2))))

    def _id_number(self, youngest: int, oldest: int) -> str:
        while True:
            born = self._until - timedelta(days=self._rng.randrange(youngest * 366, oldest * 365))
            number = completed(f"{self._rng.choice(_AREAS)}{born:%Y%m%d}{self._rng.randrange(1, 1_000):03d}")
            if number not in self._taken:
                self._taken.add(number)
                return number


def completed(first_17: str) -> str:
    """An ID number with its check character (GB 11643)."""
    total = sum(int(digit) * weight for digit, weight in zip(first_17, _WEIGHTS, strict=True))
    return first_17 + _CHECK_CHARACTERS[total % 11]
