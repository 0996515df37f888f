"""``rules``: the rulebook, as a list, as one rule, or as pages."""

from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from infra.command_line.options import Common, common_options
from infra.command_line.output import Format, print_fields, print_list
from infra.documents.plain import document
from infra.rulebook.listing import published_rules
from infra.rulebook.pages import write_pages

COLUMNS: Final = {"code": "code", "severity": "severity", "title": "title", "title_zh": "中文", "clause": "clause"}


@click.command()
@click.argument("code", required=False)
@click.option(
    "--pages",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write a page a rule into this folder instead, and remove pages of rules that are gone.",
)
@partial(common_options, is_list=True)
def rules(common: Common, code: str | None, folder: Path | None) -> None:
    """Show the rulebook, or the rule CODE in full."""
    if folder is not None:
        click.echo(f"{write_pages(folder)} pages in {folder}")
        return
    found = [document(rule) for rule in published_rules(common.settings().policy)]
    if code is not None:
        found = [rule for rule in found if rule["code"] == code]
        if not found:
            raise click.UsageError(f"there is no rule {code}")
    if code is not None and common.form is Format.TABLE:
        _print(found[0])
    else:
        print_list(common.form, found, found, COLUMNS)


def _print(rule: dict[str, Any]) -> None:
    names = ("code", "version", "title", "title_zh", "clause", "severity")
    print_fields({name: rule[name] for name in names} | rule["thresholds"])
    for place, thresholds in rule["set_otherwise"].items():
        for name, value in thresholds.items():
            click.echo(f"{name}  {value}  in {'every jurisdiction' if place == '*' else place}")
    click.echo(f"\n{rule['docstring']}")
