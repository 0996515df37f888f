"""The mark of history on what an importer yields."""

import json

import pytest

from streams.importers.history import as_history


@pytest.mark.parametrize(
    "message",
    [b'{"id":"1","data":{}}', b'  { "id": "1", "data": {}}', b'{"history":"false","id":"1","data":{}}'],
)
def test_a_message_bears_the_mark_once(message: bytes) -> None:
    marked = json.loads(as_history(message), object_pairs_hook=list)
    assert [value for name, value in marked if name == "history"] == ["true"]
    assert {"id", "data"} <= {name for name, _ in marked}


def test_a_field_of_that_name_in_the_data_stays() -> None:
    marked = json.loads(as_history(b'{"id":"1","data":{"history":"long"}}'))
    assert (marked["history"], marked["data"]) == ("true", {"history": "long"})


@pytest.mark.parametrize("message", [b"[1]", b"", b'"history"', b'["history"]'])
def test_what_is_no_object_is_left_to_the_intake_as_it_is(message: bytes) -> None:
    assert as_history(message) == message


def test_an_empty_object_stays_readable() -> None:
    assert json.loads(as_history(b"{}")) == {"history": "true"}
