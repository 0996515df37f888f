"""``mapping``: how the columns of tables become facts."""

import os
from pathlib import Path
from typing import Any, Final

import click

from infra.command_line.command_group import CommandGroup
from infra.command_line.options import Common, common_options
from infra.command_line.output import print_json
from infra.texts.importing import (
    COLUMN_FOUND,
    COLUMN_MISSING,
    COLUMNS_UNREAD,
    SUGGESTED,
    UNKNOWN_VALUES,
)
from infra.texts.language import Language
from streams.importers.inputs import inputs_of
from streams.importers.known_headers import KNOWN_TABLES
from streams.importers.sample import sample_of
from streams.importers.suggestion import Suggestion, lacks_a_header, suggested

_SOURCE: Final = "urn:example:to-be-named"


@click.group(cls=CommandGroup)
def mapping() -> None:
    """How the columns of tables become facts."""


@mapping.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--type", "kind", type=click.Choice(list(KNOWN_TABLES)), help="Else the one that fits best.")
@click.option("--source", default=_SOURCE, show_default=True, help="The source that the mapping is for.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the mapping there.")
@click.option("--encoding", help="Of CSV. Else it is found out.")
@click.option("--sheet", help="Of a workbook: its name, or its number from 1.")
@click.option("--header-row", type=click.IntRange(min=1), help="The line or row with the names of the columns.")
@common_options
def suggest(
    common: Common,
    file: Path,
    kind: str | None,
    source: str,
    out: Path | None,
    encoding: str | None,
    sheet: str | None,
    header_row: int | None,
) -> None:
    """Suggest a mapping for the table in FILE, from the names of its columns.

    The mapping is printed; what it rests on is told on standard error, with a masked sample. Look through it before
    you use it: `ingest FILE --mapping MAPPING`.
    """
    language = common.settings().language
    missing = (lambda _: ()) if header_row else lacks_a_header
    sample = sample_of(inputs_of(file)[0], missing, encoding=encoding, sheet=sheet, header_row=header_row)
    names = sample.header
    suggestion = suggested(names, sample.rows, kind)
    text = suggestion.as_toml(source, encoding=encoding or "", sheet=sheet or "", header_row=header_row or 0)
    if out is not None:
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "w", encoding="utf-8") as opened:
            opened.write(text)
    if common.as_json:
        print_json({**_document(suggestion), "mapping": text})
        return
    _tell(suggestion, language)
    if out is None:
        click.echo(text, nl=False)


def _document(suggestion: Suggestion) -> dict[str, Any]:
    return {
        "type": suggestion.type,
        "confidence": suggestion.confidence,
        "columns": [
            {
                "field": each.field,
                "column": each.column,
                "confidence": round(each.confidence, 2),
                "sample": each.sample,
                "unknown_values": each.unknown_values,
            }
            for each in suggestion.columns
        ],
        "constants": dict(suggestion.constants),
        "missing": suggestion.missing,
        "unread": suggestion.unread,
    }


def _tell(suggestion: Suggestion, language: Language) -> None:
    told = [language.of(SUGGESTED).format(type=suggestion.type, confidence=suggestion.confidence)]
    for each in suggestion.columns:
        sample = language.of(("、", ", ")).join(each.sample)
        line = language.of(COLUMN_FOUND)
        told.append("  " + line.format(column=each.column, field=each.field, confidence=each.confidence, sample=sample))
        if each.unknown_values:
            told.append("    " + language.of(UNKNOWN_VALUES).format(count=each.unknown_values))
    told += ["  " + language.of(COLUMN_MISSING).format(field=field) for field in suggestion.missing]
    if suggestion.unread:
        unread = language.of(("、", ", ")).join(suggestion.unread)
        told.append("  " + language.of(COLUMNS_UNREAD).format(columns=unread))
    click.echo("\n".join(told), err=True)
