"""``serve``: the monitor on this machine, until it is told to stop."""

from contextlib import nullcontext

import click

from infra.command_line.options import Common, common_options
from infra.command_line.output import print_json
from infra.command_line.running.account_notes import account_notes
from infra.command_line.running.serving import serving_what_is_there
from infra.command_line.running.synthetic import marked
from infra.command_line.server_process import run, supervised, told_to_stop
from infra.command_line.times import Times
from infra.logs import configure_logs
from infra.settings import Settings
from streams.cluster.deadline import end_soon_after_a_stop
from streams.threads import in_thread


@click.command()
@click.option("--host", help="The address to listen on (default 127.0.0.1).")
@click.option(
    "--port", type=click.IntRange(0, 65_535), help="The port to listen on (default 8080; 0 takes a free one)."
)
@common_options
def serve(common: Common, host: str | None, port: int | None) -> None:
    """Serve HTTP and the page, and record what comes in.

    Where the settings name Kafka brokers, serve all shards of the cluster; its workers record.
    Where its database does not answer at the start, end with exit code 75: start it again.

    Ends on Ctrl-C or a termination signal, after committing what was handed in.
    """
    settings = marked(common.settings({"http": {"host": host, "port": port}}))
    configure_logs(settings.logs.form, settings.logs.level)
    with supervised() if settings.kafka.brokers else nullcontext():
        run(_serve(settings, common.times(settings), as_json=common.as_json))


async def _serve(settings: Settings, times: Times, *, as_json: bool) -> None:
    async with serving_what_is_there(settings) as server:
        if as_json:
            print_json({"url": server.url, "data": str(settings.data)})
        else:
            click.echo(f"serving {settings.data} at {server.url} (Ctrl-C ends)")
            click.echo("a sign-in link: tender-monitor account invite ACCOUNT")
            for note in await in_thread(list, account_notes(server.installation, times)):
                click.echo(note)
        await told_to_stop()
        if settings.kafka.brokers:
            end_soon_after_a_stop()
