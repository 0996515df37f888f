"""``export-bundle``: one file about a clue or an approval case, that anybody can check offline."""

import asyncio
import hashlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final
from uuid import UUID

import click

from domain.facts.approvals import case_subject
from domain.purposes import Purpose
from infra.bundles.exporting import bundle_of, person_of
from infra.command_line.evidence import check_recorded
from infra.command_line.opening import opened
from infra.command_line.options import Common, common_options, purpose_option
from infra.command_line.output import print_json
from infra.command_line.reading_record import record_reading
from infra.installation import Installation
from infra.settings import Settings
from infra.storage.private_files import write_private

_SUFFIX: Final = ".bundle.json"


@click.command("export-bundle")
@click.argument("wanted", metavar="CLUE|CASE")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="The file (default: named after it).")
@purpose_option
@common_options
def export_bundle(common: Common, wanted: str, out: Path | None, purpose: Purpose) -> None:
    """Write the facts, proofs, rule code and findings of a clue or an approval case.

    It shows a person's evidence by pseudonym, so the reading is recorded. `verify` checks it.
    """
    settings = common.settings()
    check_recorded(settings)
    with _home(settings, wanted) as installation:
        person_id = person_of(installation, wanted)
        written = bundle_of(installation, wanted).written()
    if person_id is not None:
        asyncio.run(record_reading(settings, person_id, purpose))
    file = out or Path(f"{wanted.replace('/', '_')}{_SUFFIX}")
    write_private(file, written)
    digest = hashlib.sha256(written).hexdigest()
    if common.as_json:
        print_json({"file": str(file), "sha256": digest})
    else:
        click.echo(f"{file}\nSHA-256 {digest}")


@contextmanager
def _home(settings: Settings, wanted: str) -> Iterator[Installation]:
    """The shard that has the clue or the case, with the log that proves it."""
    with opened(settings) as whole:
        shard = _shard_of_clue(whole, wanted)
        if shard is None:
            shard = whole.home(case_subject(wanted))
    with closing(Installation.open(settings, shard=shard)) as installation:
        yield installation


def _shard_of_clue(whole: Installation, wanted: str) -> int | None:
    try:
        return whole.shard_of_clue(UUID(wanted))
    except ValueError:
        return None
