"""``witness``: countersign what other people's logs say of themselves."""

from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Final

import click

from infra.command_line.folder import DataFolder
from infra.command_line.options import Common, common_options
from infra.command_line.output import print_json
from infra.command_line.server_process import listening, run, told_to_stop
from infra.identity.keys import make_keys, read_key
from infra.installation import system_clock
from infra.transparency.notes import NotANote, Signer, VerifierKey
from infra.witness.seen import Seen
from infra.witness.server import serving
from infra.witness.witness import Witness

KEY: Final = "witness.key"
SEEN: Final = "seen.db"


@click.command()
@click.option("--log", "logs", multiple=True, required=True, metavar="VKEY", help="A log to countersign, by its key.")
@click.option("--name", default="tender-monitor-witness", show_default=True, help="A URL without scheme, for ever.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65_535), default=8090, show_default=True, help="0 takes a free one.")
@common_options
def witness(common: Common, logs: tuple[str, ...], name: str, host: str, port: int) -> None:
    """Countersign checkpoints over HTTP, each only as a continuation of the last (C2SP tlog-witness).

    Run it elsewhere, and by somebody else, than the monitor. Its key and what it has seen are in
    the folder `witness` of --data: losing them, it would countersign another history.
    """
    try:
        keys = [VerifierKey.parse(text) for text in logs]
        folder = common.settings().data / "witness"
        run(_serve(folder, name, keys, (host, port), as_json=common.as_json))
    except NotANote as error:
        raise click.UsageError(str(error)) from error


async def _serve(folder: Path, name: str, keys: list[VerifierKey], address: tuple[str, int], *, as_json: bool) -> None:
    async with AsyncExitStack() as stack:
        stack.enter_context(DataFolder(folder).held())
        signer = Signer(name, _key(folder), witness=True)
        seen = stack.enter_context(closing(Seen(folder / SEEN)))
        with listening(*address):
            url = await stack.enter_async_context(serving(Witness(signer, keys, seen, system_clock), *address))
        if as_json:
            print_json({"url": url, "vkey": str(signer.verifier)})
        else:
            click.echo(f"countersigning {', '.join(key.name for key in keys)} at {url} (Ctrl-C ends)")
            click.echo(f"key of the cosignatures: {signer.verifier}")
        await told_to_stop()


def _key(folder: Path) -> bytes:
    """Made where nothing was countersigned yet; raises KeyUnusable."""
    if not (folder / SEEN).exists():
        make_keys([folder / KEY])
    return read_key(folder / KEY)
