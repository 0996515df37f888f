"""The fields of an OCDS release as our messages have them.

Null, an empty text and a sign for nothing are absent. What cannot be converted stays as it was sent, so that
the check of the message refuses it, names it, and takes it out where it is a part (docs/decisions/0029).
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, TypeAlias

from pydantic_core import PydanticCustomError

from domain.artefacts import says_nothing
from domain.facts.unread import UNREAD_NAME
from domain.identifiers import check_uscc

Json: TypeAlias = Mapping[str, Any]

_PLAIN: Final = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?", re.ASCII)
_MOST_PLACES: Final = 40
"""Of a number written without an exponent: more would fill the memory, and no amount has as many."""


def is_absent(value: Any) -> bool:
    return value is None or (isinstance(value, str) and says_nothing(value))


def present(fields: Json) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def section(parent: Json, name: str) -> Json:
    """An object within a release; empty where there is none."""
    value = parent.get(name)
    return value if isinstance(value, dict) else {}


def said(value: Any) -> Any:
    """A text, or what stands in its place."""
    if is_absent(value):
        return None
    # A number with decimals would be sent on as text, and taken for one.
    return [str(value)] if isinstance(value, Decimal) else value


def identity(value: Any) -> Any:
    """An id as text; publishers write whole numbers as well."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else said(value)


def moment(value: Any) -> Any:
    """None for a day, or a time without an offset: such a moment cannot be compared, and is not guessed."""
    if is_absent(value) or not isinstance(value, str):
        return said(value)
    try:
        return value if datetime.fromisoformat(value).tzinfo else None
    except ValueError:
        return value


def count(value: Any) -> Any:
    """A number of bidders. Written as text it is not taken for one."""
    if isinstance(value, str):
        return None
    if isinstance(value, Decimal) and value.adjusted() < _MOST_PLACES and value == int(value):
        return int(value)
    return value


def amount(value: Any) -> Any:
    """Money is decimal text in our messages; OCDS writes JSON numbers, and some publishers write text."""
    if is_absent(value) or (isinstance(value, dict) and is_absent(value.get("amount"))):
        return None
    if not isinstance(value, dict):
        return value
    return present({"amount": _decimal_text(value["amount"]), "currency": said(value.get("currency"))})


def _decimal_text(value: Any) -> Any:
    if isinstance(value, str) and not _PLAIN.fullmatch(value.strip()):
        return value
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return value
    number = Decimal(value)
    if abs(number.adjusted()) > _MOST_PLACES or len(number.as_tuple().digits) > _MOST_PLACES:
        return str(value)
    # Not normalize(): it rounds to the digits of the context.
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def period(value: Any) -> Any:
    if is_absent(value):
        return None
    if not isinstance(value, dict):
        return value
    return present({"begins": moment(value.get("startDate")), "ends": moment(value.get("endDate"))}) or None


def organisation(reference: Any, parties: Mapping[str, Json]) -> Any:
    """The party that a reference points to, by name; its id where it has none."""
    if is_absent(reference):
        return None
    if not isinstance(reference, dict):
        return reference
    own_id = identity(reference.get("id"))
    party = parties.get(own_id, {}) if isinstance(own_id, str) else {}
    named = identity(section(reference, "identifier").get("id") or section(party, "identifier").get("id"))
    code = named.removeprefix("CN-USCC-") if isinstance(named, str) else ""
    name = said(reference.get("name")) or said(party.get("name")) or named or own_id
    if name is None:
        return None
    return present({"name": name, "uscc": code if _is_uscc(code) else None, "ocds_id": own_id})


def organisations(references: Any, parties: Mapping[str, Json]) -> Any:
    """One that is neither named nor numbered keeps its place: several that bid together are no single bidder."""
    if not isinstance(references, list):
        return [] if is_absent(references) else references
    return [organisation(each, parties) or {"name": UNREAD_NAME} for each in references if each is not None]


def item_classes(award: Json) -> Any:
    """The classification codes of what an award is for, each once; None where there are none."""
    items = award.get("items")
    if is_absent(items) or not isinstance(items, list):
        return said(items)
    codes = [code for item in items if (code := _item_class(item)) is not None]
    texts = sorted({code for code in codes if isinstance(code, str)})
    return [*texts, *(code for code in codes if not isinstance(code, str))] or None


def _item_class(item: Any) -> Any:
    if is_absent(item) or not isinstance(item, dict):
        return None if is_absent(item) else [item]
    classification = item.get("classification")
    if is_absent(classification) or not isinstance(classification, dict):
        return None if is_absent(classification) else [classification]
    return identity(classification.get("id"))


def offer(entry: Json, role: str, organisations_named: Any, parties: Mapping[str, Json]) -> dict[str, Any]:
    """What bids and awards have in common."""
    return present(
        {
            role: organisations(organisations_named, parties),
            "value": amount(entry.get("value")),
            "status": said(entry.get("status")),
            "date": moment(entry.get("date")),
        }
    )


def of_lot(entries: Any, lot_id: str | None) -> Iterator[Any]:
    """Bids or awards of one lot, or of all; those that name no lot, or none that can be read, belong to each."""
    for entry in entries:
        if entry is None:
            continue
        lots = None if lot_id is None or not is_readable(entry) else entry.get("relatedLots")
        if is_absent(lots) or not lots or lot_id in map(identity, lots):
            yield entry


def is_readable(entry: Any) -> bool:
    """Whether it is an object, of which it can be told to which lots it belongs."""
    if not isinstance(entry, dict):
        return False
    lots = entry.get("relatedLots")
    return is_absent(lots) or (isinstance(lots, list) and all(isinstance(identity(lot), str) for lot in lots))


def _is_uscc(code: str) -> bool:
    try:
        check_uscc(code)
    except PydanticCustomError:
        return False
    return True
