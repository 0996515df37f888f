"""Lights 亮灯: how near a limit is; a pure function of what is known and of the moment."""

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Final

from domain.evidence.days import SHANGHAI
from domain.policy import Policy

YELLOW_WORKING_DAYS: Final = 2
YELLOW_PERCENT: Final = 20
CERTIFICATE_WORKING_DAYS: Final = 1
"""A certificate is issued in step with its decision within so many working days."""


class Light(StrEnum):
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"

    @property
    def rank(self) -> int:
        """Green lowest."""
        return list(Light).index(self)


@dataclass(frozen=True, slots=True)
class Margin:
    """From when on the light is yellow: so many working days, or such a share of the limit, are left.

    Both are inclusive; the one that comes first counts.
    """

    working_days: int = YELLOW_WORKING_DAYS
    percent: int = YELLOW_PERCENT

    @classmethod
    def of(cls, policy: Policy) -> "Margin":
        """As the thresholds of A601 are set, by which the boards are lit too."""
        return cls(
            threshold(policy, "A601", "yellow_working_days", YELLOW_WORKING_DAYS),
            threshold(policy, "A601", "yellow_percent", YELLOW_PERCENT),
        )

    def used_from(self, limit: int) -> int:
        """How many working days are used when the light turns yellow; never less than none."""
        return max(0, limit - max(self.working_days, limit * self.percent // 100))


def threshold(policy: Policy, code: str, name: str, default: int) -> int:
    """What a rule's threshold is under ``policy``."""
    return int(policy.thresholds.get(code, {}).get(name, default))


def midnight(day: date) -> datetime:
    """The first moment of ``day`` in Shanghai."""
    return datetime.combine(day, time(), SHANGHAI)
