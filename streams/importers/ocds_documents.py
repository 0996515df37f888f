"""Files of OCDS cut into documents, and documents into releases: what cannot be read costs only itself.

A document is a release, a package of releases or records, or an array of these: one a line, or one in the
file. Where a document as a whole is no JSON, its releases are cut apart by their brackets.
"""

import gzip
import json
import re
import zlib
from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from typing import Any, BinaryIO, Final, NamedTuple, cast

import msgspec

from streams.importers.lines import Line, lines
from streams.importers.record import BEGINNING, Mark, UnusableInput
from streams.intake.json_array import spans
from streams.intake.prepared import FieldError

MAX_DOCUMENT_BYTES: Final = 256 * 1024 * 1024
NO_RELEASE: Final = "no_release"
_UNREADABLE: Final = "unreadable"
_SHAPE: Final = "shape"
_TEXTS: Final = {
    NO_RELEASE: "the document holds no OCDS release",
    _UNREADABLE: "the document is not readable as JSON",
    _SHAPE: "the release is not built as OCDS says",
}
_BOM: Final = b"\xef\xbb\xbf"
_ARRAY: Final = re.compile(rb'\s*(?:\{.*?"(releases|records)"\s*:\s*)?\[', re.DOTALL)
_NO_JSON: Final = re.compile(rb"\b(?:NaN|Infinity)\b")


class Found(NamedTuple):
    """What stands at ``path`` of a document: a release, or the error for which it is none.

    ``raw`` is what stood there; None where that was not cut out.
    """

    path: str
    release: dict[str, Any] | None
    error: FieldError | None = None
    raw: bytes | None = None


class Unreadable(ValueError):
    """The bytes are no JSON in UTF-8."""


def wrong(path: str, code: str = _SHAPE, text: str | None = None) -> FieldError:
    return FieldError(path, code, text or _TEXTS[code])


def documents(stream: BinaryIO, after: Mark = BEGINNING) -> Iterator[Line]:
    """The documents of a file behind ``after``: its lines, or all of it where one document runs over many lines.

    A document that is alone in the file may be larger than a line. Raises UnusableInput where the bytes cannot
    be unpacked.
    """
    try:
        begun, rest = _begun(stream)
        first_alone = _is_json(begun)
        more = _next_line(rest)
        begun += more
        if first_alone and more.strip():
            yield from _plain(lines(_from_beginning(begun, rest), after))
            return
        whole = begun + rest.read(MAX_DOCUMENT_BYTES)
        if not _is_json(whole) and _lies_in_lines(whole):
            yield from _plain(lines(BytesIO(whole), after))
        elif whole.strip():
            yield Line(1, len(whole), whole.strip().removeprefix(_BOM))
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UnusableInput("the gzip stream is broken") from error


def releases_in(text: bytes) -> Iterator[Found]:
    """Each release of a document, and each part of it that is none."""
    try:
        document = decode(text)
    except Unreadable:
        return _cut_apart(text)
    return _in_document(document)


def decode(text: bytes) -> Any:
    """JSON with exact numbers. ``NaN``, which programs write for what is missing, is null. Raises Unreadable."""
    try:
        return _decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if not _NO_JSON.search(text):
            raise Unreadable from error
    try:
        document = json.loads(text.decode(), parse_float=_number, parse_constant=_constant)
        # A surrogate without its other half is no text that could be recorded.
        msgspec.json.encode(document)
    except (ValueError, RecursionError) as error:
        raise Unreadable from error
    return document


def _number(text: str) -> Decimal | list[str]:
    """A list, which nothing takes for a number, where the exponent has more digits than a Decimal can have."""
    try:
        return Decimal(text)
    except ArithmeticError:
        return [text]


def _constant(name: str) -> list[str] | None:
    return None if name == "NaN" else [name]


_decode: Final = msgspec.json.Decoder(float_hook=_number).decode


class _PutBack:
    """A stream that begins again with what was read of it, for what cannot be rewound."""

    def __init__(self, begun: bytes, rest: BinaryIO) -> None:
        self._begun, self._rest = BytesIO(begun), rest

    def readline(self, limit: int = -1) -> bytes:
        return self._begun.readline(limit) or self._rest.readline(limit)


def _begun(stream: BinaryIO) -> tuple[bytes, BinaryIO]:
    """The first line that is not blank, with all before it, and the stream behind it; both in UTF-8."""
    begun = stream.readline(MAX_DOCUMENT_BYTES)
    encoding = json.detect_encoding(begun[:4])
    if not encoding.startswith("utf-8"):
        text = begun + stream.read(MAX_DOCUMENT_BYTES)
        try:
            stream = BytesIO(text.decode(encoding).encode())
        except UnicodeError:
            return text, BytesIO()
        begun = stream.readline()
    return (begun if begun.strip() else begun + _next_line(stream)), stream


def _next_line(stream: BinaryIO) -> bytes:
    """To the end of the next line that is not blank."""
    text = line = stream.readline(MAX_DOCUMENT_BYTES)
    while line and not line.strip():
        text += (line := stream.readline(MAX_DOCUMENT_BYTES))
    return text


def _from_beginning(begun: bytes, rest: BinaryIO) -> BinaryIO:
    if not rest.seekable():
        return cast(BinaryIO, _PutBack(begun, rest))
    rest.seek(0)
    return rest


def _is_json(text: bytes) -> bool:
    try:
        decode(text.strip().removeprefix(_BOM))
    except Unreadable:
        return False
    return True


def _lies_in_lines(text: bytes) -> bool:
    """Whether at least half of the lines are JSON by themselves: then the first line alone is broken."""
    found = [_is_json(line) for line in text.splitlines() if line.strip()]
    return len(found) > 1 and 2 * sum(found) >= len(found)


def _plain(found: Iterator[Line]) -> Iterator[Line]:
    for line in found:
        yield line._replace(text=line.text.removeprefix(_BOM))


def _in_document(document: Any) -> Iterator[Found]:
    if not isinstance(document, list):
        return _found(document, "")
    if not document:
        return iter([Found("", None, wrong("", NO_RELEASE))])
    return (found for index, each in enumerate(document) for found in _found(each, f"[{index}]"))


def _found(document: Any, path: str) -> Iterator[Found]:
    """The releases of a package or of a record, or the release that the document is."""
    if isinstance(document, dict):
        for name in ("releases", "records"):
            if name in document:
                yield from _in_list(document[name], name, f"{path}.{name}" if path else name)
                return
        if "ocid" in document:
            yield Found(path, document)
            return
    yield Found(path, None, wrong(path, NO_RELEASE))


def _in_list(found: Any, name: str, path: str) -> Iterator[Found]:
    if not isinstance(found, list) or not found:
        yield Found(path, None, wrong(path, _SHAPE if found else NO_RELEASE))
        return
    for index, each in enumerate(found):
        yield from _in_package(each, name, f"{path}[{index}]")


def _in_package(each: Any, name: str, path: str) -> Iterator[Found]:
    if not isinstance(each, dict):
        yield Found(path, None, wrong(path))
    elif name == "releases":
        yield Found(path, each)
    elif isinstance(each.get("compiledRelease"), dict):
        yield Found(f"{path}.compiledRelease", each["compiledRelease"])
    elif isinstance(each.get("releases"), list):
        yield from _in_list(each["releases"], "releases", f"{path}.releases")
    else:
        yield Found(path, None, wrong(path, NO_RELEASE))


def _cut_apart(text: bytes) -> Iterator[Found]:
    """The releases of a document that is no JSON as a whole, and each piece of it that is none."""
    array = _ARRAY.match(text)
    if array is None:
        yield Found("", None, wrong("", _UNREADABLE), text)
        return
    name = (array.group(1) or b"").decode()
    all_read, end = True, array.end()
    for index, (begin, end) in enumerate(spans(text, array.end())):
        path, piece = f"{name}[{index}]", text[begin:end]
        try:
            each = decode(piece)
        except Unreadable:
            all_read = False
            yield Found(path, None, wrong(path, _UNREADABLE), piece)
        else:
            yield from _in_package(each, name, path) if name else _found(each, path)
    if all_read:
        # The fault lies behind the last of them, and nobody can say what else stood there.
        yield Found("", None, wrong("", _UNREADABLE), text[end:])
