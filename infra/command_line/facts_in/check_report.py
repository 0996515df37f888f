"""What ``ingest --check`` says of a file, and what is said of one that was held."""

from collections.abc import Iterator, Mapping
from typing import Any

from infra.deliveries.checking import Checked
from infra.deliveries.reasons import where
from infra.documents.deliveries import check_document
from infra.texts.deliveries import (
    FIRST,
    GONE,
    LAST,
    NAMES,
    NO_MONTHS,
    OUT_OF_BOUNDS,
    REJECTED_FOR,
    WOULD_COME,
    WOULD_RETRACT,
)
from infra.texts.language import Language
from infra.texts.refusals import refusal_words

_MOST_REASONS = 10


def check_lines(file: str, checked: Checked, columns: Mapping[str, str], language: Language) -> Iterator[str]:
    """For people; whether it is within its bounds is said by :func:`out_of_bounds`."""
    said = check_document(checked)
    months = language.of(("、", ", ")).join(said["months"]) or language.of(NO_MONTHS)
    yield language.of(WOULD_COME).format(file=file, **said)
    for reason in said["reasons"][:_MOST_REASONS]:
        place = where(reason["field"], reason["message"], columns, language)
        words = refusal_words(reason["code"], reason["message"], language)
        yield language.of(REJECTED_FOR).format(count=reason["rows"], where=place, reason=words)
    if checked.standing is not None:
        yield language.of(WOULD_RETRACT).format(stood=checked.stood, retracted=checked.retracted)
    yield language.of(NAMES).format_map({**said, "months": months})
    yield _beside_the_last(said, language)


def _beside_the_last(said: Mapping[str, Any], language: Language) -> str:
    last = said["last"]
    if last is None:
        return language.of(FIRST)
    changes = {name: _change(said, last, name, language) for name in ("rows", "people", "employers")}
    return language.of(LAST).format(delivery_id=last["delivery_id"], **changes)


def _change(said: Mapping[str, Any], last: Mapping[str, Any], name: str, language: Language) -> str:
    change = f"{(said[name] - last[name]) / last[name]:+.1%}" if last[name] else f"+{said[name]:,}"
    if f"{name}_gone" not in last:
        return change
    return language.of(GONE).format(change=change, gone=last[f"{name}_gone"], new=last[f"{name}_new"])


def out_of_bounds(checked: Checked, language: Language) -> str:
    """Which bounds were passed; empty where none was."""
    told = (
        language.of(OUT_OF_BOUNDS[each.bound]).format(percent=each.percent, count=each.count, of=each.of)
        for each in checked.breaches
    )
    return language.of(("；", "; ")).join(told)
