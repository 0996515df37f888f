"""``verify``: check a bundle offline, down to the findings."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Final

import click

from domain.errors import Unusable
from infra.bundles.bundle import NotABundle, OtherFile, read_bundle
from infra.bundles.verifying import BundleCheck
from infra.checks import Check, Mark
from infra.command_line.output import print_json, print_table
from infra.transparency.notes import NotANote, VerifierKey

_FOUND_WRONG: Final = 1


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", metavar="VKEY", help="The log's key, as its operator publishes it.")
@click.option("--witness", "witnesses", multiple=True, metavar="VKEY", help="A witness you trust.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
def verify(file: Path, key: str | None, witnesses: tuple[str, ...], as_json: bool) -> None:
    """Check a bundle: signatures, every entry's inclusion, rule code, and the findings judged again.

    Needs no data folder and no network. Exit code 1 where anything does not hold, 2 where FILE is no bundle.
    """
    try:
        trusted = VerifierKey.parse(key) if key else None
        seen_by = [VerifierKey.parse(each) for each in witnesses]
    except NotANote as error:
        raise click.UsageError(str(error)) from error
    checks = _checks(file, trusted, seen_by)
    if as_json:
        print_json([asdict(check) for check in checks])
    else:
        print_table(map(asdict, checks), {"check": "check", "result": "result", "detail": "detail"}, whole=True)
    if any(check.result is Mark.WRONG for check in checks):
        sys.exit(_FOUND_WRONG)


def _checks(file: Path, key: VerifierKey | None, witnesses: list[VerifierKey]) -> list[Check]:
    try:
        bundle = read_bundle(file.read_bytes())
    except OtherFile as error:
        raise Unusable(f"{file}: {error}; a bundle is the file that export-bundle writes") from error
    except NotABundle as error:
        return [Check("file", Mark.WRONG, str(error))]
    read = Check("file", Mark.OK, f"canonical JSON about {bundle.about.kind} {bundle.about.id}")
    return [read, *BundleCheck(bundle, key, witnesses).run()]
