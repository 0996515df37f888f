"""Seen before? The same again is a duplicate, another message under a known identity a conflict."""

import numpy as np

from projections.index.subject_index import SeenIndex
from streams.intake.prepared import seen_key
from tests.builders import RIVAL, a_payment, a_registration, payments
from tests.monitor import OPERATOR, SOURCE, Message, Monitor, said

PAYMENT = said(a_payment(), "p1")
OTHERWISE = said(a_payment(payer=RIVAL), "p1")


def counted(monitor: Monitor, *messages: Message) -> tuple[int, int, int]:
    """How many were accepted, duplicates and quarantined."""
    receipt = monitor.send(*messages)
    return receipt.accepted, receipt.duplicates, len(receipt.quarantined)


def test_the_same_message_again_is_a_duplicate_and_not_recorded(monitor_anywhere: Monitor) -> None:
    assert counted(monitor_anywhere, PAYMENT) == (1, 0, 0)
    assert counted(monitor_anywhere, PAYMENT) == (0, 1, 0)
    assert len(monitor_anywhere.facts()) == 1


def test_the_same_message_twice_in_one_batch_is_recorded_once(monitor_anywhere: Monitor) -> None:
    assert counted(monitor_anywhere, PAYMENT, PAYMENT, PAYMENT) == (1, 2, 0)
    assert len(monitor_anywhere.facts()) == 1


def test_the_same_message_in_two_batches_of_one_commit_is_recorded_once(monitor_anywhere: Monitor) -> None:
    batches = [monitor_anywhere.prepared(PAYMENT), monitor_anywhere.prepared(PAYMENT)]
    first, second = monitor_anywhere.shard.commit(batches)
    assert (first.accepted, second.accepted, second.duplicates) == (1, 0, 1)


def test_a_duplicate_is_recognised_after_many_batches_and_a_restart(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.send(PAYMENT)
    for batch in range(40):
        monitor_anywhere.send(*[said(a_payment(), f"other-{batch}-{line}") for line in range(5)])
    monitor_anywhere.reopen()
    assert counted(monitor_anywhere, PAYMENT, said(a_payment(), "other-0-0")) == (0, 2, 0)


def test_the_same_id_of_another_source_is_another_message(monitor: Monitor) -> None:
    monitor.register("urn:another")
    assert counted(monitor, PAYMENT, {**PAYMENT, "source": "urn:another"}) == (2, 0, 0)


def test_another_message_under_a_known_identity_is_quarantined_as_a_conflict(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.send(PAYMENT)
    receipt = monitor_anywhere.send(said(a_registration(), "r1"), OTHERWISE)
    assert receipt.accepted == 1
    ((refusal, quarantine_id),) = receipt.quarantined
    assert (refusal.index, refusal.id, refusal.source) == (1, "p1", SOURCE)
    assert [(error.field, error.code) for error in refusal.errors] == [("id", "conflict")]
    (entry,) = monitor_anywhere.quarantined()
    assert entry.quarantine_id == quarantine_id
    assert [fact["id"] for fact in monitor_anywhere.facts()] == ["p1", "r1"]


def test_a_conflict_within_one_batch_is_quarantined_too(monitor: Monitor) -> None:
    assert counted(monitor, PAYMENT, OTHERWISE, PAYMENT) == (1, 1, 1)
    assert monitor.facts()[0]["data"]["payer"]["name"] == PAYMENT["data"]["payer"]["name"]


def test_a_conflict_in_another_attribute_counts_too(monitor: Monitor) -> None:
    monitor.send(PAYMENT)
    assert counted(monitor, {**PAYMENT, "time": "2025-06-19T12:00:00+08:00"}) == (0, 0, 1)


def test_a_conflict_can_be_read_again_from_quarantine(monitor: Monitor) -> None:
    monitor.send(PAYMENT, OTHERWISE)
    (entry,) = monitor.quarantined()
    with monitor.read() as connection:
        raw = monitor.installation.quarantine.opened(connection, entry.quarantine_id, OPERATOR)
    monitor.send(raw.replace(b'"p1"', b'"p2"'))
    assert [fact["data"]["payer"]["uscc"] for fact in monitor.facts()][1] == RIVAL.uscc


def test_the_same_conflict_again_is_the_same_entry(monitor: Monitor) -> None:
    monitor.send(PAYMENT)
    monitor.send(OTHERWISE)
    monitor.send(OTHERWISE, OTHERWISE)
    (entry,) = monitor.quarantined()
    assert entry.times_received == 3


def test_the_same_bad_message_every_night_is_one_entry(monitor_anywhere: Monitor) -> None:
    bad = said(a_payment(), "bad")
    bad["data"]["scheme"] = "lottery"
    for _ in range(3):
        monitor_anywhere.send(bad, b"{")
    assert sorted(entry.times_received for entry in monitor_anywhere.quarantined()) == [3, 3]


def test_two_identities_of_one_key_are_told_apart(monitor_anywhere: Monitor) -> None:
    """The index says of the second message's key that it was seen, at the position of the first."""
    first, second = (said(data, f"p{number}") for number, data in enumerate(payments(months=("2025-04", "2025-05"))))
    monitor_anywhere.send(first)
    _claim_seen(monitor_anywhere, second, position=2)
    assert counted(monitor_anywhere, second, first) == (1, 1, 0)
    assert counted(monitor_anywhere, second, first) == (0, 2, 0)
    assert counted(monitor_anywhere, {**second, "subject": "changed"}) == (0, 0, 1)
    assert [fact["id"] for fact in monitor_anywhere.facts()] == ["p0", "p1"]


def _claim_seen(monitor: Monitor, message: dict[str, object], *, position: int) -> None:
    seen = SeenIndex()
    key = np.array([seen_key(str(message["source"]), str(message["id"]))], dtype=np.uint64)
    with monitor.installation.database.transaction() as connection:
        seen.open(connection)
        seen.append(connection, key, np.array([position], dtype=np.int64))
    monitor.reopen()
