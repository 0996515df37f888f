"""``keys``: the keys of the data folder: which there are, a new one, shares for safekeeping."""

import os
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import click

from domain.errors import Unusable
from domain.facts.access import Cause
from infra.cluster.holding import check_nobody_connected
from infra.cluster.united import CONSOLE
from infra.command_line.command_group import CommandGroup
from infra.command_line.evidence import check_recorded
from infra.command_line.folder import DataFolder
from infra.command_line.local_user import local_user
from infra.command_line.options import Common, common_options, list_options
from infra.command_line.output import print_json, print_list
from infra.command_line.shards import folder_to_ourselves, no_workers, shard_numbers
from infra.identity.keys import key_file, keys_in_force, put_key, read_key
from infra.identity.known_keys import check_all_there, check_recorded_keys, recorded_keys
from infra.installation import Installation, database_of, shard_schema
from infra.key_changes import CHANGEABLE, change_key
from infra.key_shares import join as join_shares
from infra.key_shares import split as split_key

_NAMES = click.Choice(["vault", "pseudonyms-1", "tokens", "log"])


@click.group(cls=CommandGroup)
def keys() -> None:
    """The keys of the data folder: which there are, new ones, shares for safekeeping."""


@keys.command("list")
@list_options
def list_keys(common: Common) -> None:
    """List the keys by fingerprint, and whether each is there and the one that was used."""
    settings = common.settings()
    folder = DataFolder(settings.data).keys
    known = recorded_keys(*database_of(settings, shard_numbers(settings)[0]))
    names = sorted({*known, *(name for name in keys_in_force(folder) if key_file(folder, name).exists())})
    rows = [{"key": name, "fingerprint": known.get(name), "state": _state(folder, name, known)} for name in names]
    print_list(common.form, rows, rows, {"key": "key", "fingerprint": "fingerprint", "state": "state"})


@keys.command()
@click.argument("key", type=click.Choice(CHANGEABLE))
@click.option("--cause", type=click.Choice([each.value for each in Cause]), required=True, help="It is recorded.")
@common_options
def change(common: Common, key: str, cause: str) -> None:
    """Make a new key in the place of KEY. The server must be stopped, in a cluster every process.

    Of `tokens`: every token and session ends. Of `vault`: whatever is sealed is sealed again; the old key is kept in
    `keys/retired` for the backups made before. In a cluster copy `keys/` to every machine afterwards.
    """
    settings = common.settings()
    check_recorded(settings)
    numbers = shard_numbers(settings)
    schemas: Sequence[str | None] = [None if each is None else shard_schema(each) for each in numbers]
    named = (*schemas, CONSOLE) if settings.kafka.brokers else schemas
    if settings.kafka.brokers:
        check_nobody_connected(str(settings.database))
    with (
        folder_to_ourselves(settings),
        no_workers(settings),
        closing(Installation.open(settings, shard=numbers[0])) as installation,
    ):
        changed = change_key(installation, key, cause=Cause(cause), by=local_user(), schemas=named)
    if common.as_json:
        print_json(asdict(changed))
        return
    click.echo(f"{key}.key is new (fingerprint {changed.fingerprint}): keep a copy apart, and split it anew")
    if changed.resealed or changed.unreadable:
        click.echo(f"{changed.resealed:,} sealed rows are under it; {changed.unreadable:,} could not be read before")
    if changed.ended:
        click.echo(f"{changed.ended:,} tokens count no more: issue new ones")


@keys.command()
@click.argument("key", type=_NAMES)
@click.option("--shares", type=click.IntRange(2, 16), default=5, show_default=True, help="How many.")
@click.option("--needed", type=click.IntRange(2, 16), default=3, show_default=True, help="How many give the key back.")
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@common_options
def split(common: Common, key: str, shares: int, needed: int, out: Path) -> None:
    """Write KEY as shares of words into the folder OUT, one file each, for different people to keep.

    Any --needed of them give the key back; fewer say nothing about it.
    """
    if needed > shares:
        raise click.UsageError("--needed: not more than there are --shares")
    settings = common.settings()
    check_recorded_keys(*database_of(settings, shard_numbers(settings)[0]), DataFolder(settings.data).keys)
    words = split_key(read_key(key_file(DataFolder(settings.data).keys, key)), shares=shares, needed=needed)
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = [_write(out / f"{key}-share-{number}-of-{shares}.txt", said) for number, said in enumerate(words, 1)]
    if common.as_json:
        print_json({"key": key, "needed": needed, "files": [str(file) for file in files]})
    else:
        click.echo(f"{shares} shares in {out}, of which {needed} give {key}.key back: give each to somebody else")


@keys.command()
@click.argument("key", type=_NAMES)
@click.argument("files", type=click.Path(exists=True, dir_okay=False, path_type=Path), nargs=-1, required=True)
@common_options
def join(common: Common, key: str, files: tuple[Path, ...]) -> None:
    """Put KEY back from the shares in FILES, where it was lost; never over a key that is there."""
    settings = common.settings()
    file = key_file(DataFolder(settings.data).keys, key)
    if file.exists():
        raise click.UsageError(f"{file} is there; a key that is there is never replaced")
    said = join_shares([each.read_text(encoding="utf-8") for each in files])
    put_key(file, said, expected=recorded_keys(*database_of(settings, shard_numbers(settings)[0])).get(key))
    if common.as_json:
        print_json({"key": key, "file": str(file)})
    else:
        click.echo(f"{file} is back, and is the one that was used")


def _state(folder: Path, name: str, known: dict[str, str]) -> str:
    if name not in known:
        return "not recorded yet"
    try:
        check_all_there(folder, {name: known[name]})
    except Unusable as error:
        return str(error)
    return "in use"


def _write(file: Path, words: str) -> Path:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(f"{words}\n")
    return file
