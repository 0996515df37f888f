"""``person erase``: forget who a pseudonym is."""

import click

from domain.errors import NotFound
from infra.command_line.command_group import CommandGroup
from infra.command_line.evidence import check_recorded
from infra.command_line.opening import opened
from infra.command_line.options import Common, common_options
from infra.command_line.shards import print_shards
from infra.installation import Installation
from infra.storage.database import Database


@click.group(cls=CommandGroup)
def person() -> None:
    """What is kept about a person beside the ledger."""


@person.command()
@click.argument("person_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
@common_options
def erase(common: Common, person_id: str, yes: bool) -> None:
    """Remove name and number of PERSON_ID from the identity vault, for good; in a cluster, from that of every shard.

    The ledger and all that follows from it stay as they are, under the pseudonym.
    """
    if not yes:
        click.confirm("Nobody will be able to tell who this is. Erase?", abort=True, err=True)
    settings = common.settings()
    check_recorded(settings)
    with opened(settings) as installation:
        erased = _erased(installation, person_id)
        _empty_journal(installation.database)
    found = [str(shard) for shard, rows in erased.items() if rows]
    if not found:
        raise NotFound("person in the vault")
    if common.as_json:
        print_shards([(shard, {"person_id": person_id, "erased": rows}) for shard, rows in erased.items()])
    else:
        click.echo("erased" if None in erased else f"erased from shard {', '.join(found)}")


def _erased(installation: Installation, person_id: str) -> dict[int | None, int]:
    """How many rows of each shard are gone; of all shards or of none."""
    erased: dict[int | None, int] = {}
    with installation.database.transaction() as connection:
        for shard in installation.shards:
            with installation.entered(connection, shard):
                erased[shard] = installation.vault.erase(connection, person_id)
    return erased


def _empty_journal(database: Database) -> None:
    """Move what SQLite still keeps beside the file into it, so that no copy of the rows is left there."""
    if database.dialect == "sqlite":
        connection = database.unpooled_connection()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
