"""``deliveries``: the files that were delivered, and whether a month can be closed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import click

from domain.coverage_texts import KIND_WORDS
from infra.command_line.evidence import evidence, now
from infra.command_line.local_user import local_reader
from infra.command_line.options import Common, list_options
from infra.command_line.output import Format, print_list
from infra.command_line.times import Times
from infra.documents.deliveries import delivery_documents, month_close
from infra.settings import Settings
from infra.texts.deliveries import HEADINGS, MONTH_COMPLETE, MONTH_LACKING, NOTHING_REQUIRED, STATES
from infra.texts.language import Language
from projections.questions import deliveries as questions

_MONTH: Final = click.DateTime(["%Y-%m"])


@click.command()
@click.option("--month", type=_MONTH, help="Those about this month, and what the rules still lack for it.")
@list_options
def deliveries(common: Common, month: datetime | None) -> None:
    """List the files that were delivered; of a month also what is still lacking."""
    settings = common.settings()
    with evidence(settings) as read:
        if month is None:
            found = list(delivery_documents(questions.deliveries(read.connection, read.as_of)))
            shown: Any = found
        else:
            asked = f"{month:%Y-%m}"
            shown = month_close(read.connection, read.as_of, local_reader(), settings.policy, asked, now=now(None))
            found = shown["items"]
    _print(common, settings, shown, found)


def _print(common: Common, settings: Settings, shown: Any, found: list[dict[str, Any]]) -> None:
    language, times = settings.language, common.times(settings)
    is_table = common.form is Format.TABLE
    columns = {name: language.of(words) if is_table else name for name, words in HEADINGS.items()}
    print_list(common.form, shown, (_row(each, times, language if is_table else None) for each in found), columns)
    if is_table and isinstance(shown, dict):
        for line in _month_lines(shown, language):
            click.echo(line)


def _row(said: Mapping[str, Any], times: Times, language: Language | None) -> dict[str, Any]:
    part, before = said["parts"][0], said["before"]
    state = "replaced" if said["replaced_by"] else said["state"]
    return {
        **said,
        **part,
        "begun_at": times.minute(said["begun_at"]),
        "kind": language.of(KIND_WORDS[said["kind"]]) if language and said["kind"] in KIND_WORDS else said["kind"],
        "period": said["period"] or part.get("months"),
        "rows_change": _change(part, before, "rows"),
        "people_change": _change(part, before, "people"),
        "state": language.of(STATES[state]) if language else state,
    }


def _change(part: Mapping[str, Any], before: Mapping[str, Any] | None, name: str) -> str | None:
    if before is None or not before[name] or name not in part:
        return None
    return f"{(part[name] - before[name]) / before[name]:+.1%}"


def _month_lines(shown: Mapping[str, Any], language: Language) -> list[str]:
    said = {"month": shown["month"], "required": shown["required"], "lacking": len(shown["lacking"])}
    if not shown["required"]:
        return ["", language.of(NOTHING_REQUIRED).format_map(said)]
    if shown["complete"]:
        return ["", language.of(MONTH_COMPLETE).format_map(said)]
    lacking = [f"  {language.of(KIND_WORDS[each['kind']])} {each['area']}" for each in shown["lacking"]]
    return ["", language.of(MONTH_LACKING).format_map(said), *lacking]
