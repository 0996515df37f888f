"""An HTTP feed that is asked for what came behind a cursor."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Final

import aiohttp
import msgspec

from infra.deliveries.pulls.configuration import HttpFeed, PullFailed
from infra.deliveries.pulls.fetched import Fetched, secret_in

_PIECE: Final = 1 << 16
_LONGEST_CURSOR: Final = 2_000
_MOST_ANSWERS: Final = 1_000
"""In one look: a feed whose cursor never rests must not hold up the others."""
_TIMES: Final = aiohttp.ClientTimeout(total=None, connect=30, sock_read=60)


async def pull_feed(feed: HttpFeed, folder: Path, *, most_bytes: int) -> AsyncGenerator[Path]:
    """Put what is new into ``folder``, an answer a file. Raises PullFailed; what was put before stays."""
    fetched = Fetched(folder, f"{feed.place}#{feed.name}", most_bytes=most_bytes)
    headers = {"Authorization": f"Bearer {secret_in(folder / feed.token_file)}"} if feed.token_file else {}
    try:
        async with aiohttp.ClientSession(timeout=_TIMES, headers=headers) as session:
            for _ in range(_MOST_ANSWERS):
                state = fetched.remembered()
                path, following = await _answer(session, feed, fetched, state)
                if following is None:
                    break
                # Behind the file: a cursor that went ahead of it would lose what lies between.
                fetched.remember({"cursor": following, "number": state.get("number", 0) + (path is not None)})
                if path is not None:
                    yield path
    except (aiohttp.ClientError, OSError) as error:
        raise PullFailed(feed.place, f"cannot be fetched ({type(error).__name__})") from error


async def _answer(
    session: aiohttp.ClientSession, feed: HttpFeed, fetched: Fetched, state: Mapping[str, Any]
) -> tuple[Path | None, str | None]:
    """The file, and the next cursor; a cursor that stays is no news."""
    cursor = state.get("cursor", feed.start)
    asked = {} if cursor is None else {feed.since: cursor}
    # A redirect would carry the token to whoever it names.
    async with session.get(feed.url, params=asked, allow_redirects=False) as response:
        if response.status == 204:
            return None, None
        if response.status != 200:
            raise PullFailed(feed.place, f"answers {response.status}")
        name = _numbered(feed.name, state.get("number", 0) + 1)
        if feed.cursor_header is not None:
            following = _next(feed, response.headers.get(feed.cursor_header), cursor)
            body = response.content.iter_chunked(_PIECE)
            return (None, None) if following is None else (await fetched.put(name, body), following)
        document = await _document(feed, response, fetched.most_bytes)
        following = _next(feed, document.get(feed.cursor_field or ""), cursor)
        return (None, None) if following is None else (await fetched.put(name, _lines(feed, document)), following)


def _next(feed: HttpFeed, found: Any, cursor: str | None) -> str | None:
    """Numbers are taken as they are written; null says that there is nothing more."""
    if isinstance(found, msgspec.Raw):
        found = msgspec.json.decode(found) if bytes(found)[:1] in b'"n' else bytes(found).decode()
        if found is None:
            return None
    if not isinstance(found, str) or not found or len(found) > _LONGEST_CURSOR or not found.isprintable():
        raise PullFailed(feed.place, "the answer names no next cursor, so that it could not be asked for what follows")
    return None if found == cursor else found


async def _document(feed: HttpFeed, response: aiohttp.ClientResponse, most_bytes: int) -> dict[str, msgspec.Raw]:
    content = bytearray()
    async for piece in response.content.iter_chunked(_PIECE):
        content += piece
        if len(content) > most_bytes:
            raise PullFailed(feed.place, f"more than {most_bytes:,} bytes (limits.upload_bytes)")
    try:
        return msgspec.json.decode(content, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PullFailed(feed.place, "the answer is no JSON document") from error


async def _lines(feed: HttpFeed, document: Mapping[str, msgspec.Raw]) -> AsyncIterator[bytes]:
    """One message a line, as it came: what is wrong with one is found where it is read."""
    try:
        items = msgspec.json.decode(document[feed.items_field], type=list[msgspec.Raw])
    except (KeyError, msgspec.DecodeError) as error:
        raise PullFailed(feed.place, f"the answer has no list in {feed.items_field!r}") from error
    for item in items:
        yield msgspec.json.format(bytes(item), indent=-1) + b"\n"


def _numbered(name: str, number: int) -> str:
    path = Path(name)
    return f"{path.stem}-{number:06d}{path.suffix}"
