"""What an import says at its end: how much came in, and why which line did not."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict

import click

from infra.command_line.facts_in.registering import RegisteringSender
from infra.command_line.output import print_json
from infra.deliveries.importing import Tally
from infra.deliveries.outcome import Outcome
from infra.deliveries.reasons import where
from infra.deliveries.rejected_lines import SHOWN
from infra.texts.deliveries import MEND, TAKEN
from infra.texts.importing import (
    BEHIND,
    BID_OUTCOMES,
    COUNTED,
    DELIMITERS,
    FIRST_USE,
    FURTHER,
    FURTHER_VERDICTS,
    NO_BIDDER,
    READ_AS_CSV,
    READ_AS_SHEET,
    READ_IN_PART,
    REASON,
    REGISTERED,
    REJECTED_TO,
    VERDICT,
)
from infra.texts.language import Language
from infra.texts.refusals import refusal_words
from streams.importers.header import TableForm


def tell_registered(registering: RegisteringSender, language: Language) -> None:
    """Which sources were registered for what was sent, and why."""
    for source, types in sorted(registering.granted.items()):
        click.echo(language.of(REGISTERED).format(source=source, types=", ".join(sorted(types))), err=True)
    if registering.granted and not registering.decided:
        click.echo(language.of(FIRST_USE), err=True)


def report(outcomes: Sequence[Outcome], registering: RegisteringSender, language: Language, *, as_json: bool) -> None:
    total = Tally()
    for outcome in outcomes:
        total.add(outcome.tally)
    if as_json:
        registered = {source: sorted(types) for source, types in sorted(registering.granted.items())}
        files = [file_document(outcome) for outcome in outcomes]
        print_json({**asdict(total), "files": files, **({"registered": registered} if registered else {})})
        return
    tell_registered(registering, language)
    in_part = language.of(READ_IN_PART).format_map(asdict(total)) if total.partial else ""
    click.echo(language.of(COUNTED).format_map(asdict(total)) + in_part)
    for line in _verdicts(outcomes, language):
        click.echo(line)
    for outcome in outcomes:
        for line in _read_as(outcome, language):
            click.echo(line, err=True)
        for line in (*_rejections(outcome, language), *_of_delivery(outcome, language)):
            click.echo(line, err=True)


def file_document(outcome: Outcome) -> dict[str, object]:
    rejected_to = str(outcome.rejected_to) if outcome.rejected_to else None
    table = {"rejected_table": str(outcome.rejected_table)} if outcome.rejected_table else {}
    read_as = {"read_as": _form(outcome.form)} if outcome.form else {}
    taken = outcome.delivery
    delivery = {"delivery_id": taken.delivery_id, "retracted": taken.retracted} if taken else {}
    return {
        "file": outcome.file,
        **asdict(outcome.tally),
        "rejected_to": rejected_to,
        **table,
        **read_as,
        **delivery,
        "verdicts": outcome.verdicts,
    }


def _form(form: TableForm) -> dict[str, object]:
    said = {"encoding": form.encoding, "delimiter": form.delimiter, "sheet": form.sheet, "header_row": form.header_row}
    return {key: value for key, value in said.items() if value}


def _read_as(outcome: Outcome, language: Language) -> Iterator[str]:
    """How a table was read, where that was found out and is not what anybody would take for granted."""
    form = outcome.form
    if form is None or (form.header_row == 1 and form.encoding in ("utf-8", "utf-8-sig") and form.delimiter == ","):
        return
    words = READ_AS_CSV if form.encoding else READ_AS_SHEET
    yield language.of(words).format(
        file=outcome.file,
        encoding=form.encoding.upper(),
        delimiter=language.of(DELIMITERS.get(form.delimiter, (form.delimiter, form.delimiter))),
        sheet=form.sheet,
        row=form.header_row,
    )


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


def _of_delivery(outcome: Outcome, language: Language) -> Iterator[str]:
    taken = outcome.delivery
    if taken is not None and taken.retracted:
        yield language.of(TAKEN).format(delivery_id=taken.delivery_id, retracted=taken.retracted)
    if taken is not None and taken.rejected and outcome.replaces:
        yield language.of(MEND).format(delivery_id=taken.delivery_id)


def _rejections(outcome: Outcome, language: Language) -> Iterator[str]:
    if outcome.rejected_to is None:
        return
    yield language.of(REJECTED_TO).format(file=outcome.file, kept=outcome.rejected_table or outcome.rejected_to)
    for reason in outcome.reasons:
        place = where(reason.field, reason.message, outcome.columns, language)
        said = refusal_words(reason.code, reason.message, language)
        yield "  " + language.of(REASON).format(line=reason.line, where=place, reason=said)
    further = outcome.tally.rejected + outcome.tally.partial - len(outcome.reasons)
    if further > 0:
        yield "  " + language.of(FURTHER).format(count=further)
