"""OCDS releases, one JSON document a line: releases, records' compiled releases, or packages of either.

Each lot a release speaks of becomes one :class:`~domain.facts.ocds.LotImported`. Contact
persons are not taken over.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, BinaryIO, Final, TypeAlias

import msgspec
from pydantic_core import PydanticCustomError

from domain.facts.ocds import LotImported
from domain.identifiers import check_uscc
from streams.importers.lines import Line, lines
from streams.importers.ndjson import TOO_LONG
from streams.importers.record import Mark, Record
from streams.intake.prepared import FieldError

Json: TypeAlias = Mapping[str, Any]

DEFAULT_SOURCE: Final = "urn:ocds"
ONLY_LOT: Final = "1"
_NOTHING: Final = FieldError("", "no_release", "the document holds no OCDS release")
_UNREADABLE: Final = FieldError("", "unreadable", "the document is not readable as JSON")
_SHAPE: Final = FieldError("", "shape", "the release is not built as OCDS says")
_decode: Final = msgspec.json.Decoder(float_hook=Decimal).decode


def read_ocds(stream: BinaryIO, after: Mark, source: str = DEFAULT_SOURCE) -> Iterator[Record]:
    """The lots of every document behind ``after``, as messages of ``source``."""
    for line in lines(stream, after):
        yield _record(line, source)


def read_ocds_document(content: bytes, source: str = DEFAULT_SOURCE) -> Iterator[Record]:
    """The lots of one document that may run over many lines."""
    yield _record(Line(1, len(content), content), source)


def messages_of(document: Any, source: str) -> Iterator[bytes]:
    """One structured CloudEvent per release and lot; raises on a release that is not built as one."""
    for release in releases_of(document):
        for lot_id in _lot_ids(release):
            yield msgspec.json.encode(_message(release, lot_id, source))


def _record(line: Line, source: str) -> Record:
    number, end, text, too_long = line
    if too_long:
        return Record(number, end, text, errors=(TOO_LONG,))
    try:
        messages = tuple(messages_of(_decode(text), source))
    except (msgspec.DecodeError, RecursionError):
        return Record(number, end, text, errors=(_UNREADABLE,))
    except (KeyError, TypeError, AttributeError, ValueError, ArithmeticError):
        return Record(number, end, text, errors=(_SHAPE,))
    return Record(number, end, text, messages, () if messages else (_NOTHING,))


def releases_of(document: Any) -> Iterator[Json]:
    """The releases of a package, the compiled releases of records, or the one release a document is."""
    if "releases" in document:
        yield from document["releases"]
    elif "records" in document:
        for record in document["records"]:
            yield from releases_of(record.get("compiledRelease") or record)
    elif "ocid" in document:
        yield document


def _lot_ids(release: Json) -> Sequence[str]:
    return [str(lot["id"]) for lot in release.get("tender", {}).get("lots") or ()] or [ONLY_LOT]


def _message(release: Json, lot_id: str, source: str) -> Json:
    return {
        "specversion": "1.0",
        "type": LotImported.type_name(),
        "source": source,
        "id": f"{release['ocid']}/{release['id']}/{lot_id}",
        "time": release["date"],
        "data": _present(_data(release, lot_id)),
    }


def _data(release: Json, lot_id: str) -> dict[str, Any]:
    tender = release.get("tender", {})
    lot: Json = next((each for each in tender.get("lots") or () if str(each["id"]) == lot_id), {})
    parties = {party["id"]: party for party in release.get("parties") or ()}
    buyer, entity = (_org(each, parties) for each in (release.get("buyer"), tender.get("procuringEntity")))
    bids = _of_lot(release.get("bids", {}).get("details"), lot_id)
    return {
        "tender_id": release["ocid"],
        "lot_id": lot_id,
        "release_id": str(release["id"]),
        "published_at": release["date"],
        "title": lot.get("title") or tender.get("title"),
        "tenderer": entity or buyer,
        "buyer": buyer,
        "procuring_entity": entity,
        "status": _status(lot, tender),
        "procurement_method": tender.get("procurementMethod"),
        "submission_period": _period(tender.get("tenderPeriod")),
        "bidders_counted": None if tender.get("lots") else _count(tender.get("numberOfTenderers")),
        "value": _amount(lot.get("value") or tender.get("value")),
        "bids": [_offer(bid, "bidders", bid.get("tenderers"), parties) for bid in bids],
        "awards": [
            _present(
                {**_offer(award, "suppliers", award.get("suppliers"), parties), "item_classes": item_classes(award)}
            )
            for award in _of_lot(release.get("awards"), lot_id)
        ],
    }


def _of_lot(entries: Sequence[Json] | None, lot_id: str) -> list[Json]:
    """Bids or awards of one lot; those that name no lot belong to each."""
    return [
        entry for entry in entries or () if not entry.get("relatedLots") or lot_id in map(str, entry["relatedLots"])
    ]


def _status(lot: Json, tender: Json) -> str | None:
    """A lot of a cancelled process is cancelled, whatever it says of itself."""
    of_process: str | None = tender.get("status")
    return of_process if of_process == "cancelled" else lot.get("status") or of_process


def _period(period: Json | None) -> Json | None:
    return _present({"begins": period.get("startDate"), "ends": period.get("endDate")}) if period else None


def _count(number: Any) -> int | None:
    return int(number) if isinstance(number, int | Decimal) and number >= 0 else None


def item_classes(award: Json) -> list[str] | None:
    """The classification codes of what an award is for, each once; None where there are none."""
    codes = (item.get("classification", {}).get("id") for item in award.get("items") or ())
    return sorted({code for code in codes if isinstance(code, str) and code}) or None


def _offer(entry: Json, role: str, orgs: Sequence[Json] | None, parties: Mapping[str, Json]) -> Json:
    return _present(
        {
            role: [_org(each, parties) for each in orgs or ()],
            "value": _amount(entry.get("value")),
            "status": entry.get("status"),
            "date": entry.get("date"),
        }
    )


def _org(reference: Json | None, parties: Mapping[str, Json]) -> Json | None:
    """The party a reference points to, by name; its id where it has none."""
    if not reference:
        return None
    party = {**parties.get(reference.get("id", ""), {}), **_present(reference)}
    identifier = str(party.get("identifier", {}).get("id") or reference.get("id") or "")
    code = identifier.removeprefix("CN-USCC-")
    return _present(
        {
            "name": party.get("name") or identifier,
            "uscc": code if _is_uscc(code) else None,
            "ocds_id": _text(reference.get("id")),
        }
    )


def _text(value: Any) -> str | None:
    return str(value) if value not in (None, "") else None


def _is_uscc(code: str) -> bool:
    try:
        check_uscc(code)
    except PydanticCustomError:
        return False
    return True


def _amount(value: Json | None) -> Json | None:
    """Money is decimal text in our messages; OCDS writes JSON numbers."""
    if not value or value.get("amount") is None:
        return None
    return _present({"amount": format(Decimal(value["amount"]).normalize(), "f"), "currency": value.get("currency")})


def _present(fields: Json) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
