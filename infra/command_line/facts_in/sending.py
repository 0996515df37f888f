"""The ways for messages into the ledger: to the shard, through the server that holds it, by the topics of a cluster."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Final

import click

from domain.access import Actor, Role
from domain.errors import Overloaded
from domain.facts.taken_deliveries import DeliveryBegun, DeliveryTaken
from domain.sources.bounds import Bounds
from infra.command_line.facts_in.registering import RegisteringSender
from infra.command_line.folder import DataFolder
from infra.command_line.local_user import local_user, open_access, operator
from infra.command_line.opening import handing_in, writing
from infra.deliveries.sender import Answer, FolderSender, Refused
from infra.documents.verdicts import verdict_document
from infra.installation import Installation, system_clock
from infra.settings import Settings
from infra.texts.importing import WAITING
from infra.texts.language import Language
from projections.boards.registered_sources import registrations
from streams.node.commands import RecordDelivery, RegisterSource
from streams.node.node import Node

if TYPE_CHECKING:
    from infra.identity.access import Access
    from streams.one_machine.node import EmbeddedNode

_DIRECT_CHUNK: Final = 2_000
_TOKEN_LIFE: Final = timedelta(days=1)


@asynccontextmanager
async def open_sender(settings: Settings, *, register: bool = False) -> AsyncIterator[RegisteringSender]:
    """The shard of the data folder, or the server that holds it; the topics of a cluster. Raises FolderHeld.

    ``register``: what messages say is thereby granted to their sources.
    """
    async with _open(settings) as sender:
        yield RegisteringSender(sender, decided=register)


@asynccontextmanager
async def _open(settings: Settings) -> AsyncIterator[FolderSender]:
    if settings.kafka.brokers:
        async with handing_in(settings) as (installation, node):
            yield _Direct(installation, node)
        return
    url = DataFolder(settings.data).server()
    if url is not None:
        from infra.command_line.facts_in.through_server import ThroughServer  # A client of HTTP loads slowly.
        from infra.command_line.server_session import server_session

        async with server_session(settings, url, operator()) as session:
            yield ThroughServer(session, partial(_token_of, open_access(settings)))
        return
    async with writing(settings) as (installation, node):
        yield _Direct(installation, node)
        await _judge_what_settles(node, settings.language)


async def _judge_what_settles(node: "EmbeddedNode", language: Language) -> None:
    """Nobody else judges it until the folder is opened to be written again."""
    moments = await node.settling()
    if not moments:
        return
    seconds = max(1, ceil((moments[-1] - system_clock()).total_seconds()))
    click.echo(
        language.of(WAITING).format(seconds=seconds, people=len(moments)),
        err=True,
    )
    await node.settled()


def _token_of(access: "Access", source: str) -> str:
    """Whoever owns the folder may sign for every source of it."""
    return access.issue_token(Actor(Role.SOURCE, local_user(), source=source), expires=_TOKEN_LIFE)


class _Direct:
    chunk = _DIRECT_CHUNK

    def __init__(self, installation: Installation, node: Node) -> None:
        self._installation = installation
        self._node = node

    async def send(self, messages: Sequence[bytes], delivery_id: str | None = None) -> Answer:
        while True:
            try:
                receipt = await self._node.ingest(messages, delivery_id=delivery_id, by=operator().submitter)
                break
            except Overloaded as error:
                await asyncio.sleep(error.retry_after)
        rejected = (
            Refused(each.index, each.quarantine_id, tuple(asdict(error) for error in each.errors), each.partial)
            for each in receipt.rejected
        )
        verdicts = tuple(verdict_document(verdict) for verdict in receipt.verdicts)
        return Answer(receipt.accepted, receipt.duplicates, tuple(rejected), verdicts)

    async def record(self, said: DeliveryBegun | DeliveryTaken, at: datetime) -> None:
        content = said.model_dump(mode="json", exclude_none=True)
        await self._node.perform(RecordDelivery(said.KIND, content, operator(), at))

    async def in_force(self) -> dict[str, Bounds | None]:
        with self._installation.database.read() as connection:
            return {each.source: each.granted for each in registrations(connection)}

    async def register(self, command: RegisterSource) -> None:
        await self._node.perform(command)
