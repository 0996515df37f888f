"""A reading of what is known of a person: it is on record before anything is shown."""

import re
from collections.abc import Iterable, Mapping
from contextlib import closing
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from domain.errors import MonitorError, NotFound
from domain.purposes import PURPOSE_HEADER, Purpose
from infra.command_line.folder import DataFolder
from infra.command_line.local_user import local_reader
from infra.command_line.opening import writing
from infra.command_line.server_session import server_session
from infra.settings import Settings
from streams.node.commands import RecordReading

_PSEUDONYM: Final = re.compile("[0-9a-f]{64}")


async def record_readings(settings: Settings, people: Iterable[str], purpose: Purpose) -> None:
    """The same as :func:`record_reading` for several people, where no server holds the folder."""
    if settings.kafka.brokers:
        await _ask_workers(settings, people, purpose)
        return
    async with writing(settings) as (installation, node):
        await node.perform(RecordReading(tuple(people), local_reader(), purpose, installation.clock()))


async def record_shown(
    settings: Settings, people: Iterable[str | None], purpose: Purpose, *, path: str, asked: Mapping[str, Any]
) -> None:
    """Before ``people`` are shown, whom the server would show at ``path``: where one holds the folder, it is asked.

    Raises FolderHeld, or Unanswered where no worker of a cluster is there.
    """
    known = tuple(dict.fromkeys(person for person in people if person and _PSEUDONYM.fullmatch(person)))
    if not known:
        return
    url = None if settings.kafka.brokers else DataFolder(settings.data).server()
    if url is None:
        await record_readings(settings, known, purpose)
        return
    page: dict[str, Any] = {"next": None}
    left = set(known)
    while True:
        page = await read_from_server(settings, url, path, {**asked, "cursor": page["next"]}, purpose)
        left.difference_update(each.get("person_id") for each in page.get("items", ()))
        if not left or page.get("next") is None:
            return


async def record_reading(settings: Settings, person_id: str, purpose: Purpose) -> None:
    """By whoever writes about the person: the server of the folder or nobody yet, in a cluster the shard's worker.

    Raises FolderHeld, or Unanswered where no worker is there.
    """
    if settings.kafka.brokers:
        await _ask_workers(settings, [person_id], purpose)
        return
    url = DataFolder(settings.data).server()
    if url is not None:
        await dossier_from_server(settings, url, person_id, {}, purpose)
        return
    await record_readings(settings, [person_id], purpose)


async def dossier_from_server(
    settings: Settings, url: str, person_id: str, asked: Mapping[str, Any], purpose: Purpose
) -> dict[str, Any]:
    """The dossier as the running server shows it, which records the reading."""
    return await read_from_server(settings, url, f"/api/v1/people/{quote(person_id, safe='')}/dossier", asked, purpose)


async def read_from_server(
    settings: Settings, url: str, path: str, asked: Mapping[str, Any], purpose: Purpose
) -> dict[str, Any]:
    """What the running server answers, which records the reading; raises NotFound of a person it does not know."""
    query = {name: str(value) for name, value in asked.items() if value is not None}
    async with (
        server_session(settings, url, local_reader()) as session,
        session.get(path, params=query, headers={PURPOSE_HEADER: purpose}) as response,
    ):
        shown: dict[str, Any] = await response.json(content_type=None)
    if response.status == HTTPStatus.NOT_FOUND:
        raise NotFound("person")
    if response.status != HTTPStatus.OK:
        raise MonitorError(f"the server answered {response.status}: {shown.get('detail')}")
    return shown


async def _ask_workers(settings: Settings, people: Iterable[str], purpose: Purpose) -> None:
    from infra.cluster.console import Console  # The clients of a broker load slowly.
    from infra.cluster.console_node import node_of
    from infra.logs import log_warnings_only

    log_warnings_only()
    with closing(Console.open(settings)) as console:
        node = node_of(console)
        await node.perform(RecordReading(tuple(people), local_reader(), purpose, console.clock()))
