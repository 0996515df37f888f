"""Deliveries into a real shard on either database, without a broker."""

import hashlib
import json
import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection

from alerts.outbox import OUTBOX, Outbox, Outgoing
from domain.sources.bounds import Channel
from infra.identity.vault import Vault
from projections.batches import BATCHES
from streams.cluster.dead_letters import DeadLetters
from streams.cluster.delivery import Delivery
from streams.cluster.handed_in import Answering, HandedInFor, NobodyWaits
from streams.cluster.kafka_feed import MOST_EVENTS, MOST_ISOLATED, KafkaFeed, Recorded, TooMuchPoison
from streams.cluster.offsets import Offsets
from streams.cluster.signatures import Signatures
from streams.cluster.skipped_records import RecordPlace
from streams.cluster.topics import ATTENDANCE_BULK, BID_OPENINGS, FOLLOW_UPS, INSURANCE_PAYMENTS, REGISTRATIONS, Topic
from streams.intake.intake import Intake, Pseudonymiser
from streams.intake.refusal_log import MOST_LINES
from streams.intake.sizes import RECORD_BYTES
from streams.node.node import IngestReceipt
from tests.builders import a_check_in, a_payment, an_exemption
from tests.logged import logged
from tests.monitor import OPERATOR, Monitor, as_bytes, correction, said
from tests.opening_builders import an_opening_at_the_door, with_wrong_number
from tests.source_builders import GRANTED


class NoPseudonyms:
    """A pseudonymiser that fails on whoever is named."""

    def keep(self, content: bytes, people: Collection[str]) -> str:  # noqa: ARG002
        raise AssertionError("nothing is said about anybody here")

    def __call__(self, identity: str, name: str, extra: dict[str, Any]) -> tuple[str, str]:  # noqa: ARG002
        raise RuntimeError

    def person_id(self, identity: str) -> str:  # noqa: ARG002
        raise RuntimeError

    def drain(self) -> list[tuple[str, str, bytes]]:
        return []


def a_feed(
    monitor: Monitor,
    *,
    give_up_seconds: float = 60.0,
    pseudonymiser: Pseudonymiser | None = None,
    skipped: Collection[RecordPlace] = (),
    most_events: int = MOST_EVENTS,
    answering: Answering | None = None,
) -> KafkaFeed:
    """Another writer of the monitor's shard, as another worker has one."""
    installation = monitor.installation
    return KafkaFeed(
        installation.open_shard(),
        Intake(pseudonymiser or Vault(installation.keys).pseudonymiser(), names_subjects=True),
        Offsets(installation.recorder, 1),
        DeadLetters(Outbox(installation.vault)),
        Signatures(installation.vault),
        skipped=skipped,
        transaction_seconds=60.0,
        give_up_seconds=give_up_seconds,
        most_events=most_events,
        answering=answering or NobodyWaits(),
        pause=lambda _: time.sleep(0),
    )


class Waiting:
    """Somebody waits for the records whose header says so."""

    def __init__(self) -> None:
        self.answers: list[tuple[str, IngestReceipt]] = []

    def waits(self, delivery: Delivery) -> HandedInFor | None:
        named = dict(delivery.headers).get("waits")
        return None if named is None else HandedInFor(named.decode(), "delivery-1", "source:bureau")

    def answer(self, connection: Connection, answer_id: str, receipt: IngestReceipt) -> None:  # noqa: ARG002
        self.answers.append((answer_id, receipt))


def awaited(offset: int, *messages: bytes) -> Delivery:
    """A record of several messages that somebody waits for."""
    headers = (("content-type", b"application/cloudevents-batch+json"), ("waits", b"a%d" % offset))
    return Delivery(INSURANCE_PAYMENTS, 0, offset, b"key", b"[" + b",".join(messages) + b"]", headers)


def delivered(value: bytes | None, offset: int, *, partition: int = 0, topic: Topic = INSURANCE_PAYMENTS) -> Delivery:
    return Delivery(topic, partition, offset, b"key", value, ())


def sent_by_a_shard(monitor: Monitor, value: bytes, *, offset: int = 0) -> Delivery:
    """As another shard of the installation signs it."""
    record = delivered(value, offset, topic=FOLLOW_UPS)
    signatures = Signatures(monitor.installation.vault)
    header = signatures.header(record.topic.name, record.partition, record.key, (), value)
    return record._replace(headers=(header,))


def payments(first: int, last: int, *, partition: int = 0) -> list[Delivery]:
    """Payments of these numbers at these offsets, both inclusive."""
    return [delivered(payment(number), number, partition=partition) for number in range(first, last + 1)]


def payment(number: int) -> bytes:
    return as_bytes(said(a_payment(), f"paid-{number}"))


def ids(monitor: Monitor) -> list[str]:
    return [fact["id"] for fact in monitor.facts()]


def paid(numbers: Sequence[int]) -> list[str]:
    return [f"paid-{number}" for number in numbers]


NAMED = {
    **a_payment().model_dump(mode="json", exclude_none=True),
    "person": {"name": "张三", "id_number": "11010119900307002X"},
}


def test_deliveries_are_recorded_in_their_order(monitor_anywhere: Monitor) -> None:
    feed = a_feed(monitor_anywhere)
    assert feed.record(payments(0, 4)) == Recorded(accepted=5)
    assert feed.record(payments(5, 7)) == Recorded(accepted=3)
    assert ids(monitor_anywhere) == paid(range(8))


def test_a_batch_that_comes_again_changes_nothing(monitor_anywhere: Monitor) -> None:
    feed = a_feed(monitor_anywhere)
    feed.record(payments(0, 4))
    before = monitor_anywhere.ledger()
    assert feed.record(payments(0, 4)) == Recorded()
    assert a_feed(monitor_anywhere).record(payments(0, 4)) == Recorded()
    assert monitor_anywhere.ledger() == before


def test_of_a_batch_that_comes_again_with_more_the_rest_is_recorded(monitor_anywhere: Monitor) -> None:
    a_feed(monitor_anywhere).record(payments(0, 4))
    assert a_feed(monitor_anywhere).record(payments(2, 7)) == Recorded(accepted=3)
    assert ids(monitor_anywhere) == paid(range(8))


def test_a_zombie_changes_nothing_that_its_successor_has_recorded(monitor_anywhere: Monitor) -> None:
    zombie = a_feed(monitor_anywhere)
    zombie.record(payments(0, 4))
    a_feed(monitor_anywhere).record(payments(5, 9))
    assert zombie.record(payments(5, 9)) == Recorded()
    assert zombie.record(payments(7, 12)) == Recorded(accepted=3)
    assert ids(monitor_anywhere) == paid(range(13))


def test_partitions_are_tracked_apart(monitor_anywhere: Monitor) -> None:
    feed = a_feed(monitor_anywhere)
    feed.record([*payments(0, 2), *payments(0, 1, partition=4)])
    recorded = feed.record([*payments(2, 3), *payments(1, 4, partition=4)])
    assert recorded == Recorded(accepted=2, duplicates=2)


def test_what_fails_once_is_recorded_after_all(monitor_anywhere: Monitor) -> None:
    """Halved, for it may have been one message; nothing is set aside where none fails alone."""
    feed = a_feed(monitor_anywhere)
    monitor_anywhere.clock.failure = ValueError()
    assert feed.record(payments(0, 6)) == Recorded(accepted=7)
    assert sorted(ids(monitor_anywhere)) == sorted(paid(range(7)))
    assert monitor_anywhere.quarantined() == []


def test_a_database_that_comes_back_is_waited_for(monitor_anywhere: Monitor) -> None:
    feed = a_feed(monitor_anywhere)
    monitor_anywhere.clock.failure = ConnectionResetError()
    assert feed.record(payments(0, 4)) == Recorded(accepted=5)


def test_a_database_that_stays_away_is_given_up(monitor: Monitor) -> None:
    """Whoever asked has acknowledged nothing, and asks again after a restart."""
    feed = a_feed(monitor, give_up_seconds=0)
    monitor.clock.failure = ConnectionResetError()
    with pytest.raises(ConnectionResetError):
        feed.record(payments(0, 4))
    assert feed.record(payments(0, 4)) == Recorded(accepted=5)


def test_a_message_that_nothing_can_be_done_with_goes_alone_into_quarantine(monitor_anywhere: Monitor) -> None:
    feed = a_feed(monitor_anywhere, pseudonymiser=NoPseudonyms())
    named = as_bytes({**said(a_payment(), "named"), "data": {**NAMED, "month": "2025-05"}})
    recorded = feed.record([*payments(0, 4), delivered(named, 5), *payments(6, 9)])
    assert recorded == Recorded(accepted=9, refused=1, isolated=1)
    (entry,) = monitor_anywhere.quarantined()
    assert [error.code for error in entry.errors] == ["processing_failed"]


@pytest.mark.parametrize("most_events", [MOST_EVENTS, 2])
def test_who_waits_is_answered_once_for_the_whole_record_however_it_was_parted(
    monitor_anywhere: Monitor, most_events: int
) -> None:
    waiting, named = Waiting(), as_bytes({**said(a_payment(), "named"), "data": NAMED})
    feed = a_feed(monitor_anywhere, pseudonymiser=NoPseudonyms(), most_events=most_events, answering=waiting)
    record = awaited(1, payment(10), payment(0), named, payment(11), payment(10))
    recorded = feed.record([*payments(0, 0), record, *payments(2, 2)])
    assert (recorded.accepted, recorded.duplicates, recorded.refused) == (4, 2, 1)
    ((answer_id, receipt),) = waiting.answers
    assert (answer_id, receipt.accepted, receipt.duplicates) == ("a1", 2, 2)
    assert [(each.index, each.errors[0].code) for each in receipt.rejected] == [(2, "processing_failed")]
    by = {fact["id"]: (fact["submittedby"], fact.get("deliveryid")) for fact in monitor_anywhere.facts()}
    assert by["paid-10"] == ("source:bureau", "delivery-1")
    assert by["paid-2"] == (f"topic:{INSURANCE_PAYMENTS.name}", None)
    assert not letters(monitor_anywhere)
    assert feed.record([record]) == Recorded()


def test_who_waits_for_a_record_that_is_skipped_is_told_so_of_each_message(monitor: Monitor) -> None:
    waiting, skipped = Waiting(), [RecordPlace(INSURANCE_PAYMENTS.name, 0, 1)]
    a_feed(monitor, skipped=skipped, answering=waiting).record([awaited(1, payment(1), payment(2))])
    ((_, receipt),) = waiting.answers
    assert [(each.index, each.errors[0].code) for each in receipt.rejected] == [(0, "skipped"), (1, "skipped")]


def test_a_skipped_record_is_never_read_and_goes_into_quarantine_and_to_the_dead_letters(monitor: Monitor) -> None:
    """Its place is passed, also when it comes again; those before and behind it are recorded."""
    skipped = [RecordPlace(INSURANCE_PAYMENTS.name, 0, 2)]
    feed = a_feed(monitor, pseudonymiser=NoPseudonyms(), skipped=skipped)
    named = delivered(as_bytes({**said(a_payment(), "named"), "data": NAMED}), 2)
    with logged() as log:
        recorded = feed.record([*payments(0, 1), named, *payments(3, 4)])
    assert recorded == Recorded(accepted=4, refused=1)
    (entry,) = monitor.quarantined()
    assert [error.code for error in entry.errors] == ["skipped"]
    assert [(line["partition"], line["offset"]) for line in log.named("record_skipped")] == [(0, 2)]
    (letter,) = letters(monitor)
    assert (letter.value, dict(letter.headers)["ce_dlqreason"]) == (named.value, b"skipped")
    assert feed.record([named, *payments(3, 5)]) == Recorded(accepted=1)


def test_a_record_whose_headers_cannot_be_read_counts_as_its_bytes(monitor: Monitor) -> None:
    """No client makes such a header; what reads it may have a fault all the same."""
    broken: Any = (("content-type", None),)
    came = Delivery(INSURANCE_PAYMENTS, 0, 1, b"key", payment(1), broken)
    assert a_feed(monitor).record([*payments(0, 0), came, *payments(2, 3)]) == Recorded(accepted=4)


def test_poison_everywhere_is_no_poison(monitor: Monitor) -> None:
    """The program is wrong, not the messages: they must not end in quarantine by the thousand."""
    feed = a_feed(monitor, pseudonymiser=NoPseudonyms())
    named = [as_bytes({**said(a_payment(), f"named-{number}"), "data": NAMED}) for number in range(MOST_ISOLATED + 1)]
    with pytest.raises(TooMuchPoison):
        feed.record([delivered(message, offset) for offset, message in enumerate(named)])


def test_a_bad_message_is_kept_and_told_of_and_the_others_are_recorded(monitor_anywhere: Monitor) -> None:
    deliveries = [*payments(0, 1), delivered(b"\x80", 2), delivered(None, 3), *payments(4, 5)]
    recorded = a_feed(monitor_anywhere).record(deliveries)
    assert recorded == Recorded(accepted=4, refused=2)
    assert len(monitor_anywhere.quarantined()) == 2
    letters = monitor_anywhere.rows(OUTBOX)
    assert [letter.topic for letter in letters] == ["tender.dead-letter.v1"] * 2


def test_a_refused_message_is_logged_with_its_place(monitor: Monitor) -> None:
    with logged() as log:
        a_feed(monitor).record([*payments(0, 1), delivered(b"no event", 2, partition=3)])
    (refused,) = log.named("message_refused")
    (entry,) = monitor.quarantined()
    assert (refused["topic"], refused["partition"], refused["offset"]) == (INSURANCE_PAYMENTS.name, 3, 2)
    assert (refused["quarantine_id"], refused["code"]) == (entry.quarantine_id, "unreadable")
    assert [line["topic"] for line in log.named("batch_committed")] == [INSURANCE_PAYMENTS.name]


def test_of_many_refused_messages_the_first_are_logged_one_by_one_and_the_rest_are_counted(monitor: Monitor) -> None:
    with logged() as log:
        a_feed(monitor).record([delivered(b"%d" % number, number) for number in range(MOST_LINES + 5)])
    assert len(log.named("message_refused")) == MOST_LINES
    assert [line["further"] for line in log.named("messages_refused")] == [5]


def letters(monitor: Monitor) -> list[Outgoing]:
    """The dead letters that wait to be sent."""
    with monitor.read() as connection:
        waiting = Outbox(monitor.installation.vault).waiting(connection, limit=100)
    return [row.message for row in waiting if row.message]


def test_a_record_too_large_to_be_sent_is_told_of_by_its_digest_and_kept_sealed(monitor_anywhere: Monitor) -> None:
    huge = json.dumps("x" * RECORD_BYTES).encode()
    assert a_feed(monitor_anywhere).record([delivered(huge, 7), *payments(8, 8)]) == Recorded(accepted=1, refused=1)
    (letter,) = letters(monitor_anywhere)
    (entry,) = monitor_anywhere.quarantined()
    assert letter.size < 1_000
    assert (letter.key, letter.value) == (b"key", b"")
    headers = dict(letter.headers)
    assert headers["ce_dlqoffset"] == b"7"
    assert headers["ce_dlqbytes"] == str(len(huge)).encode()
    assert headers["ce_dlqsha256"] == hashlib.sha256(huge).hexdigest().encode()
    assert headers["ce_dlqquarantine"] == entry.quarantine_id.encode()
    with monitor_anywhere.read() as connection:
        kept = monitor_anywhere.installation.quarantine.opened(connection, entry.quarantine_id, OPERATOR)
    assert kept == huge


def test_a_key_and_headers_too_large_to_be_sent_are_left_out_as_well(monitor: Monitor) -> None:
    half = b"x" * (RECORD_BYTES // 2 + 1)
    a_feed(monitor).record([Delivery(INSURANCE_PAYMENTS, 0, 7, half, b"no event", (("trace", half),))])
    (letter,) = letters(monitor)
    assert (letter.key, letter.value) == (None, b"")
    assert {name for name, _ in letter.headers} == {
        f"ce_dlq{name}" for name in ("reason", "topic", "partition", "offset", "quarantine", "bytes", "sha256")
    }


def test_a_record_without_key_and_value_makes_a_letter_that_kafka_takes(monitor: Monitor) -> None:
    a_feed(monitor).record([Delivery(INSURANCE_PAYMENTS, 0, 7, None, None, ())])
    (letter,) = letters(monitor)
    assert (letter.key, letter.value) == (None, b"")


def test_a_bulk_record_is_one_delivery_of_many_events(monitor_anywhere: Monitor) -> None:
    first, second = (as_bytes(said(a_check_in(), f"seen-{number}")) for number in range(2))
    lines = b"\n".join([first, b"{", second, second])
    bulk = delivered(lines, 0, topic=ATTENDANCE_BULK)
    feed = a_feed(monitor_anywhere)
    assert feed.record([bulk]) == Recorded(accepted=2, duplicates=1, refused=1)
    assert feed.record([bulk]) == Recorded()


def test_a_batch_is_one_delivery_of_many_events(monitor: Monitor) -> None:
    batch = b"[" + b",".join([payment(0), b'{"id": 1}', payment(1), payment(1)]) + b"]"
    headers = (("content-type", b"application/cloudevents-batch+json"),)
    feed, record = a_feed(monitor), Delivery(INSURANCE_PAYMENTS, 0, 7, b"key", batch, headers)
    assert feed.record([record]) == Recorded(accepted=2, duplicates=1, refused=1)
    assert feed.record([record]) == Recorded()
    (letter,) = letters(monitor)
    assert letter.value == batch


def test_batches_of_many_events_are_committed_in_parts(monitor: Monitor) -> None:
    batch = b"[" + b",".join(map(payment, range(5))) + b"]"
    headers = (("content-type", b"application/cloudevents-batch+json"),)
    feed, record = a_feed(monitor, most_events=2), Delivery(INSURANCE_PAYMENTS, 0, 7, b"key", batch, headers)
    assert feed.record([record]) == Recorded(accepted=5)
    assert len(monitor.rows(BATCHES)) == 4  # The first registered the source.
    assert feed.record([record]) == Recorded()


def test_only_the_internal_topic_brings_what_is_our_own(monitor_anywhere: Monitor) -> None:
    ours = as_bytes(said(a_payment(), "1", source="urn:tender-monitor:follow-ups"))
    feed = a_feed(monitor_anywhere)
    assert feed.record([delivered(ours, 0)]) == Recorded(refused=1)
    assert feed.record([sent_by_a_shard(monitor_anywhere, ours)]) == Recorded(accepted=1)


@pytest.mark.parametrize(
    "changed",
    [
        {"headers": ()},
        {"headers": (("signature", b""),)},
        {"headers": (("signature", b"\0" * 32),)},
        {"partition": 1},
        {"key": b"person:another"},
        {"value": as_bytes(said(a_payment(month="2025-02"), "1", source="urn:tender-monitor:follow-ups"))},
    ],
    ids=["none", "empty", "made up", "another partition", "another key", "another message"],
)
def test_what_this_installation_has_not_signed_is_not_believed(
    monitor_anywhere: Monitor, changed: dict[str, Any]
) -> None:
    ours = as_bytes(said(a_payment(), "1", source="urn:tender-monitor:follow-ups"))
    forged = sent_by_a_shard(monitor_anywhere, ours)._replace(**changed)
    before = monitor_anywhere.facts()
    assert a_feed(monitor_anywhere).record([forged]) == Recorded(refused=1)
    assert monitor_anywhere.facts() == before
    (entry,) = monitor_anywhere.quarantined()
    assert [error.code for error in entry.errors] == ["not_permitted"]
    (letter,) = letters(monitor_anywhere)
    assert dict(letter.headers)["ce_dlqreason"] == b"not_permitted"


def test_a_forged_message_costs_those_beside_it_nothing(monitor_anywhere: Monitor) -> None:
    source = "urn:tender-monitor:follow-ups"
    first, second = (as_bytes(said(a_payment(month=month), month, source=source)) for month in ("2025-02", "2025-03"))
    forged = delivered(as_bytes(said(a_payment(), "1", source=source)), 1, topic=FOLLOW_UPS)
    records = [sent_by_a_shard(monitor_anywhere, first), forged, sent_by_a_shard(monitor_anywhere, second, offset=2)]
    assert a_feed(monitor_anywhere).record(records) == Recorded(accepted=2, refused=1)


def test_what_was_signed_for_another_delivery_is_not_believed(monitor_anywhere: Monitor) -> None:
    ours = as_bytes(said(a_payment(), "1", source="urn:tender-monitor:follow-ups"))
    record = sent_by_a_shard(monitor_anywhere, ours)
    forged = record._replace(headers=(*record.headers, ("delivery-id", b"delivery-of-somebody")))
    assert a_feed(monitor_anywhere).record([forged]) == Recorded(refused=1)


def test_a_signed_message_that_is_sent_again_changes_nothing(monitor_anywhere: Monitor) -> None:
    ours = as_bytes(said(a_payment(), "1", source="urn:tender-monitor:follow-ups"))
    feed = a_feed(monitor_anywhere)
    assert feed.record([sent_by_a_shard(monitor_anywhere, ours)]) == Recorded(accepted=1)
    assert feed.record([sent_by_a_shard(monitor_anywhere, ours, offset=1)]) == Recorded(duplicates=1)


def test_an_opening_read_in_part_is_recorded_and_its_source_hears_of_it(monitor_anywhere: Monitor) -> None:
    opening = as_bytes(with_wrong_number(an_opening_at_the_door()))
    with logged() as log:
        assert a_feed(monitor_anywhere).record([delivered(opening, 7, topic=BID_OPENINGS)]) == Recorded(accepted=1)
    (letter,) = letters(monitor_anywhere)
    (entry,) = monitor_anywhere.quarantined()
    headers = dict(letter.headers)
    assert (headers["ce_dlqpartial"], headers["ce_dlqreason"]) == (b"true", b"check_digit")
    assert headers["ce_dlqquarantine"].decode() == entry.quarantine_id
    assert letter.value == opening
    assert [line["quarantine_id"] for line in log.named("message_refused_in_part")] == [entry.quarantine_id]


BUREAU = "urn:test:bureau"


def test_a_bureau_takes_back_no_fact_of_another_over_kafka(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.register(BUREAU, bounds=GRANTED)
    feed = a_feed(monitor_anywhere)
    foreign = as_bytes({**correction("c1", "paid-0"), "source": BUREAU})
    assert feed.record([*payments(0, 0), delivered(foreign, 1)]) == Recorded(accepted=1, refused=1)
    (letter,) = letters(monitor_anywhere)
    assert (letter.value, dict(letter.headers)["ce_dlqreason"]) == (foreign, b"not_permitted")


def test_a_kind_on_the_topic_of_another_is_refused(monitor_anywhere: Monitor) -> None:
    exempted = as_bytes(said(an_exemption(), "e1"))
    feed = a_feed(monitor_anywhere)
    assert feed.record([delivered(exempted, 0)]) == Recorded(refused=1)
    assert feed.record([delivered(exempted, 0, topic=REGISTRATIONS)]) == Recorded(accepted=1)


def test_no_producer_speaks_for_a_source_that_sends_by_calls(monitor: Monitor) -> None:
    monitor.register(BUREAU, bounds=replace(GRANTED, channel=Channel.HTTP))
    claimed = as_bytes(said(a_payment(), "p1", source=BUREAU))
    assert a_feed(monitor).record([delivered(claimed, 0)]) == Recorded(refused=1)


def test_a_row_from_a_topic_names_the_topic(monitor: Monitor) -> None:
    a_feed(monitor).record(payments(0, 0))
    assert [fact["submittedby"] for fact in monitor.facts()] == ["topic:tender.insurance-payments.v1"]
