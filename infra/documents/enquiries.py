"""Enquiries as interfaces answer them, and as the file that a bureau gets."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from domain.access import Actor
from infra.documents.approval_sheets import Sheet
from infra.identity.vault import Vault
from infra.texts.language import Language, Words
from projections.questions.enquiries import Enquiry

SHEET_COLUMNS: Final[dict[str, Words]] = {
    "name": ("姓名", "name"),
    "id_number": ("证件号码", "ID number"),
    "area": ("参保地区", "area"),
    "months": ("查询月份", "months"),
    "person_id": ("人员代码", "person_id"),
}

ANSWER_COLUMNS: Final[tuple[Words, ...]] = (
    ("答复日期", "answered on"),
    ("缴费单位", "payer"),
    ("统一社会信用代码", "credit code"),
    ("费款所属期", "month"),
    ("险种", "scheme"),
    ("到账日期", "paid on"),
)
"""Empty in the file that a bureau gets: a row for each payment that it finds, and one without a payer for none."""


@dataclass(frozen=True, slots=True)
class NamedEnquiry:
    """``name`` and ``id_number`` are None for roles that may not see them, and of people who were erased."""

    person_id: str
    name: str | None
    id_number: str | None
    area: str
    months: tuple[str, ...]


def named_enquiries(
    connection: Connection, vault: Vault, actor: Actor, found: Iterable[Enquiry]
) -> tuple[NamedEnquiry, ...]:
    """With the identities in clear for those who may ask a bureau; whoever shows them records the reading first."""
    found = tuple(found)
    people = [one.person_id for one in found] if actor.may_see_identities else []
    known = vault.identities_of(connection, people)
    return tuple(
        NamedEnquiry(
            one.person_id,
            "/".join(identity.names) if (identity := known.get(one.person_id)) else None,
            identity.number if identity else None,
            one.area,
            one.months,
        )
        for one in found
    )


def enquiry_sheet(found: Sequence[NamedEnquiry], language: Language) -> Sheet:
    header = [language.of(words) for words in (*SHEET_COLUMNS.values(), *ANSWER_COLUMNS)]
    return header, [(*_row(one), *(None for _ in ANSWER_COLUMNS)) for one in found]


def _row(one: NamedEnquiry) -> tuple[Any, ...]:
    # Spreadsheets round a number of 18 digits. With a tab behind it, they leave it a text.
    number = f"{one.id_number}\t" if one.id_number else None
    return one.name, number, one.area, " ".join(one.months), one.person_id
