"""``publisher``: sends what the shards have to say: to topics, and to webhooks."""

import asyncio

import click
from prometheus_client import start_http_server

from infra.cluster.publisher import publish_until_cancelled
from infra.cluster.publisher_figures import publisher_registry
from infra.cluster.start_checks import check_before_start
from infra.command_line.options import Common, common_options
from infra.command_line.server_process import run, supervised, told_to_stop
from infra.logs import configure_logs
from infra.settings import Settings, SettingsError
from streams.cluster.deadline import end_soon_after_a_stop


@click.command()
@click.option("--metrics-port", type=click.IntRange(0, 65_535), help="Where /metrics answers (default 9108).")
@common_options
def publisher(common: Common, metrics_port: int | None) -> None:
    """Send what the shards have to say, until told to stop.

    To the topics of a cluster, and to the webhooks in the settings. Any number may run: one at a time
    serves each channel of a shard, and another takes over within half a minute where it is killed.
    Ends with exit code 75 where the database does not answer at the start: start it again.
    """
    settings = common.settings({"kafka": {"metrics_port": metrics_port}})
    # Also what the brokers' client says while the settings are checked shall be a line of the log.
    configure_logs(settings.logs.form, settings.logs.level)
    if settings.kafka.brokers:
        check_before_start(settings)
    elif not settings.webhooks and not any(settings.channels.names()):
        raise SettingsError("there is nowhere to send to: name kafka.brokers, [[webhooks]] or [channels]")
    with supervised():
        run(_publish(settings))


async def _publish(settings: Settings) -> None:
    registry = publisher_registry()
    start_http_server(settings.kafka.metrics_port, addr=settings.kafka.metrics_host, registry=registry)
    publishing = asyncio.ensure_future(publish_until_cancelled(settings, registry))
    stopping = asyncio.ensure_future(told_to_stop())
    await asyncio.wait([publishing, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if publishing.done():
        publishing.result()
    end_soon_after_a_stop()
    publishing.cancel()
    await asyncio.wait([publishing])
