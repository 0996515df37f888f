import json
import re
from pathlib import Path
from typing import Any

import pytest
from cloudevents.core.bindings import kafka as sdk
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from infra.identity.intake import make_intake
from infra.identity.keys import open_keys
from streams.cluster.cloudevents_kafka import message_of, messages_of, messages_of_bulk
from streams.cluster.topics import BULK_LINES
from tests.builders import a_payment
from tests.monitor import as_bytes, said

SHARED = Path(__file__).parents[3] / ".." / "shared"
FEATURE = SHARED / "vectors" / "cloudevents" / "features" / "kafka-protocol-binding.feature"
EXAMPLE = re.compile(r"^\s*\|\s*(application/[^|]+?)\s*\|$", re.MULTILINE)
ROW = re.compile(r"^\s*\|\s*(\S+)\s*\|\s*(\S.*?)\s*\|$", re.MULTILINE)

text = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)


def decoded(headers: dict[str, str], value: bytes) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(message_of([(name, text.encode()) for name, text in headers.items()], value))
    return message


@given(text, text)
def test_what_the_official_sdk_sends_is_read_as_it_was_meant(subject: str, id: str) -> None:
    """In binary and in structured mode, whatever characters the attributes hold."""
    attributes = {"id": id, "source": "urn:x", "type": "t", "subject": subject, "datacontenttype": "application/json"}
    event = CloudEvent(attributes=attributes, data={"month": "2025-05"})
    for record in (sdk.to_binary(event, JSONFormat()), sdk.to_structured(event, JSONFormat())):
        headers = [
            (name, value if isinstance(value, bytes) else value.encode()) for name, value in record.headers.items()
        ]
        message = json.loads(message_of(headers, record.value))
        assert message["id"] == id
        assert message["subject"] == subject
        assert message["data"] == {"month": "2025-05"}


def test_a_record_without_headers_is_structured() -> None:
    assert message_of([], b'{"id":"1"}') == b'{"id":"1"}'


def test_data_that_is_no_json_becomes_a_text_that_no_fact_accepts() -> None:
    assert decoded({"ce_id": "1", "content-type": "application/json"}, b"\x80")["data"] == "�"


@pytest.mark.parametrize(
    ("headers", "value"),
    [
        ([("ce_id", b"1"), ("ce_ID", b"2")], b"{}"),
        ([("ce_data", b"1")], b"{}"),
        ([("ce_no name", b"1")], b"{}"),
    ],
)
def test_headers_that_make_no_event_leave_the_value_as_it_came(headers: list[tuple[str, bytes]], value: bytes) -> None:
    """It is refused, and kept whole."""
    assert message_of(headers, value) == value


def test_a_tombstone_is_an_empty_message() -> None:
    assert message_of([("ce_id", b"1")], None) == b""
    assert messages_of_bulk(None) == [b""]


def test_a_bulk_record_is_cut_into_its_lines() -> None:
    assert messages_of_bulk(b'{"id":"1"}\n\r\n {"id":"2"} \n') == [b'{"id":"1"}', b'{"id":"2"}']


def test_a_bulk_record_has_a_limit() -> None:
    assert len(messages_of_bulk(b"{}\n" * BULK_LINES)) == BULK_LINES


def test_a_bulk_record_of_too_many_lines_is_refused_and_kept_whole(tmp_path: Path) -> None:
    """A large one has a dead letter without its value: quarantine is the only place that keeps it."""
    whole = as_bytes(said(a_payment(), "one")) + b"\n"
    (kept,) = messages_of_bulk(whole * (BULK_LINES + 1))
    assert kept == whole * (BULK_LINES + 1)
    prepared = make_intake(open_keys(tmp_path / "keys")).prepare([kept])
    assert [(refusal.raw, refusal.partial) for refusal in prepared.refusals] == [(kept, False)]
    assert not len(prepared)


BATCHED = [("content-type", b"application/cloudevents-batch+json; charset=UTF-8")]


def test_a_batch_is_cut_into_its_events() -> None:
    assert messages_of(BATCHED, b'[{"id":"1"}, {"id":"2"}]') == [b'{"id":"1"}', b'{"id":"2"}']
    assert messages_of([("ce_id", b"1")], b"{}") == [b'{"id": "1", "data": {}}']


@pytest.mark.parametrize("value", [b"[]", b"{}", b"[{", b"", b"[" + b",".join([b"{}"] * (BULK_LINES + 1)) + b"]"])
def test_what_is_no_batch_stays_one_message(value: bytes) -> None:
    assert messages_of(BATCHED, value) == [value]


def _scenarios() -> list[object]:
    if not FEATURE.exists():
        absent = "the conformance features are not beside this checkout"
        return [pytest.param("", "", marks=pytest.mark.skip(reason=absent))]
    binary, outline = FEATURE.read_text(encoding="utf-8").split("Scenario")[1:3]
    types = EXAMPLE.findall(outline.split("Examples:")[1])
    return [pytest.param(binary, "", id="binary"), *(pytest.param(outline, each, id=each) for each in types)]


@pytest.mark.parametrize(("scenario", "content_type"), _scenarios())
def test_the_conformance_features_of_the_kafka_binding_hold(scenario: str, content_type: str) -> None:
    scenario = scenario.split("Examples:", maxsplit=1)[0].replace("<contentType>", content_type)
    payload, expected = re.findall(r'"""\n(.*?)"""', scenario, re.DOTALL)
    given_headers, wanted = scenario.split("When parsed")
    headers, attributes = (dict(ROW.findall(part)) for part in (given_headers.split("Kafka headers:")[1], wanted))
    headers.pop("key")
    attributes.pop("key")

    event = decoded(headers, payload.encode())
    assert event.pop("data") == json.loads(expected)
    assert event == attributes


def test_the_mark_of_history_is_a_header_in_binary_mode() -> None:
    assert decoded({"ce_id": "1", "ce_history": "true", "content-type": "application/json"}, b"{}")["history"] == "true"
