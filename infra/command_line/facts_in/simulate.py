"""``simulate``: writes a synthetic city's facts, and the truth about them."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click

from infra.command_line.options import Common, Moment, common_options
from infra.command_line.output import print_fields, print_json
from infra.simulation import FEWEST_LOTS, FEWEST_MONTHS, FEWEST_PEOPLE, CityImpossible
from infra.simulation import simulate as write_city

PEOPLE: Final = click.IntRange(min=FEWEST_PEOPLE)
MONTHS: Final = click.IntRange(min=FEWEST_MONTHS)
LOTS: Final = click.IntRange(min=FEWEST_LOTS)


@click.command()
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same city, to the byte.")
@click.option("--people", type=PEOPLE, default=2_000, show_default=True, help="How many live there.")
@click.option("--months", type=MONTHS, default=12, show_default=True, help="How long.")
@click.option("--lots", type=LOTS, default=60, show_default=True, help="How many lots are opened.")
@click.option("--until", type=Moment(), help="The last day (default: a fixed one).")
@click.option("--rejects", is_flag=True, help="Also write lines that must be rejected, into a file of their own.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("city"), show_default=True,
              help="The folder to write to.")  # fmt: skip
@common_options
def simulate(
    common: Common,
    seed: int,
    people: int,
    months: int,
    lots: int,
    until: datetime | None,
    rejects: bool,
    out: Path,
) -> None:
    """Write facts.ndjson, truth.json and city.json of a synthetic city."""
    try:
        summary = write_city(seed, people, months, lots, until.date() if until else None, out, rejects=rejects)
    except CityImpossible as error:
        raise click.UsageError(str(error)) from error
    told = {name: str(value) if isinstance(value, Path) else value for name, value in asdict(summary).items()}
    if common.as_json:
        print_json(told)
    else:
        print_fields({name: _readable(value) for name, value in told.items()})


def _readable(value: Any) -> Any:
    if isinstance(value, dict):
        return ", ".join(f"{name} {count:,}" for name, count in value.items())
    return f"{value:,}" if isinstance(value, int) else value
