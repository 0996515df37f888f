"""``comparison``: the bidders and leads of a lot beside the evidence, as of now or then."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

import click

from domain.purposes import Purpose
from infra.command_line.evidence import evidence, knowledge, now
from infra.command_line.local_user import local_reader
from infra.command_line.options import Common, Moment, purpose_option, telling_options
from infra.command_line.output import print_fields, print_json, print_table
from infra.command_line.reading_record import record_shown
from infra.command_line.times import Times
from infra.documents.comparison import named_leads
from infra.documents.plain import document
from projections.questions import comparison as comparisons

COLUMNS: Final = {
    "bidder": "bidder",
    "outcome": "outcome",
    "lead": "lead",
    "day": "day",
    "registered": "registered with",
    "payers": "payer by month",
    "rules": "rules that fired",
}


@click.command()
@click.argument("lot")
@click.option("--known-at", type=Moment(), help="Only what was known then.")
@click.option("--valid-at", type=Moment(), help="Also what held on that day, beside the day of the opening.")
@click.option("--known-by", type=click.Choice(["ours", "source"]), default="ours", show_default=True,
              help="By our record, or by the sources' own.")  # fmt: skip
@purpose_option
@telling_options
def comparison(
    common: Common,
    lot: str,
    known_at: datetime | None,
    valid_at: datetime | None,
    known_by: str,
    purpose: Purpose,
) -> None:
    """Compare the bidders and leads of LOT (TENDER_ID/LOT_ID). The reading is recorded."""
    tender_id, slash, lot_id = lot.removeprefix("lot:").rpartition("/")
    if not slash:
        raise click.UsageError("a lot is named TENDER_ID/LOT_ID")
    settings = common.settings()
    with evidence(settings) as read:
        actor = local_reader()
        found = comparisons.comparison(
            read.connection,
            read.as_of,
            actor,
            tender_id,
            lot_id,
            knowledge=knowledge(known_at, known_by),
            now=now(known_at),
            valid_at=valid_at,
        )
        shown = document(named_leads(read.connection, read.installation.vault, actor, found))
    people = [bid.person_id for bid in found.bids]
    path = f"/api/v1/tenders/{quote(tender_id, safe='')}/lots/{quote(lot_id, safe='')}/comparison"
    asked = {"known_at": known_at, "valid_at": valid_at, "known_by": known_by}
    asyncio.run(record_shown(settings, people, purpose, path=path, asked=asked))
    if common.as_json:
        print_json(shown)
    else:
        _print(shown, common.times(settings))


def _print(shown: dict[str, Any], times: Times) -> None:
    moments = {name: times.minute(shown[name]) for name in ("opened_at", "valid_at", "known_at")}
    print_fields({name: shown[name] for name in ("title", "jurisdiction", "tenderer")} | moments)
    click.echo()
    if not shown["names_people"]:
        click.echo("The source of this lot names no people: there is nobody to compare.\n")
    print_table((row for bid in shown["bids"] for row in _rows(bid)), COLUMNS)


def _rows(bid: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The bid on the day of its opening, which it is judged on; below it another day that was asked about."""
    opening = bid["at_opening"] or bid
    yield {**_judged(bid), **_on_day(opening), "day": f"{opening['on']} opening 开标" if opening["on"] else None}
    if bid["at_opening"]:
        yield {**_on_day(bid), "day": f"{bid['on']} asked about 所问日期"}


def _judged(bid: dict[str, Any]) -> dict[str, Any]:
    fired = (each["rule"] for each in bid["findings"] if each["outcome"] in ("mismatch", "suspect"))
    return {
        "bidder": bid["bidder"],
        "outcome": bid["outcome"],
        "lead": "未能识别 not identified"
        if bid["lead_unidentified"]
        else bid["person_masked"] or (bid["person_id"] or "")[:12],
        "rules": list(fired),
    }


def _on_day(evidence: dict[str, Any]) -> dict[str, Any]:
    registered = [each["employer"] for each in evidence["registrations"]]
    return {"registered": registered or "-", "payers": _payers(evidence["months"])}


def _payers(months: list[dict[str, Any]]) -> list[str]:
    """Each payer with its months, such as ``2025-03 2025-04 某公司``; - where nobody paid."""
    by_payer: dict[str, list[str]] = {}
    for month in months:
        for payer in dict.fromkeys(each["payer"] for each in month["payers"]) or ("-",):
            by_payer.setdefault(payer, []).append(month["month"])
    return [f"{' '.join(paid)} {payer}" for payer, paid in by_payer.items()]
