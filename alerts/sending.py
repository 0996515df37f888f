"""Sends a page of messages to the broker, and tells what became of each."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from alerts.outbox import Outgoing, Unfit, Waiting

Refusals = tuple[type[BaseException], ...]
"""The errors for which the message itself is the reason: it will be refused however often it is sent."""


class Producer(Protocol):
    """The part of aiokafka's producer that is needed; it must be configured with ``acks=all``."""

    async def send(self, topic: str, **record: Any) -> "asyncio.Future[Any]": ...


@dataclass(slots=True)
class Sent:
    """What became of a page, by the numbers of its messages.

    ``unfit`` messages are themselves the reason why they were refused. ``failed`` has for each topic the
    first message that failed for another reason. ``broken`` are the topics for which another producer is
    needed: an idempotent producer numbers the messages of each partition, and after the broker has refused
    a numbered message, it accepts nothing more for that partition from this producer.
    """

    arrived: set[int] = field(default_factory=set)
    unfit: dict[int, Unfit] = field(default_factory=dict)
    failed: dict[str, tuple[Waiting, BaseException]] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)


async def send(
    producer: Producer, page: Sequence[Waiting], refusals: Refusals, may_send: Callable[[], bool] = lambda: True
) -> Sent:
    """Send the messages of ``page`` in their order, and wait for the broker's answers.

    The order within a partition is kept. After a failure, no more messages of that topic are handed to the
    producer, and the broker accepts no earlier one that comes behind the gap. Nothing is handed over any more once
    ``may_send`` says no.
    """
    sent = Sent()
    answers: list[tuple[Waiting, asyncio.Future[Any]]] = []
    for row in page:
        if row.message is None:
            sent.unfit[row.number] = Unfit(row.unreadable, None)
        elif row.topic not in sent.failed and may_send():
            try:
                answers.append((row, await _hand_over(producer, row.message)))
            except refusals as error:
                sent.unfit[row.number] = _unfit(row.message, error)
            except Exception as error:  # noqa: BLE001 - whatever it is, the message stays where it is
                sent.failed[row.topic] = (row, error)
    await _collect(answers, refusals, sent)
    return sent


async def _hand_over(producer: Producer, message: Outgoing) -> "asyncio.Future[Any]":
    """Wait until the producer has taken the message; the future is the broker's answer."""
    return await producer.send(
        message.topic,
        key=message.key,
        value=message.value,
        partition=message.partition,
        headers=list(message.headers),
    )


async def _collect(answers: "Sequence[tuple[Waiting, asyncio.Future[Any]]]", refusals: Refusals, sent: Sent) -> None:
    answered = await asyncio.gather(*(answer for _, answer in answers), return_exceptions=True)
    for (row, _), answer in zip(answers, answered, strict=True):
        if isinstance(answer, refusals) and row.message is not None:
            sent.unfit[row.number] = _unfit(row.message, answer)
            sent.broken.add(row.topic)
        elif isinstance(answer, BaseException):
            # Behind a refused message, all others of its partition fail with this producer. They are not
            # to blame, and another producer will send them.
            if row.topic not in sent.broken:
                sent.failed[row.topic] = (row, answer)
            sent.broken.add(row.topic)
        else:
            sent.arrived.add(row.number)


def _unfit(message: Outgoing, error: BaseException) -> Unfit:
    return Unfit(type(error).__name__, message.size)
