"""SMS 短信: one POST to a gateway, whose body is a template of the settings.

Gateways differ in the names of their fields alone: the operator writes the body down once, with ``{{ phone }}``,
``{{ text }}`` and ``{{ letter_id }}`` in it. Where the gateway answers HTTP 200 also to what it refuses, the settings
name the field that tells.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import aiohttp
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from alerts.channels.channel import Accepted, Answer, Failed, Later, Letter
from alerts.channels.http_answers import Said, ask, client

_AT_ONCE: Final = 5
_JINJA: Final = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)


@dataclass(frozen=True, repr=False)
class SmsGateway:
    """``accepted_field`` of the answer says ``accepted_value`` where the message was taken."""

    name: str
    url: str
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)
    accepted_field: str | None = None
    accepted_value: str = ""
    private_addresses: bool = False
    per_minute: int | None = None
    kind: str = "sms"
    reaches: str = "phone"
    at_once: int = _AT_ONCE

    @cached_property
    def template(self) -> Any:
        return _JINJA.from_string(self.body)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["OpenGateway"]:
        async with client(private_addresses=self.private_addresses) as opened:
            yield OpenGateway(self, opened)


@dataclass(frozen=True, slots=True)
class OpenGateway:
    gateway: SmsGateway
    client: aiohttp.ClientSession

    async def send(self, letter: Letter) -> Answer:
        gateway = self.gateway
        body = gateway.template.render(phone=letter.address, text=letter.subject, letter_id=letter.letter_id)
        headers = {**gateway.headers, "Idempotency-Key": letter.letter_id}
        said = await ask(self.client, gateway.url, body.encode(), headers)
        return self._meaning(said.document) if isinstance(said, Said) else said

    def _meaning(self, document: Any) -> Answer:
        wanted = self.gateway.accepted_field
        if wanted is None:
            return Accepted()
        if not isinstance(document, Mapping) or wanted not in document:
            return Later("no-answer-of-a-gateway")
        return Accepted() if str(document[wanted]) == self.gateway.accepted_value else Failed("gateway-refused")
