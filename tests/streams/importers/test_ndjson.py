"""NDJSON: what is passed on, what is refused, and where an import can go on."""

import gzip
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path

import pytest

from streams.importers.inputs import FileFormat, format_of, open_input
from streams.importers.lines import MAX_LINE_BYTES
from streams.importers.ndjson import read_ndjson
from streams.importers.record import BEGINNING, Mark, Record, UnusableInput

THREE = b'{"a":1}\n\n  {"a":2}  \r\n{"a":3}'


def no_derived_id(_: bytes) -> str:
    raise AssertionError("NDJSON carries its own ids")


def read(file: Path, after: Mark = BEGINNING) -> list[Record]:
    with ExitStack() as closing:
        source = open_input(file, format_of(file), mapping=None, derive_id=no_derived_id, closing=closing, after=after)
        return list(source.records)


def test_every_line_is_passed_on_as_it_is_and_blank_ones_are_not() -> None:
    records = list(read_ndjson(BytesIO(THREE), BEGINNING))
    assert [record.messages for record in records] == [(b'{"a":1}',), (b'{"a":2}',), (b'{"a":3}',)]
    assert [record.number for record in records] == [1, 3, 4]


@pytest.mark.parametrize("name", ["facts.ndjson", "facts.jsonl.gz"])
def test_an_import_goes_on_behind_any_record(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(gzip.compress(THREE) if name.endswith(".gz") else THREE)
    records = read(file)
    for done in range(len(records)):
        mark = Mark(records[done].number, records[done].end)
        assert read(file, mark) == records[done + 1 :]


def test_a_line_beyond_the_limit_is_refused_and_the_next_one_is_read() -> None:
    long = b'{"a":"' + b"x" * MAX_LINE_BYTES + b'"}'
    first, second = read_ndjson(BytesIO(long + b'\n{"a":2}\n'), BEGINNING)
    assert [error.code for error in first.errors] == ["too_large"]
    assert first.end == len(long) + 1
    assert second.messages == (b'{"a":2}',)


def test_a_byte_order_mark_is_dropped() -> None:
    (record,) = read_ndjson(BytesIO(b'\xef\xbb\xbf{"a":1}\n'), BEGINNING)
    assert record.messages == (b'{"a":1}',)


def test_a_broken_gzip_stream_is_named_as_such(tmp_path: Path) -> None:
    file = tmp_path / "facts.ndjson.gz"
    file.write_bytes(gzip.compress(THREE * 1000)[:40])
    with ExitStack() as closing:
        source = open_input(file, FileFormat.NDJSON, mapping=None, derive_id=no_derived_id, closing=closing)
        with pytest.raises(UnusableInput, match="gzip"):
            list(source.records)


def test_a_missing_file_is_unusable(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="cannot be read"):
        format_of(tmp_path / "missing.ndjson")
