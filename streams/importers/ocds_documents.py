"""Files of OCDS cut into documents, and documents into releases: what cannot be read costs only itself.

A document is a release, a package of releases or records, or an array of these: one a line, or one in the
file. Where a document as a whole is no JSON, its releases are cut apart by their brackets.
"""

import gzip
import json
import re
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any, BinaryIO, Final, NamedTuple, cast

import msgspec

from streams.importers.lines import Line, lines
from streams.importers.loose_json import Unreadable, decode, pieces
from streams.importers.record import BEGINNING, Mark, UnusableInput
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
_as_sent: Final = msgspec.json.Encoder(decimal_format="number").encode
_BOM: Final = b"\xef\xbb\xbf"
_BETWEEN: Final = b" \t\r\n,"
_OPENING: Final = (b"{", b"[")
_GOES_ON: Final = (*_OPENING, b",")
_ARRAY: Final = re.compile(rb'\s*(?:\{.*?"(releases|records)"\s*:\s*)?\[', re.DOTALL)
_RELEASE: Final = frozenset({"ocid", "compiledRelease"})
"""What a release has, or a record; they are found again by it behind one that is broken."""


class Found(NamedTuple):
    """What stands at ``path`` of a document: a release, or the error for which it is none.

    ``raw`` is what stood there; None where that was not cut out.
    """

    path: str
    release: dict[str, Any] | None
    error: FieldError | None = None
    raw: bytes | None = None


def as_sent(value: Any) -> bytes:
    """What was read of a document, as JSON again; empty where it is nested too deeply."""
    try:
        return _as_sent(value)
    except RecursionError:
        return b""


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


class _PutBack:
    """A stream that begins again with what was read of it, for what cannot be rewound."""

    def __init__(self, begun: bytes, rest: BinaryIO) -> None:
        self._begun, self._rest = BytesIO(begun), rest

    def readline(self, limit: int = -1) -> bytes:
        return self._begun.readline(limit) or self._rest.readline(limit)


def _begun(stream: BinaryIO) -> tuple[bytes, BinaryIO]:
    """The first line that is not blank, with all before it, and the stream behind it; both in UTF-8."""
    begun = stream.readline(MAX_DOCUMENT_BYTES)
    if len(begun) < 4:
        # Four bytes tell the encoding. In UTF-16 a bracket and a line break are three; a zero belongs to them.
        begun += stream.read(4 - len(begun)) + stream.readline(MAX_DOCUMENT_BYTES)
    encoding = json.detect_encoding(begun[:4])
    if not encoding.startswith("utf-8"):
        text = begun + stream.read(MAX_DOCUMENT_BYTES)
        try:
            stream = BytesIO(_recoded(text, encoding))
        except UnicodeError:
            return text, BytesIO()
        begun = stream.readline()
    return (begun if begun.strip() else begun + _next_line(stream)), stream


def _recoded(text: bytes, encoding: str) -> bytes:
    """In UTF-8; half a character stays none, and makes no more unreadable than the document in which it stands."""
    whole = len(text) - len(text) % (4 if "32" in encoding else 2)
    recoded = text[:whole].decode(encoding, "surrogatepass").encode("utf-8", "surrogatepass")
    return recoded + (b"\xff" if whole < len(text) else b"")


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
    """Whether at least half of the lines are documents by themselves, some of them broken: the first one is.

    In a document over many lines and in a list with an element a line, most lines end with a comma or a bracket.
    """
    found = [line.strip() for line in text.splitlines() if line.strip()]
    alone = sum(_is_json(line) or (line.startswith(_OPENING) and not line.endswith(_GOES_ON)) for line in found)
    return len(found) > 1 and 2 * alone >= len(found)


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
    yield Found(path, None, wrong(path, NO_RELEASE), as_sent(document) if path else None)


def _in_list(found: Any, name: str, path: str) -> Iterator[Found]:
    if not isinstance(found, list) or not found:
        yield Found(path, None, wrong(path, _SHAPE if found else NO_RELEASE), as_sent(found))
        return
    for index, each in enumerate(found):
        yield from _in_package(each, name, f"{path}[{index}]")


def _in_package(each: Any, name: str, path: str) -> Iterator[Found]:
    if not isinstance(each, dict):
        yield Found(path, None, wrong(path), as_sent(each))
    elif name == "releases":
        yield Found(path, each)
    elif isinstance(each.get("compiledRelease"), dict):
        yield Found(f"{path}.compiledRelease", each["compiledRelease"])
    elif isinstance(each.get("releases"), list):
        yield from _in_list(each["releases"], "releases", f"{path}.releases")
    else:
        yield Found(path, None, wrong(path, NO_RELEASE), as_sent(each))


def _cut_apart(text: bytes) -> Iterator[Found]:
    """The releases of a document that is no JSON as a whole, and each piece of it that is none.

    Documents over many lines may also follow each other in one file, without being a list.
    """
    array = _ARRAY.match(text)
    name = (array.group(1) or b"").decode() if array else ""
    all_read, end = True, array.end() if array else 0
    for index, piece in enumerate(pieces(text, end, _RELEASE)):
        end, path, raw = piece.end, f"{name}[{index}]", text[piece.begin : piece.end].rstrip(_BETWEEN)
        if piece.readable:
            yield from _in_package(piece.value, name, path) if name else _found(piece.value, path)
        else:
            all_read = False
            # A document that is unreadable as a whole is no list.
            path = path if array or len(raw) < len(text) else ""
            yield Found(path, None, wrong(path, _UNREADABLE), raw)
    if all_read and (array or text[end:].strip()):
        # The fault lies behind the last of them, and nobody can say what else stood there.
        yield Found("", None, wrong("", _UNREADABLE), text[end:])
