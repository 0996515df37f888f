"""Messages sent to the server that holds the data folder."""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

import aiohttp
from tenacity import RetryCallState, RetryError, retry, retry_if_exception_type, stop_after_attempt

from domain.errors import MonitorError
from domain.facts.taken_deliveries import DeliveryBegun, DeliveryTaken
from infra.deliveries.sender import Answer, Refused

_SERVER_CHUNK: Final = 1_000
"""Not more than a server lists rejections in one answer."""
_TRIES: Final = 6


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


class ThroughServer:
    chunk = _SERVER_CHUNK

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def send(self, messages: Sequence[bytes], delivery_id: str | None = None) -> Answer:
        try:
            return await self._sent(b"\n".join(messages), delivery_id)
        except RetryError:
            raise NotSent(f"the server did not take the messages in {_TRIES} tries") from None

    async def record(self, said: DeliveryBegun | DeliveryTaken, at: datetime) -> None:
        body = {**said.model_dump(mode="json", exclude_none=True), "at": at.isoformat()}
        call = "begun" if isinstance(said, DeliveryBegun) else "taken"
        async with self._session.post(f"/api/v1/deliveries/{call}", json=body) as response:
            if response.status != HTTPStatus.NO_CONTENT:
                raise NotSent(f"the server answered {response.status} to what came of the delivery")

    # Sending again is safe: what was committed is answered as a duplicate.
    @retry(
        retry=retry_if_exception_type((_Busy, aiohttp.ClientError, TimeoutError)),
        stop=stop_after_attempt(_TRIES),
        wait=_wait,
    )
    async def _sent(self, body: bytes, delivery_id: str | None) -> Answer:
        status, retry_after, document = await self._post(body, delivery_id)
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            raise _Busy(retry_after)
        if "accepted" in document and status in (HTTPStatus.ACCEPTED, HTTPStatus.BAD_REQUEST):
            return _answer(document)
        raise NotSent(f"the server answered {status}: {document.get('detail') or document.get('title')}")

    async def _post(self, body: bytes, delivery_id: str | None) -> tuple[int, float, dict[str, Any]]:
        headers = {"Content-Type": "application/x-ndjson"} | ({"Delivery-Id": delivery_id} if delivery_id else {})
        async with self._session.post("/api/v1/events", data=body, headers=headers) as response:
            retry_after = float(response.headers.get("Retry-After", 0))
            return response.status, retry_after, await response.json(content_type=None)


def _answer(document: dict[str, Any]) -> Answer:
    rejected = (
        Refused(each["index"], each.get("quarantine_id"), tuple(each["errors"]), each.get("partial", False))
        for each in document["rejected"]
    )
    verdicts = tuple(document.get("verdicts", ()))
    return Answer(document["accepted"], document["duplicates"], tuple(rejected), verdicts)
