"""What an import says at its end: how much came in, and why which line did not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from infra.command_line.facts_in.importing import SHOWN, Reason, Tally
from infra.command_line.output import print_json
from infra.texts.importing import (
    BEHIND,
    BID_OUTCOMES,
    COUNTED,
    FURTHER,
    FURTHER_VERDICTS,
    IN_COLUMN,
    IN_FIELD,
    NO_BIDDER,
    READ_IN_PART,
    REASON,
    REJECTED_TO,
    VERDICT,
)
from infra.texts.language import Language
from infra.texts.refusals import column_of, refusal_words


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file; ``rejected_to`` holds the lines that did not get in.

    ``reasons`` are those of the first of them. ``columns`` names the column of each field, in a table.
    ``verdicts`` are the first about the ``bids`` that were opened.
    """

    file: str
    tally: Tally
    rejected_to: Path | None
    reasons: tuple[Reason, ...]
    columns: Mapping[str, str]
    verdicts: tuple[dict[str, Any], ...] = ()
    bids: int = 0


def report(outcomes: Sequence[Outcome], language: Language, *, as_json: bool) -> None:
    total = Tally()
    for outcome in outcomes:
        total.add(outcome.tally)
    if as_json:
        print_json({**asdict(total), "files": [_file(outcome) for outcome in outcomes]})
        return
    in_part = language.of(READ_IN_PART).format_map(asdict(total)) if total.partial else ""
    click.echo(language.of(COUNTED).format_map(asdict(total)) + in_part)
    for line in _verdicts(outcomes, language):
        click.echo(line)
    for outcome in outcomes:
        for line in _rejections(outcome, language):
            click.echo(line, err=True)


def _file(outcome: Outcome) -> dict[str, object]:
    rejected_to = str(outcome.rejected_to) if outcome.rejected_to else None
    return {"file": outcome.file, **asdict(outcome.tally), "rejected_to": rejected_to, "verdicts": outcome.verdicts}


def _verdicts(outcomes: Sequence[Outcome], language: Language) -> Iterator[str]:
    """A line for each of the first bids that were opened, and how many more there were."""
    shown = [verdict for outcome in outcomes for verdict in outcome.verdicts][:SHOWN]
    for verdict in shown:
        behind = language.of(("、", ", ")).join(verdict["rules"])
        yield language.of(VERDICT).format(
            lot=f"{verdict['tender_id']}/{verdict['lot_id']}",
            bidder=verdict["bidder"]["name"] if verdict["bidder"] else language.of(NO_BIDDER),
            verdict=language.of(BID_OUTCOMES[verdict["verdict"]]),
            rules=language.of(BEHIND).format(rules=behind) if behind else "",
        )
    further = sum(outcome.bids for outcome in outcomes) - len(shown)
    if further > 0:
        yield language.of(FURTHER_VERDICTS).format(count=further)


def _rejections(outcome: Outcome, language: Language) -> Iterator[str]:
    if outcome.rejected_to is None:
        return
    yield language.of(REJECTED_TO).format(file=outcome.file, kept=outcome.rejected_to)
    for reason in outcome.reasons:
        where = _where(reason, outcome.columns, language)
        said = refusal_words(reason.code, reason.message, language)
        yield "  " + language.of(REASON).format(line=reason.line, where=where, reason=said)
    further = outcome.tally.rejected + outcome.tally.partial - len(outcome.reasons)
    if further > 0:
        yield "  " + language.of(FURTHER).format(count=further)


def _where(reason: Reason, columns: Mapping[str, str], language: Language) -> str:
    """By the column of the table, where there is one; else by the field of the message."""
    column = column_of(reason.message) or _column(reason.field.removeprefix("data."), columns)
    if column is not None:
        return language.of(IN_COLUMN).format(column=column)
    return language.of(IN_FIELD).format(field=reason.field) if reason.field else ""


def _column(field: str, columns: Mapping[str, str]) -> str | None:
    """The column of a field; of an object that is missing as a whole, that of its first field."""
    return columns.get(field) or next((columns[path] for path in columns if path.startswith(f"{field}.")), None)
