"""A command and everything it does are in one transaction, on one machine as in a cluster."""

from typing import Any
from uuid import UUID

import pytest

from alerts.inbox import sent
from domain.access import Role
from domain.purposes import Purpose
from streams.intake.quarantine import Status
from streams.node.commands import DecideClue, RecordReading, Resubmit
from streams.node.node import IngestReceipt
from tests.builders import LEAD, RIVAL, a_bid_opening, a_payment, payments
from tests.monitor import AUDITOR, OPERATOR, START, SUPERVISOR, Monitor, as_bytes, said

WRONG = {**said(a_payment(), "wrong"), "time": "gestern"}
CORRECTED = as_bytes(said(a_payment(), "wrong"))


class PowerCutError(Exception):
    """The process ends before the commit."""


def power_cut(*_: Any) -> None:
    raise PowerCutError


def test_a_message_sent_again_and_its_entry_in_quarantine_change_together_or_not_at_all(
    monitor_anywhere: Monitor,
) -> None:
    monitor = monitor_anywhere
    monitor.send(WRONG)
    (entry,) = monitor.quarantined()
    command, performer = Resubmit(entry.quarantine_id, CORRECTED, OPERATOR), monitor.installation.performer()
    with pytest.raises(PowerCutError):
        performer.perform(monitor.shard, command, answer=power_cut)
    assert (monitor.facts(), monitor.quarantined()) == ([], [entry])
    assert performer.perform(monitor.shard, command) == IngestReceipt(accepted=1)
    assert (len(monitor.facts()), monitor.quarantined()[0].status) == (1, Status.RESOLVED)


def test_a_message_refused_again_is_an_entry_of_its_own_that_the_first_names(monitor: Monitor) -> None:
    monitor.send(WRONG)
    (entry,) = monitor.quarantined()
    command = Resubmit(entry.quarantine_id, as_bytes({**WRONG, "time": "morgen"}), OPERATOR)
    receipt = monitor.installation.performer().perform(monitor.shard, command)
    first, second = sorted(monitor.quarantined(), key=lambda each: each.number)
    assert [each.quarantine_id for each in receipt.rejected] == [second.quarantine_id]
    assert (first.status, first.replaced_by, second.status) == (Status.RESUBMITTED, second.quarantine_id, Status.OPEN)


@pytest.mark.parametrize("verb", ["acknowledge", "investigate"])
def test_a_decision_whose_answer_cannot_be_written_was_not_taken(monitor_anywhere: Monitor, verb: str) -> None:
    monitor = monitor_anywhere
    monitor.send(*(said(each, f"paid {each.month}") for each in payments(RIVAL, person=LEAD)))
    monitor.send(said(a_bid_opening(), "opening"))
    clue, before = monitor.clues()["E101"], monitor.ledger()
    command = DecideClue(UUID(clue.clue_id), verb, SUPERVISOR, "证据充分")
    with pytest.raises(PowerCutError):
        monitor.installation.performer().perform(monitor.shard, command, answer=power_cut)
    assert (monitor.clues()["E101"], monitor.ledger()) == (clue, before)
    monitor.installation.performer().perform(monitor.shard, command)
    assert monitor.clues()["E101"].status != clue.status


def test_ones_own_decisions_are_read_and_the_others_wait_unread(monitor: Monitor) -> None:
    monitor.send(*(said(each, f"paid {each.month}") for each in payments(RIVAL, person=LEAD)))
    monitor.send(said(a_bid_opening(), "opening"))
    clue_id = monitor.clues()["E101"].clue_id
    for verb in ("investigate", "clear"):
        monitor.installation.performer().perform(monitor.shard, DecideClue(clue_id, verb, SUPERVISOR, "证据充分"))
    with monitor.read() as connection:
        read = [(notice.recipient.role, notice.read_at is not None) for notice in sent(connection, clue_id)]
    assert (Role.SUPERVISOR, True) in read
    assert (Role.BIDDER, False) in read
    assert not {(Role.SUPERVISOR, False), (Role.BIDDER, True)} & set(read)


def test_a_reading_whose_answer_cannot_be_written_is_not_on_record(monitor: Monitor) -> None:
    command = RecordReading((LEAD.person_id,), AUDITOR, Purpose.AUDIT, START)
    with pytest.raises(PowerCutError):
        monitor.installation.performer().perform(monitor.shard, command, answer=power_cut)
    assert monitor.facts() == []
    assert monitor.installation.performer().perform(monitor.shard, command) == IngestReceipt()
    assert len(monitor.facts()) == 1
