"""Which encoding a text file is in, and its bytes as lines."""

import codecs
from io import BufferedReader, RawIOBase
from typing import BinaryIO, Final, cast

from streams.importers.record import UnusableInput

_MARKS: Final = {
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
    b"\xef\xbb\xbf": "utf-8",
}
_OTHER_FILES: Final = {
    b"PK\x03\x04": "an Excel workbook or a zip file",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"PAR1": "a Parquet file",
    b"\x1f\x8b": "a gzip file",
    b"%PDF": "a PDF file",
}
_SAMPLE: Final = 1024 * 1024
_CHUNK: Final = 256 * 1024


def beginning_of(stream: BinaryIO) -> bytes:
    """Enough of a text to find out what it is; raises :class:`UnusableInput` where it is another kind of file."""
    beginning = stream.read(_SAMPLE)
    for start, what in _OTHER_FILES.items():
        if beginning.startswith(start):
            raise UnusableInput(f"this is {what}; a CSV file is expected")
    return beginning


def likely_encodings(beginning: bytes, given: str | None) -> tuple[str, ...]:
    """The one that is given, else those that it may be, the likeliest first."""
    if beginning.startswith(tuple(_MARKS)) and given is None:
        return ("utf-8-sig",) if beginning.startswith(codecs.BOM_UTF8) else (encoding_of(beginning),)
    found = codecs.lookup(given).name.removesuffix("-sig") if given else ""
    if found == "utf-8" and beginning.startswith(codecs.BOM_UTF8):
        return ("utf-8-sig",)
    if found and (found != "utf-16" or beginning.startswith(tuple(_MARKS))):
        return (found,)
    # UTF-16 without a mark: the order of its bytes is found out too.
    among = ("utf-16-le", "utf-16-be") if found else ("utf-8", "gb18030", "utf-16-le", "utf-16-be")
    guessed = encoding_of(beginning)
    return tuple(sorted(among, key=lambda name: name != guessed))


def text_lines(beginning: bytes, rest: BinaryIO, encoding: str) -> BinaryIO:
    """A text from its beginning.

    Text of which a line break is more than one byte comes as UTF-8, so that it can be read by lines. Bytes that are no
    text stay such, and make their own line unreadable.
    """
    return cast(BinaryIO, BufferedReader(_Text(beginning, rest, encoding), _CHUNK))


def by_lines(encoding: str) -> str:
    """The encoding of the lines that :func:`text_lines` gives."""
    return "utf-8" if encoding.startswith(("utf-8", "utf-16", "utf-32")) else encoding


def encoding_of(beginning: bytes) -> str:
    """By the mark; else UTF-16, which has a zero in each pair of bytes of ASCII; else what most lines are in."""
    for mark, name in _MARKS.items():
        if beginning.startswith(mark):
            return name
    sample = beginning[:4_000]
    if sample[1::2].count(0) > len(sample) // 8:
        return "utf-16-le"
    if sample[0::2].count(0) > len(sample) // 8:
        return "utf-16-be"
    # The last line of a sample may be cut within a character.
    lines = beginning.splitlines()[: -1 if len(beginning) == _SAMPLE else None]
    foreign = [line for line in lines if not line.isascii()]
    readable = sum(is_text(line, "utf-8") for line in foreign)
    return "utf-8" if 2 * readable >= len(foreign) else "gb18030"


def is_text(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def line_text(raw: bytes, encoding: str) -> str | None:
    """The text of a line; None where it is none in ``encoding``."""
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return None
    # GB18030 reads most bytes as some character: a name in UTF-8 would become another name.
    if encoding.startswith("gb") and not raw.isascii() and _is_chinese_utf8(raw):
        return None
    return text


def _is_chinese_utf8(raw: bytes) -> bool:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return any("\u3400" <= character <= "\u9fff" for character in text)


class _Text(RawIOBase):
    """What was read of a stream and the rest of it, as bytes that can be read by lines.

    Lines that end with a carriage return alone, as old programs for the Macintosh end them, end with a line feed.
    """

    def __init__(self, beginning: bytes, stream: BinaryIO, encoding: str) -> None:
        self._waiting = beginning
        self._stream = stream
        self._encoding = encoding
        recoded = by_lines(encoding) != encoding.removesuffix("-sig")
        self._decoder = codecs.getincrementaldecoder(encoding)("surrogatepass") if recoded else None
        self._ready = b""
        self._ended = False
        self._has_returns: bool | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        while not self._ready and not self._ended:
            chunk = self._waiting or self._stream.read(_CHUNK)
            self._waiting = b""
            self._ended = not chunk
            self._ready = self._with_line_feeds(self._recoded(chunk) if self._decoder else chunk)
        taken = self._ready[: len(buffer)]
        buffer[: len(taken)] = taken
        self._ready = self._ready[len(taken) :]
        return len(taken)

    def _with_line_feeds(self, text: bytes) -> bytes:
        if self._has_returns is None and text:
            self._has_returns = b"\r" in text and b"\n" not in text
        return text.replace(b"\r", b"\n") if self._has_returns else text

    def _recoded(self, chunk: bytes) -> bytes:
        assert self._decoder is not None
        try:
            return self._decoder.decode(chunk, final=not chunk).encode("utf-8", "surrogatepass")
        except UnicodeError as error:
            if not chunk:
                return b"\xff"  # The last character is cut off; this is no UTF-8, and refuses its line.
            raise UnusableInput(f"the file is not text in the encoding {self._encoding}") from error
