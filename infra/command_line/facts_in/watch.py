"""``watch``: files that are put into a folder are taken in, one after the other."""

import asyncio
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import click

from domain.errors import MonitorError, Unusable
from infra.command_line.facts_in.check_report import out_of_bounds
from infra.command_line.facts_in.report import file_document, tell_registered
from infra.command_line.facts_in.sending import open_sender
from infra.command_line.local_user import operator
from infra.command_line.opening import opened
from infra.command_line.options import Common, common_options
from infra.deliveries.checking import Held
from infra.deliveries.files import content_digest
from infra.deliveries.sender import DeliverySender
from infra.deliveries.taking_in import take_in
from infra.deliveries.watched_folder import DONE, HELD, REJECTED, Feed, WatchedFolder, write_report
from infra.documents.deliveries import check_document
from infra.installation import Installation
from infra.logs import configure_logs
from infra.settings import Settings
from infra.texts.deliveries import WATCHED
from infra.texts.errors import error_words
from infra.texts.language import Language
from streams.threads import in_thread

_LOOK_SECONDS: Final = 5.0
_ALL_WELL, _NOT_FETCHED, _SOME_REJECTED, _SOME_HELD = 0, 1, 3, 4


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--once", is_flag=True, help="Take what is there, and end.")
@common_options
def watch(common: Common, folder: Path, once: bool) -> None:
    """Take in what is put into FOLDER, or fetched from elsewhere, as FOLDER/watch.toml says.

    A file that nobody has written to for a while is taken, and moved to done/, to held/ where it is out of its bounds,
    or to rejected/ where it cannot be read; beside it a report says what came of it. It may be killed at any moment:
    the next start goes on. Exit codes with --once are those of ingest, and 1 where a place gave nothing.
    """
    settings = common.settings()
    configure_logs(settings.logs.form, "error")
    watched = WatchedFolder.of(folder)
    with suppress(KeyboardInterrupt):
        sys.exit(asyncio.run(_watch(settings, watched, once=once)))


async def _watch(settings: Settings, folder: WatchedFolder, *, once: bool) -> int:
    worst = _ALL_WELL
    pulling = folder.pulling(most_bytes=settings.limits.upload_bytes)
    while True:
        pulled = await pulling.pull(once=once)
        for failure in pulled.failures:
            click.echo(error_words(str(failure), settings.language), err=True)
        found = folder.whole_files(pulled.files)
        if found:
            # The folder of data is held no longer than there is something to record.
            try:
                worst = max(worst, await _take_all(settings, folder, found))
            except MonitorError as error:
                if once:
                    raise
                click.echo(error_words(str(error), settings.language), err=True)
        if once:
            return worst or (_NOT_FETCHED if pulled.failures else _ALL_WELL)
        await asyncio.sleep(_LOOK_SECONDS)


async def _take_all(settings: Settings, folder: WatchedFolder, found: list[tuple[Path, Feed]]) -> int:
    worst = _ALL_WELL
    with opened(settings) as installation:
        async with open_sender(settings) as sender:
            for file, feed in found:
                worst = max(worst, await take(installation, sender, folder, file, feed))
            tell_registered(sender, settings.language)
    return worst


async def take(
    installation: Installation, sender: DeliverySender, folder: WatchedFolder, file: Path, feed: Feed
) -> int:
    """Take one file and move it; the exit code that it stands for."""
    digest, language = content_digest(file), installation.settings.language
    target = folder.interrupted(file, digest)
    code = _ALL_WELL
    if target is None:
        where, said, code = await _taken(installation, sender, folder, file, feed)
        target = folder.target(where, file.name)
        write_report(target, {"sha256": digest, **said})
        _tell(file, where, said, language)
    await in_thread(file.replace, target)
    return code


async def _taken(
    installation: Installation, sender: DeliverySender, folder: WatchedFolder, file: Path, feed: Feed
) -> tuple[str, dict[str, Any], int]:
    """Where the file belongs now, and what is said of it."""
    try:
        asked = folder.asked(file, feed, by=operator().name)
        outcome = await take_in(installation, sender, file, asked, _Silent())
    except Held as held:
        reason = out_of_bounds(held.checked, installation.settings.language)
        return HELD, {"reason": reason, **check_document(held.checked)}, _SOME_HELD
    except Unusable as error:
        return REJECTED, {"reason": error_words(str(error), installation.settings.language)}, _SOME_REJECTED
    said = file_document(outcome)
    some = outcome.tally.accepted or outcome.tally.duplicates or not outcome.tally.records
    return DONE if some else REJECTED, said, _ALL_WELL if outcome.tally.complete else _SOME_REJECTED


def _tell(file: Path, where: str, said: dict[str, Any], language: Language) -> None:
    counted = {name: said.get(name, 0) for name in ("accepted", "duplicates", "rejected")}
    click.echo(language.of(WATCHED[where]).format(file=file.name, reason=said.get("reason", ""), **counted))


class _Silent:
    """Nobody watches a bar."""

    def update(self, done: int) -> None: ...

    def reset(self, total: int | None) -> None: ...
