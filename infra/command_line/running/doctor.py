"""``doctor``: is this machine fit to run the monitor, and is the data folder whole?"""

import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Final

import click
from sqlalchemy.exc import DBAPIError

from infra.checks import Check, Mark, judged
from infra.command_line.folder import DataFolder, FolderHeld
from infra.command_line.options import Common, telling_options
from infra.command_line.output import print_json, print_table
from infra.command_line.running.database_checks import database_checks
from infra.command_line.server_process import AddressTaken, check_port
from infra.command_line.shards import shard_numbers
from infra.command_line.times import Times
from infra.identity.keys import KeyUnusable, missing_keys, read_keys
from infra.identity.known_keys import check_recorded_keys
from infra.identity.sm2 import NoSm2
from infra.identity.suites import SuiteUnusable
from infra.installation import database_of
from infra.logs import log_warnings_only
from infra.settings import Settings
from infra.storage.disk import MIB, network_file_system
from infra.storage.private_files import OtherOwner, check_owner
from infra.texts.errors import error_words

OLDEST_PYTHON: Final = (3, 11)
LEAST_FREE_BYTES: Final = 1024**3
_EARLIEST_YEAR: Final = 2026
"""A clock before the year this was written is wrong."""
_FOUND_WRONG: Final = 1


@click.command()
@telling_options
def doctor(common: Common) -> None:
    """Check the machine, the settings and the data folder. Exit code 1 when something is wrong."""
    log_warnings_only()
    settings = common.settings()
    checks = list(_checks(settings, common.times(settings)))
    if common.as_json:
        print_json([asdict(check) for check in checks])
    else:
        print_table(map(asdict, checks), {"check": "check", "result": "result", "detail": "detail"}, whole=True)
    if any(check.result is Mark.WRONG for check in checks):
        sys.exit(_FOUND_WRONG)


def _checks(settings: Settings, times: Times) -> Iterator[Check]:
    yield _python()
    yield Check("settings", Mark.OK, "readable, no unknown keys")
    yield _clock(times)
    if not settings.data.exists():
        yield Check("data folder", Mark.NOTE, f"{settings.data} does not exist yet")
        return
    yield _folder(settings)
    yield _disk(settings)
    yield _file_system(settings)
    yield _lock(settings)
    yield _port(settings)
    yield _keys(settings)
    yield from database_checks(settings, times)
    yield from _cluster(settings)


def _cluster(settings: Settings) -> Iterator[Check]:
    """Only where there is one: the clients of a broker load slowly."""
    if settings.kafka.brokers:
        from infra.cluster.checks import cluster_checks

        yield from (judged(found.check, found.detail, right=found.right) for found in cluster_checks(settings))


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    return judged("python", version, right=sys.version_info >= OLDEST_PYTHON)


def _clock(times: Times) -> Check:
    now = datetime.now(UTC)
    return judged("clock", str(times.minute(now)), right=now.year >= _EARLIEST_YEAR)


def _folder(settings: Settings) -> Check:
    try:
        check_owner(settings.data)
    except OtherOwner as error:
        return Check("data folder", Mark.WRONG, error_words(str(error), settings.language))
    mode = stat.S_IMODE(settings.data.stat().st_mode)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        return Check("data folder", Mark.NOTE, f"{settings.data} is open to others ({mode:o}); the keys in it are not")
    return Check("data folder", Mark.OK, str(settings.data))


def _disk(settings: Settings) -> Check:
    free, reserve = shutil.disk_usage(settings.data).free, settings.disk.reserve_mib * MIB
    if free < reserve:
        told = (
            f"{free / MIB:,.0f} MiB free, less than the reserve of {settings.disk.reserve_mib:,}: nothing is taken in"
        )
        return Check("disk", Mark.WRONG, told)
    return judged("disk", f"{free / 1024**3:.1f} GiB free", right=free >= LEAST_FREE_BYTES)


def _file_system(settings: Settings) -> Check:
    kind = network_file_system(settings.data)
    if kind is None:
        return Check("file system", Mark.OK, "of this machine")
    if settings.disk.network or settings.database is not None:
        return Check("file system", Mark.NOTE, f"{kind}, of another machine")
    told = f"{kind}: other machines share it, and SQLite's locks do not hold there; use a disk of this machine, or"
    return Check("file system", Mark.WRONG, f"{told} PostgreSQL; disk.network = true if you know better")


def _lock(settings: Settings) -> Check:
    try:
        url = DataFolder(settings.data).server()
    except FolderHeld:
        return Check("lock", Mark.NOTE, "another command is writing the folder")
    return Check("lock", Mark.OK, f"held by the server at {url}" if url else "free")


def _port(settings: Settings) -> Check:
    """Whether ``serve`` could listen, or does."""
    host, port = settings.http.host, settings.http.port
    with suppress(FolderHeld):
        if DataFolder(settings.data).server() is not None:
            return Check("port", Mark.OK, "the server of this folder answers")
    try:
        check_port(host, port)
    except AddressTaken as error:
        # Only who serves here needs it: a worker does not.
        return Check("port", Mark.NOTE, error_words(str(error), settings.language))
    return Check("port", Mark.OK, f"{port} on {host} is free")


def _keys(settings: Settings) -> Check:
    folder = DataFolder(settings.data).keys
    try:
        for shard in shard_numbers(settings):
            check_recorded_keys(*database_of(settings, shard), folder)
        if missing_keys(folder):
            return Check("keys", Mark.NOTE, "not made yet")
        keys = read_keys(folder)
    except (KeyUnusable, NoSm2, SuiteUnusable) as error:
        return Check("keys", Mark.WRONG, error_words(str(error), settings.language))
    except DBAPIError:
        return Check("keys", Mark.NOTE, "not compared: the database does not answer")
    return Check(
        "keys", Mark.OK, f"{keys.suite.name}, private, pseudonym key version {keys.pseudonyms_version}, as recorded"
    )
