"""``readings``: who read about whom, and what for."""

from datetime import datetime
from typing import Final

import click

from domain.evidence.days import day_in_shanghai
from infra.command_line.evidence import evidence, now
from infra.command_line.local_user import local_reader
from infra.command_line.options import Common, Moment, list_options
from infra.command_line.output import print_list
from infra.documents.plain import document
from infra.documents.readings import readings_on

COLUMNS: Final = {
    "recorded_at": "recorded at",
    "reader": "reader",
    "role": "role",
    "purpose": "purpose",
    "person_id": "person",
}


@click.command()
@click.option("--day", type=Moment(), help="Of that day; today by default.")
@click.option("--reader", help="Only of that account.")
@click.option("--person", help="Only about that person_id.")
@list_options
def readings(common: Common, day: datetime | None, reader: str | None, person: str | None) -> None:
    """List who read about whom on one day, and what for, the newest first."""
    settings = common.settings()
    with evidence(settings) as read:
        on = day_in_shanghai(day or now(None))
        found = readings_on(read.connection, read.installation, local_reader(), on, reader=reader, person_id=person)
    shown, times = [document(one) for one in found], common.times(settings)
    rows = ({**one, "recorded_at": times.minute(one["recorded_at"])} for one in shown)
    print_list(common.form, shown, rows, COLUMNS, whole=True)
