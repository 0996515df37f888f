"""Request bodies, read in pieces and counted *after* decompression.

aiohttp's own limit neither covers a streamed body nor what a decompressor makes of it, so
the server runs with ``auto_decompress=False`` and bytes are inflated here, a bounded piece
at a time.
"""

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterator
from http import HTTPStatus
from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from infra.http.problems import Problem, invalid

PIECE_BYTES = 256 * 1024
STALLED_SECONDS = 30.0
SMALL_BODY_BYTES = 64 * 1024
_GZIP_WINDOW = 16 + zlib.MAX_WBITS

M = TypeVar("M", bound=BaseModel)


async def pieces(request: web.Request) -> AsyncIterator[bytes]:
    """The body as it was before compression, in pieces of at most 256 KiB."""
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
        if inflate is None:
            yield piece
        else:
            for inflated in inflate.feed(piece):
                yield inflated
    if inflate is not None:
        inflate.close()


async def whole(request: web.Request, *, largest: int) -> bytes:
    """The whole body; 413 as soon as it is known to be above ``largest`` bytes."""
    if (request.content_length or 0) > largest:
        raise too_large(largest)
    body = bytearray()
    async for piece in pieces(request):
        body += piece
        if len(body) > largest:
            raise too_large(largest)
    return bytes(body)


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

    def feed(self, compressed: bytes) -> Iterator[bytes]:
        try:
            while compressed:
                self._begun = True
                piece = self._member.decompress(compressed, PIECE_BYTES)
                if piece:
                    yield piece
                compressed = self._remaining()
        except zlib.error:
            raise _unreadable() from None

    def close(self) -> None:
        if self._begun:
            raise _unreadable()

    def _remaining(self) -> bytes:
        if not self._member.eof:
            return self._member.unconsumed_tail
        following = self._member.unused_data
        self._member = zlib.decompressobj(_GZIP_WINDOW)
        self._begun = False
        return following


def _unreadable() -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, "unreadable", "The gzip body is damaged or cut short.")
