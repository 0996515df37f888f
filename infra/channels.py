"""The channels of the settings, and their queues: run by ``serve`` on one machine, by publishers in a cluster."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import CounterMetricFamily, Metric
from structlog.contextvars import bound_contextvars

from alerts.channel_queue import ChannelQueue, Figures
from alerts.channels.channel import Channel
from alerts.channels.dingtalk import DINGTALK
from alerts.channels.feishu import FEISHU
from alerts.channels.mail import MailServer
from alerts.channels.robot import Dialect, Robot
from alerts.channels.sms import SmsGateway
from alerts.channels.wecom import WECOM
from alerts.database import Database
from alerts.fan_out import FanOut, Listener
from alerts.letters import Wording
from alerts.pace import Pace
from domain.access import Actor
from domain.errors import NotFound
from infra.identity.accounts import KnownAccounts
from infra.installation import Installation
from infra.labelled_figures import PREFIX, LabelledFigures
from infra.settings_of_channels import Channels, MailSettings, RobotSettings, SmsSettings
from streams.node.node import Node

_LOOK_SECONDS: Final = 0.5
_LETTERS: Final = "Letters by what came of them: accepted, refused for now, failed for good."


def channels_of(settings: Channels) -> Iterator[Channel]:
    """All that the settings name."""
    yield from (_mail(each) for each in settings.mail)
    for dialect, robots in ((WECOM, settings.wecom), (DINGTALK, settings.dingtalk), (FEISHU, settings.feishu)):
        yield from (_robot(dialect, each) for each in robots)
    yield from (_sms(each) for each in settings.sms)


def channel_named(settings: Channels, name: str) -> Channel:
    """Raises NotFound."""
    for channel in channels_of(settings):
        if channel.name == name:
            return channel
    raise NotFound("channel")


def _mail(given: MailSettings) -> Channel:
    return MailServer(
        given.name,
        given.host,
        given.port,
        given.sender,
        given.security,
        given.username,
        given.password.get_secret_value() if given.password else None,
        given.ca_file,
        given.per_minute,
    )


def _robot(dialect: Dialect, given: RobotSettings) -> Channel:
    secret = given.secret.get_secret_value() if given.secret else None
    return Robot(given.name, dialect, given.url.get_secret_value(), secret, given.private_addresses)


def _sms(given: SmsSettings) -> Channel:
    return SmsGateway(
        given.name,
        given.url.get_secret_value(),
        given.body,
        {name: value.get_secret_value() for name, value in given.headers.items()},
        given.accepted_field,
        given.accepted_value,
        given.private_addresses,
        given.per_minute,
    )


class AccountAddresses:
    """Where accounts are reached, from the vault: in a cluster one shard keeps all accounts."""

    def __init__(self, keeping: Installation) -> None:
        self._accounts = KnownAccounts(keeping.database, keeping.vault, clock=keeping.clock)

    def capacities(self) -> dict[str, tuple[Actor, ...]]:
        """What each account in force may act as at this moment, as a deputy too."""
        self._accounts.look()
        ids = (each.account_id for each in self._accounts.book if each.in_force)
        return {one: tuple(each.actor(one) for each in self._accounts.capacities(one)) for one in ids}

    def find(self, account_ids: Sequence[str], reaches: str) -> dict[str, str]:
        self._accounts.look()
        found = dict[str, str]()
        for account_id in set(account_ids):
            shown, details = self._accounts.book.get(account_id), self._accounts.details(account_id)
            address = getattr(details, reaches) if shown and shown.in_force and details else None
            if address:
                found[account_id] = address
        return found


class Listeners:
    """Who hears of notices: the robots of the settings, and accounts by mail, else by SMS."""

    def __init__(self, settings: Channels, addresses: AccountAddresses) -> None:
        self._settings = settings
        self._addresses = addresses

    def listeners(self) -> Sequence[Listener]:
        return [*self._robots(), *self._people()]

    def _robots(self) -> Iterator[Listener]:
        for group in (self._settings.wecom, self._settings.dingtalk, self._settings.feishu):
            for robot in group:
                yield Listener(robot.name, jurisdiction=robot.jurisdiction or "", language=robot.language)

    def _people(self) -> Iterator[Listener]:
        capacities = self._addresses.capacities()
        reached: set[str] = set()
        for channel, reaches in (*((each.name, "mail") for each in self._settings.mail), *self._sms()):
            for account_id in self._addresses.find([*capacities.keys() - reached], reaches):
                reached.add(account_id)
                yield Listener(channel, account_id, capacities[account_id])

    def _sms(self) -> Iterator[tuple[str, str]]:
        return ((each.name, "phone") for each in self._settings.sms)


class Senders:
    """What the queues of one process share: words, addresses, and the pace of each channel."""

    def __init__(self, settings: Channels, addresses: AccountAddresses) -> None:
        self.channels = tuple(channels_of(settings))
        self._listeners = Listeners(settings, addresses)
        self._wording = Wording(settings.templates) if self.channels else None
        self._addresses = addresses
        self._paces = {channel.name: Pace(channel.per_minute) for channel in self.channels}

    def fan_out(self, installation: Installation, database: Database, address: str) -> Iterator[FanOut]:
        """What hands the notices of one shard on to the channels; nothing where there are none."""
        if self.channels:
            yield FanOut(database, self._listeners, installation.clock, address=address)

    def queues(
        self, installation: Installation, registry: CollectorRegistry, database: Database
    ) -> Iterator[tuple[str, ChannelQueue]]:
        """One for each channel, for the rows of one shard; their numbers are in ``registry``."""
        shard = installation.database.schema or ""
        if self._wording is None:
            return
        for channel in self.channels:
            pace = self._paces[channel.name]
            queue = ChannelQueue(database, channel, self._wording, self._addresses, installation.clock, pace=pace)
            registry.register(ChannelFigures(shard, channel.name, queue.figures))
            yield channel.name, queue


@asynccontextmanager
async def sending(
    installation: Installation, node: Node, registry: CollectorRegistry, address: str
) -> AsyncIterator[None]:
    """Send the rows of one machine as long as the block lasts; a publisher beside it sends none of them twice."""
    tasks: list[asyncio.Task[None]] = []
    if any(installation.settings.channels.names()):
        senders = Senders(installation.settings.channels, AccountAddresses(installation))
        queues = list(senders.queues(installation, registry, installation.database))
        handing_on = list(senders.fan_out(installation, installation.database, address))
        tasks += [asyncio.create_task(_run(name, queue)) for name, queue in queues]
        tasks += [asyncio.create_task(each.run()) for each in handing_on]
        tasks.append(asyncio.create_task(_wake(node, [*handing_on, *(queue for _, queue in queues)])))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _run(name: str, queue: ChannelQueue) -> None:
    with bound_contextvars(channel=name):
        await queue.run(look_seconds=_LOOK_SECONDS)


async def _wake(node: Node, queues: Sequence[ChannelQueue | FanOut]) -> None:
    while True:
        if await node.news(_LOOK_SECONDS):
            for queue in queues:
                queue.told()


class ChannelFigures(LabelledFigures):
    """One channel's, as one shard sends by it."""

    def __init__(self, shard: str, channel: str, figures: Figures) -> None:
        super().__init__(shard=shard, channel=channel)
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        figures = self._figures
        yield self._gauge("channel_waiting", "Letters that wait to be sent.", figures.waiting)
        yield self._gauge("channel_down", "1 where the last letters were all refused for now.", figures.down)
        counter = CounterMetricFamily(f"{PREFIX}_channel_letters", _LETTERS, labels=[*self._labels, "result"])
        results = (("accepted", figures.accepted), ("refused", figures.refused), ("failed", figures.failed))
        for result, count in results:
            counter.add_metric([*self._labels.values(), result], count)
        yield counter
