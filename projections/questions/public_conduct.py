"""Conduct records as everybody may see them: without anything about people."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from projections.boards.conduct_board import CONDUCT, in_force_on, open_to_objection_on

SHOWN_ON_A_PAGE: Final = 50
_CODE_LENGTH: Final = 18


class PublicList(StrEnum):
    IN_FORCE = "in-force"
    OPEN = "open"
    """Those whose notice runs, and those that were objected to and wait for the answer."""


@dataclass(frozen=True, slots=True)
class PublicRecord:
    """``firm`` and ``what`` are empty for a record of a person: the text may name that person."""

    firm: str
    uscc: str
    kind: str
    what: str
    authority: str
    happened_on: str
    published_on: str
    objectable_to: str | None
    counts_from: str | None
    counts_to: str | None
    objected: bool


@dataclass(frozen=True, slots=True)
class PublicRecords:
    items: tuple[PublicRecord, ...]
    more: bool


def public_records(
    connection: Connection, listed: PublicList, *, on: date, uscc: str | None = None, page: int = 1
) -> PublicRecords:
    """One page of the records, the one published last first; of one firm, where ``uscc`` names it."""
    wanted = in_force_on(on) if listed is PublicList.IN_FORCE else open_to_objection_on(on)
    if uscc is not None:
        wanted = wanted & (CONDUCT.c.holder == f"org:{uscc}")
    newest = (
        select(CONDUCT)
        .where(wanted)
        .order_by(CONDUCT.c.published_on.desc(), CONDUCT.c.record.desc(), CONDUCT.c.source.desc())
    )
    first = (page - 1) * SHOWN_ON_A_PAGE
    rows = connection.execute(newest.offset(first).limit(SHOWN_ON_A_PAGE + 1)).all()
    return PublicRecords(tuple(map(_shown, rows[:SHOWN_ON_A_PAGE])), len(rows) > SHOWN_ON_A_PAGE)


def _shown(row: Row[Any]) -> PublicRecord:
    of_firm = row.holder.startswith("org:")
    code = row.holder.removeprefix("org:")
    return PublicRecord(
        firm=row.holder_name if of_firm else "",
        # A firm without a code is held by its normalised name.
        uscc=code if of_firm and len(code) == _CODE_LENGTH and code.isascii() else "",
        kind=row.kind,
        what=row.what if of_firm else "",
        authority=row.authority,
        happened_on=row.happened_on,
        published_on=row.published_on,
        objectable_to=row.objectable_to,
        counts_from=row.counts_from,
        counts_to=row.counts_to,
        objected=row.held_back == "objected",
    )
