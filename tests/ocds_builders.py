"""Contracting processes and markets of them, with sensible defaults; every field can be given instead."""

from collections.abc import Iterable, Mapping
from typing import Any

from domain.evidence.ocds import Awarded, Offer, Price, Process
from domain.evidence.ocds_market import Group
from domain.indicators import Indicators, indicate, indicator_rules
from domain.policy import Policy

Flagged = dict[tuple[str, str], float]


def an_offer(bidder: str | None = "W", amount: float | None = None, **given: Any) -> Offer:
    """A valid bid; its amount is in yuan."""
    price = None if amount is None else Price(amount, given.pop("currency", "CNY"))
    return Offer(**{"bidders": (bidder,), "status": "valid", "price": price, **given})


def an_award(supplier: str | None = "W", **given: Any) -> Awarded:
    return Awarded(**{"suppliers": (supplier,), "status": "active", **given})


def a_process(key: str = "P", *offers: Offer, **given: Any) -> Process:
    """Awarded to W."""
    return Process(**{"key": key, "offers": offers, "awards": (an_award(),), **given})


def a_duel(key: str, won: float, lost: float, **given: Any) -> Process:
    """W wins against L."""
    return a_process(key, an_offer("W", won), an_offer("L", lost), **given)


def indicators(
    code: str, processes: Iterable[Process], thresholds: Mapping[str, Any] | None = None, **given: Any
) -> Indicators:
    policy = Policy(thresholds={code: dict(thresholds or {})})
    return indicate(processes, policy, rules=indicator_rules({code}), **given)


def flagged(code: str, *processes: Process, thresholds: Mapping[str, Any] | None = None) -> Flagged:
    """``(group, whom) → value`` of one indicator."""
    found = indicators(code, processes, thresholds)
    return {(each.indication.group, each.indication.flagged): each.indication.value for each in found.indicated}


def explained(code: str, *processes: Process) -> tuple[str, str]:
    """The first explanation, in Chinese and in English."""
    said = indicators(code, processes).indicated[0].indication.explanation
    return said.zh, said.en


PROCESS, BUYER, ENTITY, BIDDER = Group
