"""``clues``: what is suspected, withdrawn clues included."""

import asyncio
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

import click

from domain.purposes import Purpose
from domain.rule import Severity
from infra.command_line.evidence import Evidence, evidence
from infra.command_line.local_user import local_reader
from infra.command_line.options import Common, Moment, list_options, purpose_option
from infra.command_line.output import print_list
from infra.command_line.reading_record import record_shown
from infra.command_line.times import Times
from infra.documents.clues import clue_document, named
from projections.questions import clue_queries
from projections.questions.clue_order import Sort
from projections.questions.clue_queries import Filters

PAGE: Final = 500
COLUMNS: Final = {
    "rule": "rule",
    "severity": "severity",
    "status": "status",
    "about": "about",
    "bidder": "bidder",
    "person": "lead",
    "raised_at": "raised",
    "clue_id": "clue",
}


@click.command()
@click.option("--status", help="Such as raised, acknowledged or withdrawn.")
@click.option("--rule", help="A rule's code, such as E101.")
@click.option("--severity", type=click.Choice([each.value for each in Severity]))
@click.option("--tender-id", metavar="ID")
@click.option("--project-code", metavar="CODE")
@click.option("--case-id", metavar="ID", help="An approval case.")
@click.option("--jurisdiction", metavar="CODE", help="A GB/T 2260 code; it covers what lies inside.")
@click.option("--since", type=Moment(), help="Changed since then.")
@click.option("--sort", type=click.Choice([each.value for each in Sort]), default=Sort.RAISED.value, show_default=True,
              help="Raised last first; winning candidates and the gravest first; or changed last first.")  # fmt: skip
@click.option("--limit", type=click.IntRange(min=1), help="At most so many (default: all).")
@purpose_option
@list_options
def clues(
    common: Common,
    status: str | None,
    rule: str | None,
    severity: str | None,
    tender_id: str | None,
    project_code: str | None,
    case_id: str | None,
    jurisdiction: str | None,
    since: datetime | None,
    sort: str,
    limit: int | None,
    purpose: Purpose,
) -> None:
    """List clues. The readings are recorded where those of one tender, project or case are asked for."""
    filters = Filters(
        statuses=(status,) if status else (),
        rule=rule,
        severity=severity,
        tender_id=tender_id,
        project_code=project_code,
        case_id=case_id,
        jurisdiction=jurisdiction,
        since=since,
    )
    settings = common.settings()
    with evidence(settings) as read:
        found = list(_documents(read, filters, Sort(sort), limit))
    # Who asks for one tender, project or case searches for the people in it; a list of all is no search.
    if tender_id or project_code or case_id:
        asked = asdict(filters) | {"statuses": None, "status": status, "sort": sort, "limit": min(limit or PAGE, PAGE)}
        people = [clue["person_id"] for clue in found]
        asyncio.run(record_shown(settings, people, purpose, path="/api/v1/clues", asked=asked))
    times = common.times(settings)
    print_list(common.form, found, (_row(clue, times) for clue in found), COLUMNS)


def _documents(read: Evidence, filters: Filters, sort: Sort, limit: int | None) -> Iterator[dict[str, Any]]:
    actor, cursor, left = local_reader(), None, limit
    while left is None or left > 0:
        size = PAGE if left is None else min(PAGE, left)
        page = clue_queries.clues(read.connection, actor, filters, sort=sort, cursor=cursor, limit=size)
        yield from map(clue_document, named(read.connection, read.installation.vault, actor, page.items))
        if page.next is None:
            return
        cursor = page.next
        left = None if left is None else left - len(page.items)


def _lot(clue: dict[str, Any]) -> str | None:
    return f"{clue['tender_id']}/{clue['lot_id']}" if clue["lot_id"] else clue["tender_id"]


def _row(clue: dict[str, Any], times: Times) -> dict[str, Any]:
    return {
        **clue,
        "about": clue["case_id"] or _lot(clue) or clue["project_code"] or clue["title"],
        "bidder": clue["bidder"]["name"] if clue["bidder"] else "",
        "person": clue["person_masked"] or (clue["person_id"] or "")[:12],
        "raised_at": times.second(clue["raised_at"]),
    }
