"""Robots of a group chat: one address, one text, and an answer whose number says how it went."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import aiohttp

from alerts.channels.channel import Accepted, Answer, Failed, Later, Letter, code_of
from alerts.channels.http_answers import Said, ask, client

Now = Callable[[], datetime]


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Request:
    """What is posted: where to, and the body in plain JSON types."""

    url: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one maker's robots are spoken to.

    ``code_field`` of the answer is 0 where the message was taken, ``too_fast`` are the numbers that mean so, with
    the time to wait; ``busy`` are those that pass by themselves. Every other number means that the message, the
    address or the signature is wrong, and would be wrong again.
    """

    kind: str
    per_minute: int
    code_field: str
    too_fast: Mapping[int, timedelta]
    busy: frozenset[int]
    request: Callable[["Robot", Letter, datetime], Request]


@dataclass(frozen=True, slots=True, repr=False)
class Robot:
    """One robot of the settings. ``url`` holds its key, and ``secret`` signs: both are secrets."""

    name: str
    dialect: Dialect
    url: str
    secret: str | None = None
    private_addresses: bool = False
    unlimited: bool = False
    now: Now = _now

    @property
    def kind(self) -> str:
        return self.dialect.kind

    @property
    def reaches(self) -> None:
        return None

    @property
    def per_minute(self) -> int | None:
        return None if self.unlimited else self.dialect.per_minute

    @property
    def at_once(self) -> int:
        return _AT_ONCE

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["OpenRobot"]:
        async with client(private_addresses=self.private_addresses) as opened:
            yield OpenRobot(self, opened)


_AT_ONCE: Final = 5


@dataclass(frozen=True, slots=True)
class OpenRobot:
    robot: Robot
    client: aiohttp.ClientSession

    async def send(self, letter: Letter) -> Answer:
        request = self.robot.dialect.request(self.robot, letter, self.robot.now())
        body = json.dumps(request.body, ensure_ascii=False).encode()
        said = await ask(self.client, request.url, body, {"X-Request-Id": letter.letter_id})
        return self._meaning(said.document) if isinstance(said, Said) else said

    def _meaning(self, document: Any) -> Answer:
        dialect = self.robot.dialect
        code = code_of(document, dialect.code_field)
        if code == 0:
            return Accepted()
        if code is None:
            return Later("no-answer-of-a-robot")
        if code in dialect.too_fast:
            return Later(f"{dialect.code_field}-{code}", dialect.too_fast[code])
        if code in dialect.busy:
            return Later(f"{dialect.code_field}-{code}")
        return Failed(f"{dialect.code_field}-{code}")


def cut(text: str, most_bytes: int) -> str:
    """``text`` as far as ``most_bytes`` of UTF-8 carry it, with no half character."""
    encoded = text.encode()
    if len(encoded) <= most_bytes:
        return text
    return encoded[: most_bytes - len("…".encode())].decode(errors="ignore") + "…"
