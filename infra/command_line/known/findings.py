"""``findings``: everything found about one tender, bidder or person, worst first."""

import asyncio
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote

import click

from domain.identifiers import organisation_key
from domain.purposes import Purpose
from infra.command_line.evidence import evidence
from infra.command_line.local_user import local_reader
from infra.command_line.options import Common, list_options, purpose_option
from infra.command_line.output import print_list
from infra.command_line.reading_record import record_shown
from infra.command_line.times import Times
from infra.documents.clues import named
from infra.documents.composite import composite_document
from projections.questions.composite import Subject, composite

COLUMNS: Final = {
    "severity": "severity",
    "rule": "rule",
    "status": "status",
    "occurred": "about",
    "said": "says",
    "facts": "facts",
}
MOST: Final = 10_000
_PLURALS: Final = {Subject.TENDER: "tenders", Subject.BIDDER: "bidders", Subject.PERSON: "people"}


@click.command()
@click.option("--tender", metavar="ID", help="All lots of a tender.")
@click.option("--bidder", metavar="CODE|NAME", help="A firm, by its credit code where it has one.")
@click.option("--person", metavar="ID", help="A person, by pseudonym.")
@purpose_option
@list_options
def findings(common: Common, tender: str | None, bidder: str | None, person: str | None, purpose: Purpose) -> None:
    """List all findings about one tender, bidder or person, worst first. The reading is recorded.

    Every finding is given with the numbers it rests on; there is no score.
    """
    given = {
        Subject.TENDER: tender,
        Subject.BIDDER: organisation_key(bidder) if bidder else None,
        Subject.PERSON: person,
    }
    asked = [(subject, identity) for subject, identity in given.items() if identity]
    if len(asked) != 1:
        raise click.UsageError("give one of --tender, --bidder and --person")
    settings = common.settings()
    with evidence(settings) as read:
        policies = settings.policy
        found = composite(read.connection, read.as_of, local_reader(), *asked[0], policies=policies, limit=MOST)
        clues = named(read.connection, read.installation.vault, local_reader(), found.items)
    path = f"/api/v1/{_PLURALS[asked[0][0]]}/{quote(asked[0][1], safe='')}/findings"
    people = [*(clue.person_id for clue in clues), person]
    asyncio.run(record_shown(settings, people, purpose, path=path, asked={}))
    shown = composite_document(replace(found, items=clues))
    times = common.times(settings)
    rows = (_row(each, times) for each in (*shown["items"], *shown["indicators"]))
    print_list(common.form, shown, rows, COLUMNS, whole=True, above=_counts(shown))


def _counts(shown: dict[str, Any]) -> str:
    counts = ", ".join(f"{number} {severity}" for severity, number in shown["by_severity"].items())
    return f"{shown['subject']} {shown['id']}: {counts or 'nothing found'}"


def _row(found: dict[str, Any], times: Times) -> dict[str, Any]:
    return {
        "severity": found["severity"],
        "rule": found["rule"],
        "status": found.get("status", "indicator"),
        "occurred": times.day(found.get("occurred_at")),
        "said": found["explanation"]["zh"],
        "facts": [f"{fact['source']}#{fact['id']}" for fact in found["facts"]],
    }
