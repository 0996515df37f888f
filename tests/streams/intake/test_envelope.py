import json
import re
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from cloudevents.core.bindings import http as sdk
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from streams.intake.envelope import (
    Form,
    Lines,
    TooLargeEvent,
    TooManyEvents,
    UnreadableCall,
    UnsupportedForm,
    form_of,
    from_batch,
    from_binary,
    structured,
)

SHARED = Path(__file__).parents[3] / ".." / "shared"
FEATURE = SHARED / "vectors" / "cloudevents" / "features" / "http-protocol-binding.feature"
EXAMPLE = re.compile(r"^\s*\|\s*(application/[^|]+?)\s*\|$", re.MULTILINE)

ATTRIBUTES = {
    "id": "1",
    "source": "urn:example:insurance",
    "type": "tender-integrity.insurance-paid.v1",
    "time": datetime(2025, 5, 3, tzinfo=UTC),
    "datacontenttype": "application/json",
}
text = st.text(min_size=1, max_size=40)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)


def an_event(**overrides: object) -> CloudEvent:
    data: Any = overrides.pop("data", {"month": "2025-05"})
    return CloudEvent(attributes={**ATTRIBUTES, **overrides}, data=data)


def decoded(headers: dict[str, str], body: bytes) -> dict[str, object]:
    form = form_of({name.title(): value for name, value in headers.items()})
    message = structured(body) if form is Form.STRUCTURED else from_binary(headers.items(), body)
    parsed: dict[str, object] = json.loads(message)
    return parsed


def test_what_the_official_sdk_sends_structured_is_read_as_it_was_meant() -> None:
    message = sdk.to_structured(an_event(), JSONFormat())
    event = decoded(dict(message.headers), message.body)
    assert event["data"] == {"month": "2025-05"}
    assert event["source"] == "urn:example:insurance"


@given(source=text, subject=text, data=st.dictionaries(text, values, min_size=1))
def test_what_the_official_sdk_sends_binary_is_read_as_it_was_meant(
    source: str, subject: str, data: dict[str, object]
) -> None:
    message = sdk.to_binary(an_event(source=source, subject=subject, data=data), JSONFormat())
    event = decoded(dict(message.headers), message.body)
    assert event["data"] == data
    # The SDK does not quote a value, but the binding has receivers unquote one that looks quoted.
    if not (len(source) > 1 and source[0] == source[-1] == '"'):
        assert event["source"] == source


def test_chinese_attributes_travel_percent_encoded() -> None:
    message = sdk.to_binary(an_event(subject="广州 市"), JSONFormat())
    assert decoded(dict(message.headers), message.body)["subject"] == "广州 市"


def test_a_quoted_header_value_is_unquoted() -> None:
    event = json.loads(from_binary([("ce-id", '"a \\"b\\" c"')], b"{}"))
    assert event["id"] == 'a "b" c'


@pytest.mark.parametrize("content_type", [None, "application/x-www-form-urlencoded"])
def test_binary_data_of_no_stated_type_is_json(content_type: str | None) -> None:
    """Java's SDK then sends no content type, and Java's connection and curl name one themselves."""
    headers = {"ce-id": "1", **({} if content_type is None else {"content-type": content_type})}
    assert decoded(headers, b'{"a": 1}') == {"id": "1", "data": {"a": 1}}


def test_data_sent_as_base64_becomes_plain() -> None:
    assert json.loads(structured(b'{"id": "1", "data_base64": "eyJhIjogMX0="}')) == {"id": "1", "data": {"a": 1}}


@pytest.mark.parametrize("value", ["!!", "Tm9KU09O", 1, None])
def test_data_that_is_no_base64_json_is_left_to_be_refused(value: object) -> None:
    message = json.dumps({"id": "1", "data_base64": value}).encode()
    assert structured(message) == message


@pytest.mark.parametrize("body", [b'{}, "source": "urn:other"', b'{"a": NaN}', b"", b"[" * 50_000, b"\xff"])
def test_a_body_that_is_no_json_cannot_change_the_attributes(body: bytes) -> None:
    event = json.loads(from_binary([("ce-id", "1"), ("ce-source", "urn:mine")], body))
    assert event["source"] == "urn:mine"
    assert isinstance(event["data"], str)


@pytest.mark.parametrize("name", ["ce-data", "ce-data_base64", "ce-", "ce-a b"])
def test_a_header_that_cannot_be_an_attribute_is_refused(name: str) -> None:
    with pytest.raises(UnreadableCall):
        from_binary([(name, "x")], b"{}")


def test_an_attribute_given_twice_is_refused() -> None:
    with pytest.raises(UnreadableCall):
        from_binary([("ce-id", "1"), ("CE-ID", "2")], b"{}")


@pytest.mark.parametrize(
    ("content_type", "form"),
    [
        ("application/cloudevents+json; charset=UTF-8", Form.STRUCTURED),
        ("Application/CloudEvents-Batch+JSON", Form.BATCH),
        ("application/x-ndjson", Form.NDJSON),
        ("application/json", Form.BINARY),
        ("application/vnd.example+json", Form.BINARY),
    ],
)
def test_the_form_is_told_by_content_type_and_headers(content_type: str, form: Form) -> None:
    assert form_of({"Content-Type": content_type, "ce-id": "1"}) is form


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "application/json"},
        {"Content-Type": "application/cloudevents+avro"},
        {"Content-Type": "application/cloudevents+json; charset=gbk"},
        {"Content-Type": "text/xml", "ce-id": "1"},
        {"Content-Type": ";;;="},
    ],
)
def test_a_call_in_no_known_form_is_unsupported(headers: dict[str, str]) -> None:
    with pytest.raises(UnsupportedForm):
        form_of(headers)


@given(st.lists(values, max_size=10))
def test_a_batch_keeps_each_event_as_sent(events: list[object]) -> None:
    body = json.dumps(events, indent=1).encode()
    assert [json.loads(message) for message in from_batch(body, most=10, largest=10_000)] == events


@pytest.mark.parametrize("body", [b"", b"{}", b"[1,", b"[" * 200_000, b"[NaN]"])
def test_a_batch_that_is_no_array_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableCall):
        from_batch(body, most=10, largest=1_000_000)


def test_a_batch_has_limits_in_number_and_size() -> None:
    with pytest.raises(TooManyEvents):
        from_batch(b"[1,2,3]", most=2, largest=100)
    with pytest.raises(TooLargeEvent):
        from_batch(b'["aaaaaaaaaa"]', most=2, largest=5)


@given(st.lists(st.binary(max_size=30).map(lambda raw: raw.replace(b"\n", b"")), max_size=20), st.data())
def test_lines_do_not_depend_on_how_the_stream_is_cut(lines: list[bytes], data: st.DataObject) -> None:
    stream = b"\n".join(lines)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    cutter = Lines(largest=1_000)
    events: list[bytes] = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        events += cutter.feed(stream[start:end])
    events += cutter.close()
    assert events == [line.strip(b" \t\r\n") for line in lines if line.strip(b" \t\r\n")]


def test_a_line_without_end_is_refused_before_it_fills_the_memory() -> None:
    cutter = Lines(largest=1_000)
    with pytest.raises(TooLargeEvent):
        list(chain.from_iterable(cutter.feed(b"a" * 100) for _ in range(20)))


@given(st.lists(st.sampled_from([b"\n", b" ", b"\r\n", b"1\n", b"22 "]), max_size=60), st.integers(1, 7))
def test_as_many_blank_bytes_as_an_event_may_have_are_refused_however_they_are_cut(
    parts: list[bytes], cut: int
) -> None:
    stream = b"".join(parts)
    runs = re.split(rb"[^ \t\r\n][^\n]*", stream)
    cutter = Lines(largest=12)
    too_many = any(len(run) > 12 for run in runs)
    try:
        for start in range(0, len(stream), cut):
            list(cutter.feed(stream[start : start + cut]))
    except TooLargeEvent:
        assert too_many or max(map(len, stream.split(b"\n"))) > 12
    else:
        assert not too_many


def _scenarios() -> list[object]:
    if not FEATURE.exists():
        absent = "the conformance features are not beside this checkout"
        return [pytest.param("", "", marks=pytest.mark.skip(reason=absent))]
    outlines = FEATURE.read_text(encoding="utf-8").split("Scenario Outline:")[1:]
    return [
        pytest.param(outline, content_type, id=f"{outline.split('(')[0].strip()}: {content_type}")
        for outline in outlines
        for content_type in EXAMPLE.findall(outline.split("Examples:")[1])
    ]


@pytest.mark.parametrize(("outline", "content_type"), _scenarios())
def test_the_conformance_features_of_the_http_binding_hold(outline: str, content_type: str) -> None:
    outline = outline.replace("<contentType>", content_type)
    request, expected = re.findall(r'"""\n(.*?)"""', outline, re.DOTALL)
    head, body = request.split("\n\n", 1)
    headers = dict(line.strip().split(": ", 1) for line in head.splitlines()[1:])
    attributes = dict(re.findall(r"^\s*\|\s*(\w+)\s*\|\s*(\S.*?)\s*\|$", outline.split("Examples:")[0], re.MULTILINE))
    attributes.pop("key")

    event = decoded(headers, body.encode())
    assert event.pop("data") == json.loads(expected)
    assert event == attributes
