"""``person erase``: forget who a pseudonym is."""

import click

from domain.errors import NotFound
from infra.command_line.node import opened
from infra.command_line.options import Common, common_options
from infra.command_line.output import print_json
from infra.command_line.reading import check_recorded
from infra.database import Database


@click.group()
def person() -> None:
    """What is kept about a person beside the ledger."""


@person.command()
@click.argument("person_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
@common_options
def erase(common: Common, person_id: str, yes: bool) -> None:
    """Remove name and number of PERSON_ID from the identity vault, for good.

    The ledger and all that follows from it stay as they are, under the pseudonym.
    """
    if not yes:
        click.confirm("Nobody will be able to tell who this is. Erase?", abort=True, err=True)
    settings = common.settings()
    check_recorded(settings)
    with opened(settings) as installation:
        with installation.database.transaction() as connection:
            rows = installation.vault.erase(connection, person_id)
        _empty_journal(installation.database)
    if not rows:
        raise NotFound("person in the vault")
    if common.as_json:
        print_json({"person_id": person_id, "erased": rows})
    else:
        click.echo("erased")


def _empty_journal(database: Database) -> None:
    """Move what SQLite still keeps beside the file into it, so that no copy of the rows is left there."""
    if database.dialect == "sqlite":
        connection = database.listening_connection()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
