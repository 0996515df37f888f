"""``enquiries``: the leads to ask a bureau about; shown once the reading of each is on record."""

import asyncio
from functools import partial
from typing import Any, Final

import click

from domain.purposes import Purpose
from infra.command_line.evidence import evidence, now
from infra.command_line.folder import DataFolder
from infra.command_line.local_user import local_reader
from infra.command_line.options import Common, common_options, purpose_option
from infra.command_line.output import Format, print_csv, print_json, print_table
from infra.command_line.reading_record import read_from_server, record_readings
from infra.documents.enquiries import SHEET_COLUMNS, NamedEnquiry, enquiry_sheet, named_enquiries
from infra.documents.plain import document
from infra.settings import Settings
from projections.questions import enquiries as questions

PAGE: Final = 500


@click.command()
@click.option("--area", metavar="CODE|POOL", help="A GB/T 2260 code, which covers what lies inside, or a pool.")
@purpose_option
@partial(common_options, is_list=True)
def enquiries(common: Common, area: str | None, purpose: Purpose) -> None:
    """List the leads to ask a bureau about, with names and numbers. Each reading is recorded."""
    settings = common.settings()
    url = None if settings.kafka.brokers else DataFolder(settings.data).server()
    asked = {"area": area}
    through = _from_server(settings, url, asked, purpose) if url else _from_database(settings, area, purpose)
    found = asyncio.run(through)
    documents = [document(one) for one in found]
    match common.form:
        case Format.JSON:
            print_json(documents)
        case Format.CSV:
            print_csv(*enquiry_sheet(found, settings.language))
        case Format.TABLE:
            headings = {name: settings.language.of(words) for name, words in SHEET_COLUMNS.items()}
            print_table(documents, headings, whole=True)


async def _from_server(settings: Settings, url: str, asked: dict[str, Any], purpose: Purpose) -> list[NamedEnquiry]:
    found: list[NamedEnquiry] = []
    cursor: str | None = None
    while True:
        query = {**asked, "cursor": cursor, "limit": PAGE}
        page = await read_from_server(settings, url, "/api/v1/enquiries", query, purpose)
        found += [NamedEnquiry(**{**item, "months": tuple(item["months"])}) for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            return found


async def _from_database(settings: Settings, area: str | None, purpose: Purpose) -> list[NamedEnquiry]:
    with evidence(settings) as read:
        listed = questions.enquiries(
            read.connection, read.as_of, local_reader(), settings.policy, now=now(None), area=area
        )
        found = list(named_enquiries(read.connection, read.installation.vault, local_reader(), listed))
    people = dict.fromkeys(one.person_id for one in found if one.id_number)
    if people:
        await record_readings(settings, people, purpose)
    return found
