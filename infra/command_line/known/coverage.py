"""``coverage``: what sources stated to be complete, and which rules can speak."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import Any, Final

import click

from domain.coverage_texts import KIND_WORDS
from domain.facts.deliveries import DELIVERY_KINDS
from infra.command_line.evidence import evidence, knowledge, now
from infra.command_line.local_user import local_reader
from infra.command_line.options import Common, Moment, list_options
from infra.command_line.output import Format, print_list, print_table
from infra.command_line.times import Times
from infra.documents.coverage import coverage_document
from infra.settings import Settings
from infra.texts.language import Language, Words
from infra.texts.month_close import COVERAGE_STATUSES
from projections.questions.coverage import Narrowing

_MONTH: Final = click.DateTime(["%Y-%m"])
_SPEAKS: Final[dict[str, Words]] = {"yes": ("是", "yes"), "partly": ("部分", "partly"), "no": ("否", "no")}
_HEADINGS: Final[dict[str, Words]] = {
    "kind": ("数据种类", "kind"),
    "area": ("地区", "area"),
    "period": ("月份", "month"),
    "status": ("状态", "status"),
    "rows": ("行数", "rows"),
    "people": ("人数", "people"),
    "delivery_id": ("批次", "delivery"),
    "closed_at": ("报送完毕时间", "closed at"),
}
_RULE_HEADINGS: Final[dict[str, Words]] = {
    "rule": ("规则", "rule"),
    "title": ("名称", "title"),
    "area": ("地区", "area"),
    "kind": ("所需数据", "needs"),
    "speaks": ("可用", "speaks"),
    "complete_to": ("数据截至", "complete to"),
    "reason": ("缺少", "missing"),
}


@click.command()
@click.option("--kind", type=click.Choice(DELIVERY_KINDS))
@click.option("--area", metavar="CODE|POOL", help="A GB/T 2260 code, which covers what lies inside, or a pool.")
@click.option("--from", "first", type=_MONTH, help="The first month (default: twelve months).")
@click.option("--to", "last", type=_MONTH, help="The last month (default: this month).")
@click.option("--known-at", type=Moment(), help="Only what was known then.")
@click.option("--known-by", type=click.Choice(["ours", "source"]), default="ours", show_default=True,
              help="By our record, or by the sources' own.")  # fmt: skip
@list_options
def coverage(
    common: Common,
    kind: Any,
    area: str | None,
    first: datetime | None,
    last: datetime | None,
    known_at: datetime | None,
    known_by: str,
) -> None:
    """Show what sources stated to be complete, and which rules can speak."""
    settings = common.settings()
    narrowing = Narrowing(kind, area, f"{first:%Y-%m}" if first else None, f"{last:%Y-%m}" if last else None)
    if first and last and first > last:
        raise click.UsageError("--from comes before --to")
    with evidence(settings) as read:
        shown = coverage_document(
            read.connection,
            read.as_of,
            local_reader(),
            settings.policy,
            narrowing,
            knowledge=knowledge(known_at, known_by),
            now=now(known_at),
        )
    _print(common, settings, shown)


def _print(common: Common, settings: Settings, shown: dict[str, Any]) -> None:
    language, times = settings.language, common.times(settings)
    cells = shown["items"]
    if common.form is Format.TABLE:
        cells = _shortened(cells)
    columns = _headings(_HEADINGS, language) if common.form is Format.TABLE else {name: name for name in _HEADINGS}
    print_list(common.form, shown, (_row(cell, language, times, common.form) for cell in cells), columns)
    if common.form is Format.TABLE:
        click.echo()
        rows = (row for rule in shown["rules"] for row in _rule_rows(rule, language))
        print_table(rows, _headings(_RULE_HEADINGS, language), whole=True)


def _headings(words: dict[str, Words], language: Language) -> dict[str, str]:
    return {name: language.of(said) for name, said in words.items()}


def _shortened(cells: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Neighbouring months of one area without a delivery make one line."""
    for (_, _, status), same in groupby(cells, lambda cell: (cell["kind"], cell["area"], cell["status"])):
        months = list(same)
        if status == "closed" or len(months) == 1:
            yield from months
        else:
            yield {**months[0], "period": f"{months[0]['period']}…{months[-1]['period']}"}


def _row(cell: dict[str, Any], language: Language, times: Times, form: Format) -> dict[str, Any]:
    row = {**cell, "closed_at": times.minute(cell["closed_at"])}
    if form is Format.TABLE:
        row |= {"kind": language.of(KIND_WORDS[cell["kind"]]), "status": language.of(COVERAGE_STATUSES[cell["status"]])}
    return row


def _rule_rows(rule: dict[str, Any], language: Language) -> Iterator[dict[str, Any]]:
    title = language.of((rule["title"]["zh"], rule["title"]["en"]))
    for area in rule["areas"] or [{"area": "", "kind": None, "complete_to": None, "reason": None}]:
        kinds = [area["kind"]] if area["kind"] else rule["kinds"]
        reason = area["reason"]
        yield {
            "rule": rule["rule"],
            "title": title,
            "area": area["area"],
            "kind": [language.of(KIND_WORDS[kind]) for kind in kinds],
            "speaks": language.of(_SPEAKS[area.get("speaks", rule["speaks"])]),
            "complete_to": area["complete_to"],
            "reason": language.of((reason["zh"], reason["en"])) if reason else None,
        }
