"""The law of broken OCDS files: what is untouched is read, what is broken is named and kept."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.importers.ocds import read_ocds
from streams.importers.record import Mark, Record
from tests.examples import examples

NAMES: Final = ("某公司", "𠮷野建设", 'A "B" {C} [D],', "É\\", "null", "</x>", '{"ocid": "x"')


def a_release(number: int, name: str = "某公司", lots: int = 0) -> dict[str, Any]:
    tender: dict[str, Any] = {"title": name, "numberOfTenderers": 2}
    if lots:
        tender["lots"] = [{"id": f"L{lot}", "title": name} for lot in range(lots)]
    return {
        "ocid": f"ocds-{number}",
        "id": number,
        "date": "2024-05-01T00:00:00Z",
        "parties": [{"id": "p", "name": name}],
        "tender": tender,
        "bids": {"details": [{"status": "valid", "tenderers": [{"id": "p"}], "value": {"amount": 1.5}}]},
    }


Change = Callable[[dict[str, Any]], Any]
WHOLE: Final[dict[str, Change]] = {
    "no id": lambda release: release | {"id": None},
    "id of many": lambda release: release | {"id": [release["id"]]},
    "no date": lambda release: {name: value for name, value in release.items() if name != "date"},
    "day": lambda release: release | {"date": "2024-05-01"},
    "date of a number": lambda release: release | {"date": 20240501},
    "list for tender": lambda release: release | {"tender": [release["tender"]]},
    "text for lots": lambda release: release | {"tender": {"lots": "1, 2"}},
    "number of ocid": lambda release: release | {"ocid": 7, "title": release["ocid"]},
    "text": lambda release: release["ocid"],
    "null": lambda _: None,
    "list": lambda release: [release["ocid"]],
}
"""The release stays JSON and is none."""
PART: Final[dict[str, Change]] = {
    "party": lambda release: release | {"parties": [*release["parties"], "p2"]},
    "party of many ids": lambda release: release | {"parties": [*release["parties"], {"id": ["q"]}]},
    "parties": lambda release: release | {"parties": "p"},
    "lot": lambda release: release | {"tender": {"lots": [{"id": "1"}, 2, {"id": "3"}]}},
    "lot without id": lambda release: release | {"tender": {"lots": [{"id": "1"}, {}, {"id": "3"}]}},
    "lot twice": lambda release: release | {"tender": {"lots": [{"id": "1"}, {"id": 1}, {"id": "3"}]}},
}
"""A part of it is none, and costs only itself."""
BYTES: Final[dict[str, Callable[[bytes], bytes]]] = {
    "stray quote": lambda text: text.replace(b'"title": "', b'"title": ""', 1),
    "quote gone": lambda text: text.replace(b'"title": "', b'"title": ', 1),
    "half a character": lambda text: text.replace(b'"title": "', b'"title": "\xe4\xb8', 1),
    "bracket gone": lambda text: text.rstrip()[:-1],
    "list not ended": lambda text: text.replace(b"}]", b"}", 1),
    "cut off": lambda text: text[: len(text) // 2],
    "word": lambda text: text.replace(b'"date": ', b'"date": undefined, "x": ', 1),
    "comma gone": lambda text: text.replace(b', "date"', b' "date"', 1),
    "colon gone": lambda text: text.replace(b'"date": ', b'"date" ', 1),
}
"""It is no JSON any more."""


@dataclass(frozen=True)
class Written:
    """``raw`` is the release as it stands in the file; ``breakage`` is empty where it is untouched."""

    number: int
    lots: int
    raw: bytes
    breakage: str = ""


@st.composite
def releases(draw: st.DrawFn, kinds: Sequence[str]) -> list[Written]:
    written: list[Written] = []
    for number in range(draw(st.integers(1, 6))):
        lots = draw(st.integers(0, 2))
        release = a_release(number, draw(st.sampled_from(NAMES)), lots)
        if draw(st.booleans()):
            # Not every publisher begins with the ocid.
            release = dict(reversed(release.items()))
        breakage = draw(st.sampled_from(["", "", *kinds]))
        change = WHOLE.get(breakage) or PART.get(breakage)
        raw = json.dumps(change(release) if change else release, ensure_ascii=False).encode()
        written.append(Written(number, lots, BYTES[breakage](raw) if breakage in BYTES else raw, breakage))
    return written


def package(raw: Sequence[bytes], between: bytes, name: bytes = b"releases") -> bytes:
    said = b'{"uri": "x", "publisher": {"name": "y"}, "' + name + b'": [' + between
    return said + (b"," + between).join(raw) + between + b'], "version": "1.1"}'


def records_of(raw: Sequence[bytes], between: bytes) -> bytes:
    return package([b'{"ocid": "o", "compiledRelease": ' + each + b"}" for each in raw], between, b"records")


LAYOUTS: Final[dict[str, Callable[[Sequence[bytes], bytes], bytes]]] = {
    "lines": lambda raw, _: b"\n".join(raw),
    "windows lines": lambda raw, _: b"\r\n\r\n".join(raw) + b"\r\n",
    "packages": lambda raw, _: b"\n".join(package([each], b"") for each in raw),
    "package": package,
    "records": records_of,
    "array": lambda raw, between: b"[" + between + (b"," + between).join(raw) + b"]",
    "one after the other": lambda raw, _: b"\n".join(each.replace(b'"date"', b'\n"date"') for each in raw),
}
LISTS: Final = sorted(LAYOUTS.keys() - {"one after the other"})
"""In which an element may also be a text or a null."""
AS_LINES: Final = ("lines", "windows lines", "packages")
ENCODINGS: Final = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32")


@st.composite
def files(draw: st.DrawFn, kinds: Sequence[str], layouts: Sequence[str]) -> tuple[list[Written], str, bytes]:
    written = draw(releases(kinds))
    layout = draw(st.sampled_from(layouts))
    between = draw(st.sampled_from([b"", b"\n", b"\n  "]))
    return written, layout, LAYOUTS[layout]([each.raw for each in written], between)


def read(content: bytes, after: Mark = Mark()) -> list[Record]:  # noqa: B008 (a mark is frozen)
    return list(read_ocds(BytesIO(content), after))


def sent(found: Sequence[Record]) -> set[tuple[str, str]]:
    messages = [json.loads(message)["data"] for record in found for message in record.messages]
    ids = {(data["tender_id"], data["lot_id"]) for data in messages}
    assert len(ids) == len(messages)
    return ids


def lots_of(each: Written) -> set[tuple[str, str]]:
    lots = {f"L{lot}" for lot in range(each.lots)} or {"1"}
    return {
        (f"ocds-{each.number}", lot)
        for lot in (lots if each.breakage not in PART or "part" in each.breakage else {"1", "3"})
    }


def counts(count: int) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("count", [count, pytest.param(2_000, marks=pytest.mark.long)])


@counts(100)
def test_in_a_broken_file_each_untouched_release_is_read_and_each_broken_one_is_named(count: int) -> None:
    @settings(max_examples=examples(count))
    @given(files([*WHOLE, *PART], LISTS), st.sampled_from(ENCODINGS))
    def law(file: tuple[list[Written], str, bytes], encoding: str) -> None:
        written, layout, content = file
        found = read(content.decode().encode(encoding))
        good = [each for each in written if each.breakage not in WHOLE]
        assert {ocid for ocid, _ in sent(found)} == {f"ocds-{each.number}" for each in good}
        for each in good:
            if not each.breakage:
                assert lots_of(each) <= sent(found)
        errors = [record for record in found if record.errors]
        assert len(errors) == sum(bool(each.breakage) for each in written)
        for record, each in zip(errors, (each for each in written if each.breakage), strict=True):
            assert layout in AS_LINES or f"[{each.number}]" in record.errors[0].field
            assert each.breakage == "null" or f"{each.number}".encode() in record.raw

    law()


@counts(100)
def test_what_is_no_json_costs_nothing_beside_it_and_is_kept(count: int) -> None:
    @settings(max_examples=examples(count))
    @given(files(sorted(BYTES), sorted(LAYOUTS)))
    def law(file: tuple[list[Written], str, bytes]) -> None:
        written, _, content = file
        found = read(content)
        broken = [each for each in written if each.breakage]
        for each in written:
            if not each.breakage:
                assert lots_of(each) <= sent(found)
        kept = b"\n".join(record.raw for record in found if record.errors)
        for each in broken:
            assert each.raw[:20] in kept or b"ocds-%d" % each.number in kept
        assert bool(broken) == bool(kept)

    law()
