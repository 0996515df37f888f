"""Where in a table or a message a reason belongs, in the words of people."""

from collections.abc import Mapping

from infra.texts.importing import IN_COLUMN, IN_FIELD
from infra.texts.language import Language
from infra.texts.refusals import column_of


def where(field: str, message: str, columns: Mapping[str, str], language: Language) -> str:
    """By the column of the table, where there is one; else by the field of the message."""
    column = column_of(message) or _column(field.removeprefix("data."), columns)
    if column is not None:
        return language.of(IN_COLUMN).format(column=column)
    return language.of(IN_FIELD).format(field=field) if field else ""


def _column(field: str, columns: Mapping[str, str]) -> str | None:
    """The column of a field; of an object that is missing as a whole, that of its first field."""
    return columns.get(field) or next((columns[path] for path in columns if path.startswith(f"{field}.")), None)
