"""``export-bundle``: one file about a clue or an approval case, that anybody can check offline."""

import asyncio
import hashlib
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import quote

import click

from domain.errors import MonitorError
from infra.bundles.exporting import bundle_of, person_of
from infra.command_line.folder import DataFolder, write_private
from infra.command_line.node import opened, writing
from infra.command_line.options import Common, common_options
from infra.command_line.output import print_json
from infra.command_line.reading import check_recorded, local_reader
from infra.command_line.sending import server_session
from infra.settings import Settings

_SUFFIX: Final = ".bundle.json"


@click.command("export-bundle")
@click.argument("wanted", metavar="CLUE|CASE")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="The file (default: named after it).")
@click.option("--reason", default="export of a bundle", show_default=True, help="Why; recorded with the reading.")
@common_options
def export_bundle(common: Common, wanted: str, out: Path | None, reason: str) -> None:
    """Write facts, proofs, checkpoint, rule code and findings about a clue or an approval case.

    It shows a person's evidence by pseudonym, so the reading is recorded. `verify` checks it.
    """
    settings = common.settings()
    check_recorded(settings)
    with opened(settings) as installation:
        person_id = person_of(installation, wanted)
        written = bundle_of(installation, wanted).written()
    if person_id is not None:
        asyncio.run(_record_reading(settings, person_id, reason))
    file = out or Path(f"{wanted.replace('/', '_')}{_SUFFIX}")
    write_private(file, written)
    digest = hashlib.sha256(written).hexdigest()
    if common.as_json:
        print_json({"file": str(file), "sha256": digest})
    else:
        click.echo(f"{file}\nSHA-256 {digest}")


async def _record_reading(settings: Settings, person_id: str, reason: str) -> None:
    """Through the server that holds the folder, which records a reading with every dossier it shows."""
    url = DataFolder(settings.data).server()
    if url is None:
        async with writing(settings) as (_, node):
            await node.record_reading(person_id, local_reader(), reason)
        return
    path = f"/api/v1/people/{quote(person_id, safe='')}/dossier"
    async with (
        server_session(settings, url, local_reader()) as session,
        session.get(path, params={"reason": reason}) as response,
    ):
        if response.status != HTTPStatus.OK:
            raise MonitorError(f"the reading could not be recorded: the server answered {response.status}")
