"""Request bodies, read in pieces and counted *after* decompression.

aiohttp's own limit neither covers a streamed body nor what a decompressor makes of it, so
the server runs with ``auto_decompress=False`` and bytes are inflated here, a bounded piece
at a time. Between two pieces everybody else has a turn of the event loop.
"""

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterator
from http import HTTPStatus
from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from infra.http.problems import Problem, invalid

PIECE_BYTES = 64 * 1024
"""Looked through in about a millisecond."""
STALLED_SECONDS = 30.0
SMALL_BODY_BYTES = 64 * 1024
LARGEST_RATIO = 250
"""Facts that differ in little more than their ids become some 75 times smaller, nothing more than 1,030 times."""
SMALL_BOMB_BYTES = 1024 * 1024
_GZIP_WINDOW = 16 + zlib.MAX_WBITS

M = TypeVar("M", bound=BaseModel)


async def pieces(request: web.Request) -> AsyncIterator[bytes]:
    """The body as it was before compression, in pieces of at most 64 KiB.

    Raises Problem (413) for a body that compression made smaller than it makes facts.
    """
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", "x-gzip"):
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "content_encoding",
            "Of the content encodings only gzip is understood.",
            headers={"Accept-Encoding": "gzip"},
        )
    inflate = None if encoding == "identity" else _Gzip()
    while piece := await _next_piece(request):
        for part in inflate.feed(piece) if inflate else (piece,):
            if part:
                yield part
            # A read is answered at once while more has arrived already, so it gives nobody else a turn.
            await asyncio.sleep(0)
    if inflate is not None:
        inflate.close()


async def whole(request: web.Request, *, largest: int) -> bytes | bytearray:
    """The whole body; 413 as soon as it is known to be above ``largest`` bytes."""
    if (request.content_length or 0) > largest:
        raise too_large(largest)
    body = bytearray()
    async for piece in pieces(request):
        body += piece
        if len(body) > largest:
            raise too_large(largest)
    # Copying 32 MiB would take too long.
    return body if len(body) > PIECE_BYTES else bytes(body)


async def read_model(request: web.Request, model: type[M]) -> M:
    """A small JSON body as ``model``; an empty body counts as an empty object."""
    if request.content_type not in ("application/json", "application/octet-stream"):
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "content_type", "The body must be application/json.")
    body = await whole(request, largest=SMALL_BODY_BYTES)
    try:
        return model.model_validate_json(body or b"{}")
    except ValidationError as error:
        raise invalid(error, where="body") from None


def too_large(largest: int) -> Problem:
    return Problem(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "too_large",
        f"The body may hold at most {largest} bytes after decompression.",
    )


async def _next_piece(request: web.Request) -> bytes:
    try:
        async with asyncio.timeout(STALLED_SECONDS):
            return await request.content.read(PIECE_BYTES)
    except TimeoutError:
        raise Problem(HTTPStatus.REQUEST_TIMEOUT, "stalled", "The body stopped arriving.") from None


class _Gzip:
    """Inflates gzip members one after another, never more than one piece at a time."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP_WINDOW)
        self._begun = False
        self._taken = 0
        self._made = 0

    def feed(self, compressed: bytes) -> Iterator[bytes]:
        """What becomes of it, in pieces; an empty one for a member that holds nothing."""
        self._taken += len(compressed)
        try:
            while compressed:
                self._begun = True
                piece = self._member.decompress(compressed, PIECE_BYTES)
                compressed = self._remaining()
                self._count(len(piece), self._taken - len(compressed))
                yield piece
        except zlib.error:
            raise _unreadable() from None

    def close(self) -> None:
        if self._begun:
            raise _unreadable()

    def _count(self, made: int, taken: int) -> None:
        self._made += made
        if self._made > SMALL_BOMB_BYTES and self._made > taken * LARGEST_RATIO:
            raise Problem(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                "too_large",
                f"The body is more than {LARGEST_RATIO} times as large as it was sent; send it uncompressed.",
            )

    def _remaining(self) -> bytes:
        if not self._member.eof:
            return self._member.unconsumed_tail
        following = self._member.unused_data
        self._member = zlib.decompressobj(_GZIP_WINDOW)
        self._begun = False
        return following


def _unreadable() -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, "unreadable", "The gzip body is damaged or cut short.")
