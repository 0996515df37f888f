"""Contracting processes straight from files of OCDS releases, for the published indicators.

One release a process: releases are expected to be compiled. Nothing is recorded, so nothing
needs to be complete: what a release does not say is not said.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from domain.evidence.ocds import Awarded, Offer, Price, Process
from streams.importers.inputs import MAX_DOCUMENT_BYTES, is_one_document, opened_file
from streams.importers.lines import lines
from streams.importers.ocds import Json, item_classes, releases_of
from streams.importers.record import BEGINNING

_decode: Final = msgspec.json.Decoder().decode


class OcdsFiles:
    """The processes of files, one by one; ``unreadable`` counts documents and releases left out."""

    def __init__(self, files: Iterable[Path]) -> None:
        self._files = files
        self.unreadable = 0

    def __iter__(self) -> Iterator[Process]:
        """Raises UnusableInput for a file that cannot be opened."""
        for file in self._files:
            for document in _documents(file):
                yield from self._processes(document)

    def _processes(self, text: bytes) -> Iterator[Process]:
        try:
            releases = list(releases_of(_decode(text)))
        except (msgspec.DecodeError, RecursionError, TypeError, AttributeError):
            self.unreadable += 1
            return
        self.unreadable += not releases
        for release in releases:
            try:
                yield process_of_release(release)
            except (KeyError, TypeError, AttributeError, ValueError):
                self.unreadable += 1


def process_of_release(release: Json) -> Process:
    """Raises KeyError, TypeError, AttributeError or ValueError where it is not built as OCDS says."""
    tender: Json = release.get("tender") or {}
    period: Json = tender.get("tenderPeriod") or {}
    counted = tender.get("numberOfTenderers")
    if not isinstance(release["ocid"], str):
        raise TypeError("an ocid is text")
    return Process(
        key=release["ocid"],
        status=tender.get("status"),
        method=tender.get("procurementMethod"),
        opens_at=_moment(period.get("startDate")),
        closes_at=_moment(period.get("endDate")),
        bidders_counted=counted if isinstance(counted, int) else None,
        buyer=_id(release.get("buyer")),
        procuring_entity=_id(tender.get("procuringEntity")),
        offers=tuple(map(_offer, (release.get("bids") or {}).get("details") or ())),
        awards=tuple(map(_awarded, release.get("awards") or ())),
    )


def _documents(file: Path) -> Iterator[bytes]:
    with ExitStack() as closing:
        stream = closing.enter_context(opened_file(file))
        if is_one_document(stream):
            yield stream.read(MAX_DOCUMENT_BYTES)
        else:
            yield from (line.text for line in lines(stream, BEGINNING) if line.text.strip())


def _offer(bid: Json) -> Offer:
    return Offer(
        bidders=tuple(map(_id, bid.get("tenderers") or ())),
        status=bid.get("status"),
        price=_price(bid.get("value")),
        received_at=_moment(bid.get("date")),
    )


def _awarded(award: Json) -> Awarded:
    return Awarded(
        suppliers=tuple(map(_id, award.get("suppliers") or ())),
        status=award.get("status"),
        item_classes=tuple(item_classes(award) or ()),
    )


def _id(party: Json | None) -> str | None:
    identity = party.get("id") if party else None
    return identity if isinstance(identity, str) else None


def _price(value: Json | None) -> Price | None:
    amount, currency = (value.get("amount"), value.get("currency")) if value else (None, None)
    return Price(float(amount), currency) if isinstance(amount, int | float) and isinstance(currency, str) else None


def _moment(text: Any) -> datetime | None:
    """None for what is no RFC 3339 time: a moment without an offset cannot be compared."""
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else None
