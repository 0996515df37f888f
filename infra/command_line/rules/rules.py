"""``rules``: the rulebook, as a list, as one rule, or as pages."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

import click

from domain.rule import RULEBOOK
from infra.command_line.options import Common, common_options
from infra.command_line.output import Format, print_fields, print_list, print_table
from infra.documents.plain import document
from infra.rulebook.listing import EVERYWHERE, published_rules
from infra.rulebook.pages import table, write_pages
from infra.rulebook.sheet import heading, rule_sheet, title_in
from infra.settings import Settings
from infra.texts.codes import word
from infra.texts.language import Language

COLUMNS: Final = {"code": "code", "severity": "severity", "title": "title", "title_zh": "中文", "clause": "clause"}


@click.command()
@click.argument("code", required=False)
@click.option(
    "--pages",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write a page a rule into this folder instead, and remove pages of rules that are gone.",
)
@click.option(
    "--table",
    "table_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the table of all rules, with the data and the coverage they need, into this file instead.",
)
@partial(common_options, is_list=True)
def rules(common: Common, code: str | None, folder: Path | None, table_file: Path | None) -> None:
    """Show the rulebook, or the rule CODE in full, in the language of the settings."""
    if folder is not None:
        click.echo(f"{write_pages(folder)} pages in {folder}")
    if table_file is not None:
        table_file.write_text(table(), encoding="utf-8")
    if folder is not None or table_file is not None:
        return
    settings = common.settings()
    found = [document(rule) for rule in published_rules(settings.policy)]
    if code is not None:
        found = [rule for rule in found if rule["code"] == code]
        if not found:
            raise click.UsageError(f"there is no rule {code}")
    if code is not None and common.form is Format.TABLE:
        _print(code, settings)
    elif common.form is Format.TABLE:
        print_table(*_listed(settings.language))
    else:
        print_list(common.form, found, found, COLUMNS)


def _listed(language: Language) -> tuple[list[dict[str, str]], dict[str, str]]:
    """The rules in words, with the headings of their columns."""
    rows = [
        {
            "code": rule.code,
            "severity": word(rule.severity, language),
            "title": title_in(rule, language),
            "clause": rule.clause,
        }
        for rule in RULEBOOK.values()
    ]
    headings = {"code": "rule_code", "severity": "rule_highest", "title": "rule", "clause": "rule_clause"}
    return rows, {column: heading(key, language) for column, key in headings.items()}


def _print(code: str, settings: Settings) -> None:
    language = settings.language
    sheet = rule_sheet(RULEBOOK[code], language)
    print_fields({heading("rule_code", language): code, heading("rule", language): sheet.title, **dict(sheet.facts)})
    for paragraph in sheet.says:
        click.echo(f"\n{paragraph}")
    if sheet.note:
        click.echo(f"\n{sheet.note}")
    for title, paragraph in sheet.sections:
        click.echo(f"\n{title}{language.of(('：', ': '))}{paragraph}")
    if sheet.thresholds:
        click.echo(f"\n{heading('rule_thresholds', language)}")
        print_fields(
            {threshold.name: f"{threshold.value}  {threshold.says}".rstrip() for threshold in sheet.thresholds}
        )
    for place, name, value in _set_otherwise(code, settings):
        click.echo(f"{name}  {value}  {_where(place, language)}")
    for paragraph in sheet.history:
        click.echo(f"\n{paragraph}")


def _set_otherwise(code: str, settings: Settings) -> Iterator[tuple[str, str, str]]:
    (published,) = (rule for rule in published_rules(settings.policy) if rule.code == code)
    for place, thresholds in published.set_otherwise.items():
        for name, value in thresholds.items():
            yield place, name, value


def _where(place: str, language: Language) -> str:
    if place == EVERYWHERE:
        return language.of(("所有辖区", "in every jurisdiction"))
    return language.of((f"辖区{place}", f"in {place}"))
