"""Where the application keeps what its handlers need, and a request its signed-in party."""

from collections.abc import Sequence
from typing import Any, Protocol

from aiohttp import web

from domain.access import Actor
from infra.decisions import ClueDecision, NoticeReading
from infra.identity.access import Access
from infra.installation import Installation
from streams.one_machine.node import Receipt


class Node(Protocol):
    """Whoever records what handlers are told: see :class:`streams.one_machine.node.Embedded`."""

    @property
    def ready(self) -> bool: ...

    @property
    def waiting(self) -> int: ...

    async def ingest(
        self, messages: Sequence[bytes], *, urgent: bool, allowed_source: str | None = None
    ) -> Receipt: ...

    async def decide(self, decision: ClueDecision | NoticeReading) -> Any: ...

    async def resubmit(self, quarantine_id: str, body: bytes | None, actor: Actor) -> Receipt: ...

    async def record_reading(self, person_id: str, actor: Actor, reason: str) -> None: ...

    async def news(self, seconds: float) -> bool: ...


INSTALLATION = web.AppKey("installation", Installation)
NODE: web.AppKey[Node] = web.AppKey("node")
ACCESS = web.AppKey("access", Access)
ACTOR = web.RequestKey("actor", Actor)
