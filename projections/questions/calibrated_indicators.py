"""Calibration of a published indicator over all lots of the ledger."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from domain.evidence.days import day_in_shanghai, month_of
from domain.evidence.ocds_market import Group
from domain.indication import Indication
from domain.indicators import indicate
from domain.policy import Policy, Threshold
from domain.rule import NOTHING_CHANGED, Rule
from domain.trial import Trial
from projections.boards.lot_board import LOTS
from projections.questions import market
from projections.questions.as_of import AsOf
from projections.questions.calibration import Calibration, Difference, DifferentClue, Place, calibration

_Flagged = dict[str, Indication]
"""The indications by discriminator, which names the group and the party flagged."""


def calibrate_indicator(connection: Connection, as_of: AsOf, trial: Trial, policy: Policy) -> Calibration:
    """The difference that a change makes to whom the indicator flags; a bidder's month is that of its latest lot."""
    cases, after = _flagged(connection, as_of, trial.tried, policy, trial.changed)
    before = _flagged(connection, as_of, trial.current, policy)[1] if trial.current else {}
    lots = {row.lot.removeprefix("lot:"): row for row in connection.execute(select(LOTS))}
    clues = [
        _different(connection, as_of, lots, (after.get(key) or before[key]), difference)
        for key in sorted(before.keys() | after.keys())
        if (difference := _difference(before.get(key), after.get(key))) is not None
    ]
    return calibration(cases, _placed(before, lots), _placed(after, lots), clues)


def _flagged(
    connection: Connection,
    as_of: AsOf,
    rule: Rule,
    policy: Policy,
    changed: Mapping[str, Threshold] = NOTHING_CHANGED,
) -> tuple[int, _Flagged]:
    thresholds = {**policy.thresholds, rule.code: {**policy.thresholds.get(rule.code, {}), **changed}}
    tried = policy.model_copy(update={"thresholds": thresholds})
    result = indicate(market.processes(connection, as_of), tried, rules=[rule])
    # A bidder that is flagged only because its process is flagged would count the same finding twice.
    indications = (found.indication for found in result.indicated if not found.indication.derived)
    return len(result.processes), {indication.discriminator: indication for indication in indications}


def _difference(before: Indication | None, after: Indication | None) -> Difference | None:
    if before is None:
        return Difference.GAINED
    if after is None:
        return Difference.LOST
    return Difference.CHANGED if before.severity is not after.severity else None


def _placed(flagged: _Flagged, lots: Mapping[str, Row[Any]]) -> Counter[Place]:
    return Counter((_bidder(indication) or "", "", _month(indication, lots)) for indication in flagged.values())


def _different(
    connection: Connection, as_of: AsOf, lots: Mapping[str, Row[Any]], indication: Indication, difference: Difference
) -> DifferentClue:
    lot = lots.get(indication.flagged) if indication.group is Group.PROCESS else None
    return DifferentClue(
        difference=difference,
        subject=indication.discriminator,
        discriminator="",
        month=_month(indication, lots),
        jurisdiction=lot.jurisdiction if lot else "",
        title=lot.title if lot else indication.flagged,
        tender_id=lot.tender_id if lot else None,
        lot_id=lot.lot_id if lot else None,
        bidder=_bidder(indication),
        bidder_uscc=None,
        person_id=None,
        project_code=lot.project_code or None if lot else None,
        case_id=None,
        outcome=str(indication.outcome),
        severity=str(indication.severity),
        explanation=indication.explanation,
        facts=tuple(fact for key in indication.processes for fact in market.facts_of(connection, as_of, key)),
    )


def _bidder(indication: Indication) -> str | None:
    return indication.flagged if indication.group is Group.BIDDER else None


def _month(indication: Indication, lots: Mapping[str, Row[Any]]) -> str:
    latest = max(lots[key].opened_at for key in indication.processes)
    return month_of(day_in_shanghai(datetime.fromisoformat(latest)))
