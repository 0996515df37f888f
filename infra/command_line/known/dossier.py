"""``dossier``: the evidence about a person, shown once the reading is on record."""

import asyncio
import re
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import click

from domain.errors import Unusable
from domain.evidence.days import day_in_shanghai
from domain.purposes import Purpose
from infra.command_line.evidence import evidence, knowledge, now
from infra.command_line.folder import DataFolder
from infra.command_line.local_user import local_reader
from infra.command_line.options import Common, Moment, purpose_option, telling_options
from infra.command_line.output import print_fields, print_json, print_table
from infra.command_line.reading_record import dossier_from_server, record_reading
from infra.command_line.times import Times
from infra.documents.plain import document
from infra.settings import Settings
from projections.questions import dossier as dossiers

COLUMNS: Final = {"begins": "from", "ends": "to", "kind": "fact", "what": "what", "stands": "stands"}
_HIDDEN: Final = frozenset({"specversion", "tender_id", "lot_id", "rivals", "project_code"})

_PSEUDONYM: Final = re.compile("[0-9a-f]{64}")


class NoPersonId(Unusable):
    """What was given is no person_id; it is not repeated, for it may be an ID number."""

    def __init__(self) -> None:
        super().__init__(
            "a person_id is wanted: 64 hexadecimal digits, as in the answer to an opening and in clues --json; "
            "a name or an ID number will not do"
        )


@click.command()
@click.argument("person")
@click.option("--known-at", type=Moment(), help="Only what was known then.")
@click.option("--known-by", type=click.Choice(["ours", "source"]), default="ours", show_default=True,
              help="By our record, or by the sources' own.")  # fmt: skip
@click.option("--valid-at", type=Moment(), help="Only what held on that day.")
@purpose_option
@telling_options
def dossier(
    common: Common,
    person: str,
    known_at: datetime | None,
    known_by: str,
    valid_at: datetime | None,
    purpose: Purpose,
) -> None:
    """Show the dossier of PERSON (a person_id). The reading is recorded."""
    settings = common.settings()
    if not _PSEUDONYM.fullmatch(person):
        raise NoPersonId
    asked = {"known_at": known_at, "known_by": known_by, "valid_at": valid_at}
    url = None if settings.kafka.brokers else DataFolder(settings.data).server()
    through = (
        dossier_from_server(settings, url, person, asked, purpose)
        if url
        else _from_database(settings, person, asked, purpose)
    )
    shown = asyncio.run(through)
    if common.as_json:
        print_json(shown)
    else:
        _print(shown, common.times(settings))


async def _from_database(settings: Settings, person: str, asked: dict[str, Any], purpose: Purpose) -> dict[str, Any]:
    with evidence(settings) as read:
        found = dossiers.dossier(
            read.connection,
            read.as_of,
            local_reader(),
            person,
            knowledge=knowledge(asked["known_at"], asked["known_by"]),
            valid_at=day_in_shanghai(asked["valid_at"]) if asked["valid_at"] else None,
            now=now(asked["known_at"]),
        )
        masked = read.installation.vault.masked(read.connection, person)
    await record_reading(settings, person, purpose)
    shown: dict[str, Any] = document(replace(found, person_masked=masked))
    return shown


def _print(shown: dict[str, Any], times: Times) -> None:
    fields = {name: shown[name] for name in ("person_id", "person_masked", "valid_at")}
    print_fields({**fields, "known_at": times.minute(shown["known_at"])})
    click.echo()
    print_table(map(_row, shown["entries"]), COLUMNS)
    fired = [each for each in shown["findings"] if each["outcome"] in ("mismatch", "suspect")]
    for finding in fired:
        said = finding["explanation"]
        click.echo(f"\n{finding['rule']}  {finding['outcome']}\n  {said['zh']}\n  {said['en']}")


def _row(entry: dict[str, Any]) -> dict[str, Any]:
    data = entry["data"]
    told = [_told(value) for name, value in data.items() if name not in _HIDDEN]
    return {**entry, "what": ", ".join(filter(None, told)), "stands": "" if entry["standing"] else "retracted"}


def _told(value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("name") or "")
    return str(value)
