"""Lights 亮灯: how near a limit is. A light follows from the facts and the moment alone."""

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Final

from domain.evidence.days import SHANGHAI
from domain.policy import Policy

YELLOW_WORKING_DAYS: Final = 2
YELLOW_PERCENT: Final = 20
CERTIFICATE_WORKING_DAYS: Final = 1
"""The working days after an approval within which its certificate must be issued."""


class Light(StrEnum):
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"

    @property
    def rank(self) -> int:
        """The order of lights, with green lowest."""
        return list(Light).index(self)


@dataclass(frozen=True, slots=True)
class Margin:
    """When a light becomes yellow: when ``working_days`` or ``percent`` of the limit are left (inclusive).

    Whichever of the two comes first counts.
    """

    working_days: int = YELLOW_WORKING_DAYS
    percent: int = YELLOW_PERCENT

    @classmethod
    def of(cls, policy: Policy) -> "Margin":
        """The margin from the thresholds of rule A601 under ``policy``, which the boards use as well."""
        return cls(
            threshold(policy, "A601", "yellow_working_days", YELLOW_WORKING_DAYS),
            threshold(policy, "A601", "yellow_percent", YELLOW_PERCENT),
        )

    def used_from(self, limit: int) -> int:
        """How many working days of ``limit`` are used when the light becomes yellow; at least 0."""
        return max(0, limit - max(self.working_days, limit * self.percent // 100))


def threshold(policy: Policy, code: str, name: str, default: int) -> int:
    """The value of a rule's threshold under ``policy``; ``default`` where the policy sets none."""
    return int(policy.thresholds.get(code, {}).get(name, default))


def midnight(day: date) -> datetime:
    """The first moment of ``day`` in Shanghai."""
    return datetime.combine(day, time(), SHANGHAI)
