"""OCDS releases, as :mod:`streams.importers.ocds_documents` finds them in files.

Each lot a release speaks of becomes one :class:`~domain.facts.ocds.LotImported`. Contact
persons are not taken over. A release, a lot or a party that cannot be read costs only itself.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, BinaryIO, Final, NamedTuple

import msgspec

from domain.facts.ocds import LotImported
from streams.importers.lines import Line
from streams.importers.ndjson import TOO_LONG
from streams.importers.ocds_documents import Found, as_sent, documents, releases_in, wrong
from streams.importers.ocds_fields import (
    Json,
    amount,
    count,
    identity,
    is_absent,
    is_readable,
    item_classes,
    of_lot,
    offer,
    organisation,
    period,
    present,
    said,
    section,
)
from streams.importers.record import BEGINNING, Mark, Record
from streams.intake.prepared import FieldError

DEFAULT_SOURCE: Final = "urn:ocds"
ONLY_LOT: Final = "1"
_DUPLICATE: Final = ("duplicate", "another entry of the list has this id")


class Read(NamedTuple):
    """A release as messages, one a lot, and what of it could not be read."""

    messages: tuple[bytes, ...]
    errors: tuple[FieldError, ...]


def read_ocds(stream: BinaryIO, after: Mark = BEGINNING, source: str = DEFAULT_SOURCE) -> Iterator[Record]:
    """The releases of every document behind ``after``, as messages of ``source``."""
    before = after
    for line in documents(stream, after):
        yield from _records(line, before, source)
        before = Mark(line.number, line.end)


def _records(line: Line, before: Mark, source: str) -> Iterator[Record]:
    """The records of one document; an import that stops between them begins again with the document."""
    last: Record | None = None
    for record in _all_records(line, source):
        if last is not None:
            yield last._replace(resume=before)
        last = record
    if last is not None:
        yield last


def _all_records(line: Line, source: str) -> Iterator[Record]:
    number, end, text, too_long = line
    if too_long:
        yield Record(number, end, text, errors=(TOO_LONG,))
        return
    for found in releases_in(text):
        raw = found.raw if found.raw is not None else text if found.path == "" else as_sent(found.release)
        messages, errors = read_release(found, source)
        if messages:
            yield Record(number, end, raw, messages)
        # Each counts as one that was rejected.
        yield from (Record(number, end, raw, errors=(error,)) for error in errors)


def read_release(found: Found, source: str = DEFAULT_SOURCE) -> Read:
    release = found.release
    if release is None:
        return Read((), (found.error,) if found.error else ())
    faults = refused(release) + _undated(release)
    if faults:
        return Read((), (_below(found.path, faults[0]),))
    parties, wrong_parties = parties_of(release)
    lots, wrong_lots = _lots_of(release)
    messages, unsendable = [], []
    for lot_id, lot in lots:
        try:
            messages.append(msgspec.json.encode(_message(release, lot_id, lot, parties, source)))
        except RecursionError:
            unsendable.append(wrong(f"tender.lots[{lot_id}]"))
    errors = [*wrong_parties, *wrong_lots, *unsendable]
    return Read(tuple(messages), tuple(_below(found.path, error) for error in errors))


def refused(release: Json) -> list[FieldError]:
    """Why nothing of a release can be read."""
    ocid = release.get("ocid")
    if not isinstance(ocid, str) or is_absent(ocid):
        return [wrong("ocid")]
    if not (is_absent(release.get("tender")) or isinstance(release["tender"], dict)):
        return [wrong("tender")]
    lots = section(release, "tender").get("lots")
    return [] if is_absent(lots) or isinstance(lots, list) else [wrong("tender.lots")]


def _undated(release: Json) -> list[FieldError]:
    if not isinstance(identity(release.get("id")), str):
        return [wrong("id")]
    try:
        dated = datetime.fromisoformat(release.get("date", "")).tzinfo is not None
    except (TypeError, ValueError):
        dated = False
    return [] if dated else [wrong("date")]


def _below(path: str, error: FieldError) -> FieldError:
    return FieldError(f"{path}.{error.field}".strip("."), error.code, error.message)


def parties_of(release: Json) -> tuple[Mapping[str, Json], list[FieldError]]:
    """The parties by id; one without an id is no error, because nothing can point to it."""
    listed = release.get("parties")
    if is_absent(listed):
        return {}, []
    if not isinstance(listed, list):
        return {}, [wrong("parties")]
    parties: dict[str, Json] = {}
    errors: list[FieldError] = []
    for index, party in enumerate(listed):
        if party is None:
            continue
        own_id = identity(party.get("id")) if isinstance(party, dict) else None
        if not isinstance(party, dict) or not isinstance(own_id, str | None):
            errors.append(wrong(f"parties[{index}]"))
        elif own_id is not None and _names(parties.setdefault(own_id, party)) != _names(party):
            errors.append(wrong(f"parties[{index}].id", *_DUPLICATE))
    return parties, errors


def _names(party: Json) -> tuple[Any, Any]:
    return party.get("name"), section(party, "identifier").get("id")


def _lots_of(release: Json) -> tuple[Iterable[tuple[str, Json]], list[FieldError]]:
    listed = [lot for lot in section(release, "tender").get("lots") or () if lot is not None]
    if not listed:
        return [(ONLY_LOT, {})], []
    lots: dict[str, Json] = {}
    errors: list[FieldError] = []
    for index, lot in enumerate(section(release, "tender")["lots"]):
        own_id = identity(lot.get("id")) if isinstance(lot, dict) else None
        own_id = ONLY_LOT if own_id is None and isinstance(lot, dict) and len(listed) == 1 else own_id
        if lot is None:
            continue
        if not isinstance(own_id, str):
            errors.append(wrong(f"tender.lots[{index}]"))
        elif own_id in lots:
            errors.append(wrong(f"tender.lots[{index}].id", *_DUPLICATE))
        else:
            lots[own_id] = lot
    return lots.items(), errors


def _message(release: Json, lot_id: str, lot: Json, parties: Mapping[str, Json], source: str) -> Json:
    data = {
        "lot_id": lot_id,
        "title": said(lot.get("title")) or said(section(release, "tender").get("title")),
        "value": amount(lot.get("value") or section(release, "tender").get("value")),
        **lot_data(release, lot_id, lot, parties),
    }
    if section(release, "tender").get("lots"):
        data.pop("bidders_counted", None)
    return message(f"{release['ocid']}/{identity(release['id'])}/{lot_id}", source, release, data)


def message(id: str, source: str, release: Json, data: Json) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "type": LotImported.type_name(),
        "source": source,
        "id": id,
        "time": release["date"],
        "data": present({"tender_id": release["ocid"], "release_id": identity(release["id"]),
                         "published_at": release["date"], **data}),
    }  # fmt: skip


def lot_data(release: Json, lot_id: str | None, lot: Json, parties: Mapping[str, Json]) -> dict[str, Any]:
    """What the indicators read of a lot; of the whole process where ``lot_id`` is None."""
    tender = section(release, "tender")
    buyer, entity = (organisation(each, parties) for each in (release.get("buyer"), tender.get("procuringEntity")))
    return {
        "tenderer": entity or buyer,
        "buyer": buyer,
        "procuring_entity": entity,
        "status": _status(lot, tender),
        "procurement_method": said(tender.get("procurementMethod")),
        "procurement_method_details": said(tender.get("procurementMethodDetails")),
        "submission_period": period(tender.get("tenderPeriod")),
        "bidders_counted": count(tender.get("numberOfTenderers")),
        "bids": _each(_bids(release), lot_id, lambda bid: offer(bid, "bidders", bid.get("tenderers"), parties)),
        "awards": _each(release.get("awards"), lot_id, lambda award: _award(award, parties)),
    }


def _bids(release: Json) -> Any:
    bids = release.get("bids")
    return bids.get("details") if isinstance(bids, dict) else bids


def _each(entries: Any, lot_id: str | None, convert: Any) -> Any:
    if not isinstance(entries, list):
        return [] if is_absent(entries) else entries
    return [convert(entry) if is_readable(entry) else entry for entry in of_lot(entries, lot_id)]


def _award(award: Json, parties: Mapping[str, Json]) -> dict[str, Any]:
    return present({**offer(award, "suppliers", award.get("suppliers"), parties), "item_classes": item_classes(award)})


def _status(lot: Json, tender: Json) -> Any:
    """A lot of a cancelled process is cancelled, whatever it says of itself."""
    of_process = said(tender.get("status"))
    return of_process if of_process == "cancelled" else said(lot.get("status")) or of_process
