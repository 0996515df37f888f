"""Records that no worker can make anything of: each is refused, and holds up nothing."""

import gzip
import json
from typing import Any

import pytest

from streams.cluster.topics import ATTENDANCE_BULK, BULK_LINES, FOLLOW_UPS, REGISTRATIONS
from tests.builders import a_payment
from tests.kafka.feeding import Record
from tests.kafka.proving_ground import ProvingGround
from tests.monitor import as_bytes, said

pytestmark = pytest.mark.long

STRUCTURED = (("content-type", b"application/cloudevents+json"),)
SOUND = said(a_payment(), "sound")


def event(**changes: Any) -> bytes:
    return json.dumps({**SOUND, **changes}).encode()


def data(**changes: Any) -> bytes:
    return event(data={**SOUND["data"], **changes})


def lone_surrogate() -> bytes:
    return event(id="X").replace(b'"X"', b'"\\ud800"')


VALUES = {
    "no text": b"\x80\xff no text at all",
    "nothing": b"",
    "no object": b"[1, 2]",
    "half an object": as_bytes(SOUND)[:-20],
    "deeply nested": b'{"specversion":"1.0","data":' + b"[" * 100_000,
    "a number of 10,000 digits": data(month=1).replace(b'"month": 1', b'"month": ' + b"9" * 10_000),
    "a number that is none": data(month=float("nan")),
    "half a character": lone_surrogate(),
    "a zero byte in a text": event(id="with\0zero"),
    "unknown kind": event(type="tender-integrity.moon-landed.v1"),
    "another version of CloudEvents": event(specversion="0.3"),
    "a thirteenth month": data(month="2025-13"),
    "no id": json.dumps({name: each for name, each in SOUND.items() if name != "id"}).encode(),
    "an id of 10,000 characters": event(id="x" * 10_000),
    "the year 10000": event(time="10000-01-01T00:00:00Z"),
    "the year 0": event(time="0000-01-01T00:00:00+23:59"),
    "zipped in the value": gzip.compress(as_bytes(SOUND)),
    "a person without a number": data(person={"name": "张三"}),
}


@pytest.mark.parametrize("what", VALUES)
def test_value(ground: ProvingGround, what: str) -> None:
    """A record in structured mode whose value is this."""
    refused_alone(ground, Record(REGISTRATIONS.name, b"k", VALUES[what], STRUCTURED))


RECORDS = {
    "no value": Record(REGISTRATIONS.name, b"k", None, STRUCTURED),
    "neither key nor value": Record(REGISTRATIONS.name, None, None, STRUCTURED),
    "headers that are no text": Record(
        REGISTRATIONS.name, b"\xff\xfe", b"x", (("content-type", b"\xff"), ("\x01", b"\x00"))
    ),
    "ten thousand headers": Record(REGISTRATIONS.name, b"k", b"{}", tuple((f"ce_x{n}", b"1") for n in range(10_000))),
    "another format": Record(REGISTRATIONS.name, b"k", b"\x00\x01\x02", (("content-type", b"application/avro"),)),
    "too many lines": Record(ATTENDANCE_BULK.name, b"k", b"\n".join([as_bytes(SOUND)] * (BULK_LINES + 1))),
    "lines that are no text": Record(ATTENDANCE_BULK.name, b"k", b"\xff\n\xfe\n\xfd"),
    "among our own messages": Record(FOLLOW_UPS.name, b"k", b"no message of a shard", STRUCTURED),
}


@pytest.mark.parametrize("what", RECORDS)
def test_record(ground: ProvingGround, what: str) -> None:
    """A record like this, in binary mode, in a bulk record, or on a topic that publishers alone may write."""
    refused_alone(ground, RECORDS[what])


def test_five_megabytes_that_gzip_made_small(ground: ProvingGround) -> None:
    """Their dead letter tells of them by digest."""
    huge = Record(REGISTRATIONS.name, b"k", b"x" * 5_000_000)
    refused_alone(ground, huge, **{"compression.codec": "gzip", "message.max.bytes": 10_000_000})


def refused_alone(ground: ProvingGround, record: Record, **options: Any) -> None:
    """It has a dead letter, and all of the city is recorded."""
    letters = ground.dead_letters()
    with ground.fault(seconds=1):
        ground.send([record], **options)
    assert ground.dead_letters() == letters + 1
    assert not ground.cluster.count("outbox_set_aside")
    assert (ground.worker.poll(), ground.publisher.poll()) == (None, None)
