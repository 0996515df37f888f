"""What a commit writes to the program's log: enough to follow it, and nobody's name."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection

from domain.facts.fact import FactData
from tests.builders import RIVAL, a_bid_opening, a_payment, payments
from tests.logged import logged
from tests.monitor import SUPERVISOR, Monitor, said
from tests.outsized import a_person

PERSON = {**a_person(1), "name": "诸葛青云"}


def named(data: FactData, id: str) -> dict[str, Any]:
    """The message as a source sends it: with the name and number of everybody in it."""
    message: dict[str, Any] = _with_names(said(data, id))
    return message


def _with_names(value: Any) -> Any:
    if isinstance(value, dict):
        return dict(PERSON) if "person_id" in value else {name: _with_names(each) for name, each in value.items()}
    return [_with_names(each) for each in value] if isinstance(value, list) else value


def paid_elsewhere() -> list[dict[str, Any]]:
    return [named(each, f"paid-{number}") for number, each in enumerate(payments(payer=RIVAL))]


def test_a_commit_with_an_opening_tells_of_the_batch_and_of_each_clue_and_names_nobody(monitor: Monitor) -> None:
    monitor.clock.moment = datetime(2025, 8, 1, tzinfo=UTC)  # The opening is recent enough for the bidder to be told.
    with logged() as log:
        monitor.send(*paid_elsewhere(), named(a_bid_opening(), "opened"), {"person": PERSON})
    (batch,) = log.named("batch_committed")
    assert (batch["accepted"], batch["refused"], batch["level"]) == (4, 1, "info")
    assert batch["clues"] == len([line for line in log.lines if line["event"] == "clue_raised"]) > 0
    raised = next(line for line in log.named("clue_raised") if line["rule"] == "E101")
    assert raised["clue_id"] == monitor.clues()["E101"].clue_id
    assert (raised["severity"], raised["status"], raised["told"]) == ("high", "raised", ["bidder", "supervisor"])
    assert PERSON["name"] not in log.text
    assert PERSON["id_number"] not in log.text


def test_a_commit_with_nothing_to_look_at_is_told_at_debug_level(monitor: Monitor) -> None:
    with logged() as log:
        monitor.send(said(a_payment(), "p1"), said(a_payment(), "p1"))
    (batch,) = log.named("batch_committed")
    assert (batch["accepted"], batch["duplicates"], batch["clues"], batch["level"]) == (1, 1, 0, "debug")


def test_nothing_is_told_of_what_was_rolled_back(monitor: Monitor) -> None:
    monitor.send(*paid_elsewhere(), named(a_bid_opening(), "opened"))
    clue_id = UUID(monitor.clues()["E101"].clue_id)
    decisions = monitor.installation.decisions

    def acknowledge_and_fail(connection: Connection, at: Any) -> None:
        decisions.decide_clue(connection, clue_id, "acknowledge", SUPERVISOR, None, at=at)
        raise ZeroDivisionError

    with logged() as log, suppress(ZeroDivisionError):
        monitor.shard.decide(acknowledge_and_fail)
    assert log.lines == []
    with logged() as log:
        monitor.send(said(a_payment(), "later"))
    assert [line["event"] for line in log.lines] == ["batch_committed"]


@pytest.mark.parametrize("verb", ["acknowledge", "investigate"])
def test_what_a_person_decides_is_told_with_the_role_and_without_name_and_reason(monitor: Monitor, verb: str) -> None:
    monitor.send(*paid_elsewhere(), named(a_bid_opening(), "opened"))
    clue_id = monitor.clues()["E101"].clue_id
    with logged() as log:
        monitor.decide(clue_id, verb, "张三没有来")
    (line,) = [line for line in log.lines if line["event"].startswith("clue_")]
    assert line["event"] == {"acknowledge": "clue_acknowledged", "investigate": "clue_investigation_opened"}[verb]
    assert (line["clue_id"], line["role"]) == (clue_id, "supervisor")
    assert "张三" not in log.text
    assert SUPERVISOR.name not in log.text
