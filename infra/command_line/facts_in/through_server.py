"""Messages sent to the server that holds the data folder."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from http import HTTPStatus
from operator import attrgetter
from typing import Any, Final

import aiohttp
import msgspec
from tenacity import RetryCallState, RetryError, retry, retry_if_exception_type, stop_after_attempt

from domain.errors import MonitorError
from domain.facts.taken_deliveries import DeliveryBegun, DeliveryTaken
from domain.sources.bounds import BOUNDS, Bounds, bounds_record
from infra.deliveries.sender import Answer, Refused
from streams.node.commands import RegisterSource

_SERVER_CHUNK: Final = 1_000
"""Not more than a server lists rejections in one answer."""
_TRIES: Final = 6


class _Message(msgspec.Struct):
    source: str | None = None


_decode: Final = msgspec.json.Decoder(_Message).decode


class NotSent(MonitorError):
    """The server did not take the messages; the text says what it answered."""


class _Busy(MonitorError):
    """The server takes nothing now; ``retry_after`` in seconds, 0 where it does not say."""

    def __init__(self, retry_after: float) -> None:
        super().__init__("too many requests")
        self.retry_after = retry_after


def _wait(state: RetryCallState) -> float:
    """What the server asked for, else 1, 2, 4 … seconds."""
    error = state.outcome and state.outcome.exception()
    asked = error.retry_after if isinstance(error, _Busy) else 0.0
    return asked or 2.0 ** (state.attempt_number - 1)


_PATIENTLY: Final = retry(
    retry=retry_if_exception_type((_Busy, aiohttp.ClientError, TimeoutError)),
    stop=stop_after_attempt(_TRIES),
    wait=_wait,
)


class ThroughServer:
    chunk = _SERVER_CHUNK

    def __init__(self, session: aiohttp.ClientSession, token_of: Callable[[str], str]) -> None:
        self._session = session
        self._token_of = cache(token_of)

    async def send(self, messages: Sequence[bytes], delivery_id: str | None = None) -> Answer:
        """In a call for each source: nobody may send for several, not even an operator."""
        by_source: dict[str | None, list[int]] = {}
        for index, message in enumerate(messages):
            by_source.setdefault(_source(message), []).append(index)
        answers = [
            _placed(await self._send([messages[index] for index in places], source, delivery_id), places)
            for source, places in by_source.items()
        ]
        return Answer(
            sum(answer.accepted for answer in answers),
            sum(answer.duplicates for answer in answers),
            tuple(sorted((each for answer in answers for each in answer.rejected), key=attrgetter("index"))),
            tuple(verdict for answer in answers for verdict in answer.verdicts),
        )

    async def in_force(self) -> dict[str, Bounds | None]:
        try:
            listed = await self._registered()
        except RetryError:
            raise NotSent(f"the server did not say in {_TRIES} tries which sources are registered") from None
        return {each["source"]: BOUNDS.validate_python(each) if each["ended_at"] is None else None for each in listed}

    async def register(self, command: RegisterSource) -> None:
        body = {"source": command.source, **bounds_record(command.bounds)}
        async with self._session.post("/api/v1/sources", json=body) as response:
            if response.status != HTTPStatus.OK:
                raise NotSent(f"the server answered {response.status} to the registration of {command.source}")

    @_PATIENTLY
    async def _registered(self) -> list[dict[str, Any]]:
        async with self._session.get("/api/v1/sources") as response:
            if response.status == HTTPStatus.TOO_MANY_REQUESTS:
                raise _Busy(float(response.headers.get("Retry-After", 0)))
            if response.status != HTTPStatus.OK:
                raise NotSent(f"the server answered {response.status} when asked for the registered sources")
            listed: list[dict[str, Any]] = (await response.json(content_type=None))["registered"]
            return listed

    async def _send(self, messages: Sequence[bytes], source: str | None, delivery_id: str | None) -> Answer:
        try:
            return await self._sent(b"\n".join(messages), source, delivery_id)
        except RetryError:
            raise NotSent(f"the server did not take the messages in {_TRIES} tries") from None

    async def record(self, said: DeliveryBegun | DeliveryTaken, at: datetime) -> None:
        body = {**said.model_dump(mode="json", exclude_none=True), "at": at.isoformat()}
        call = "begun" if isinstance(said, DeliveryBegun) else "taken"
        headers = self._in_the_name_of(said.source)
        async with self._session.post(f"/api/v1/deliveries/{call}", json=body, headers=headers) as response:
            if response.status != HTTPStatus.NO_CONTENT:
                raise NotSent(f"the server answered {response.status} to what came of the delivery")

    # Sending again is safe: what was committed is answered as a duplicate.
    @_PATIENTLY
    async def _sent(self, body: bytes, source: str | None, delivery_id: str | None) -> Answer:
        status, retry_after, document = await self._post(body, source, delivery_id)
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            raise _Busy(retry_after)
        if "accepted" in document and status in (HTTPStatus.ACCEPTED, HTTPStatus.BAD_REQUEST):
            return _answer(document)
        raise NotSent(f"the server answered {status}: {document.get('detail') or document.get('title')}")

    async def _post(
        self, body: bytes, source: str | None, delivery_id: str | None
    ) -> tuple[int, float, dict[str, Any]]:
        headers = {"Content-Type": "application/x-ndjson"} | ({"Delivery-Id": delivery_id} if delivery_id else {})
        headers |= self._in_the_name_of(source)
        async with self._session.post("/api/v1/events", data=body, headers=headers) as response:
            retry_after = float(response.headers.get("Retry-After", 0))
            return response.status, retry_after, await response.json(content_type=None)

    def _in_the_name_of(self, source: str | None) -> dict[str, str]:
        return {} if source is None else {"Authorization": f"Bearer {self._token_of(source)}"}


def _source(message: bytes) -> str | None:
    """The source of a message; None where it cannot be read."""
    try:
        return _decode(message).source or None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _placed(answer: Answer, places: Sequence[int]) -> Answer:
    """With the places of what was refused among all messages."""
    return replace(answer, rejected=tuple(replace(each, index=places[each.index]) for each in answer.rejected))


def _answer(document: dict[str, Any]) -> Answer:
    rejected = (
        Refused(each["index"], each.get("quarantine_id"), tuple(each["errors"]), each.get("partial", False))
        for each in document["rejected"]
    )
    verdicts = tuple(document.get("verdicts", ()))
    return Answer(document["accepted"], document["duplicates"], tuple(rejected), verdicts)
