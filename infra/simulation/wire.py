"""Messages as the city's sources send them: CloudEvents in structured form, one a line."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from infra.simulation.months import Month, at, month_of

_TYPE_PREFIX = "tender-integrity."
_CITY = "urn:example:synthetic-city:"
TRADING = f"{_CITY}trading-system"
REGISTRATIONS = f"{_CITY}registration-authority"
ATTENDANCE = f"{_CITY}attendance-platform"
CERTIFICATES = f"{_CITY}certificate-issuer"
APPROVALS = f"{_CITY}approval-platform"
MARKET = f"{_CITY}market-regulation"
EXEMPTIONS = f"{_CITY}human-resources-bureau"

FIXED_SOURCES = (TRADING, REGISTRATIONS, ATTENDANCE, CERTIFICATES, APPROVALS, MARKET, EXEMPTIONS)
"""The sources of any city; each city has its own :func:`insurance_source`."""
_ID_PREFIXES = {
    TRADING: "JY",
    REGISTRATIONS: "ZC",
    ATTENDANCE: "KQ",
    CERTIFICATES: "ZZ",
    APPROVALS: "SP",
    MARKET: "SC",
    EXEMPTIONS: "RS",
}


def insurance_source(city: str) -> str:
    """The social-insurance bureau of one city (the first four digits of GB/T 2260)."""
    return f"{_CITY}social-insurance:{city}"


class Reference(NamedTuple):
    """What a correction needs to name a fact."""

    source: str
    id: str


class Sent(NamedTuple):
    """One line and the moment it reaches the monitor."""

    arrival: datetime
    kind: str
    line: bytes


_SOURCE = re.compile(rb'"source":"([^"]+)"')


def sources_in(lines: Iterable[Sent]) -> set[str]:
    """The sources of lines that :func:`envelope` wrote."""
    return {found[1].decode() for sent in lines if (found := _SOURCE.search(sent.line))}


def fragment(value: Any) -> str:
    """Compact JSON text, Chinese characters kept as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def stamp(moment: datetime) -> str:
    """RFC 3339 with the offset of Shanghai."""
    return f"{moment.isoformat(timespec='seconds')}+08:00"


def envelope(kind: str, reference: Reference, happened: str, recorded: str, data: str) -> bytes:
    """One structured CloudEvent; ``happened`` and ``recorded`` are RFC 3339, ``data`` is JSON."""
    return (
        f'{{"specversion":"1.0","id":"{reference.id}","source":"{reference.source}",'
        f'"type":"{type_name(kind)}","time":"{happened}","recordedtime":"{recorded}",'
        f'"datacontenttype":"application/json","data":{data}}}'
    ).encode()


def type_name(kind: str) -> str:
    return f"{_TYPE_PREFIX}{kind}.v1"


class Post:
    """Everything planned before the months are played, by the month in which it arrives.

    What happened before ``opens`` arrives as one first load just before; later facts take
    hours, a few days or, seldom, weeks.
    """

    def __init__(self, opens: datetime, rng: Random) -> None:
        self._opens = opens
        self._rng = rng
        self._by_month: defaultdict[Month, list[Sent]] = defaultdict(list)
        self._numbers: defaultdict[str, int] = defaultdict(int)

    def reference(self, source: str) -> Reference:
        self._numbers[source] += 1
        prefix = _ID_PREFIXES.get(source) or f"SI{source.rpartition(':')[2]}-X"
        return Reference(source, f"{prefix}{self._numbers[source]:07d}")

    def send(
        self,
        kind: str,
        source: str,
        data: dict[str, Any],
        *,
        happened: datetime | date,
        arrives: datetime | None = None,
    ) -> Reference:
        """Plan one fact; without ``arrives`` the source is as late as sources are."""
        reference = self.reference(source)
        moment = happened if isinstance(happened, datetime) else at(happened, 9)
        recorded = moment + timedelta(minutes=self._rng.randrange(1, 600))
        arrival = arrives or self._arrival(recorded)
        line = envelope(kind, reference, stamp(moment), stamp(min(recorded, arrival)), fragment(data))
        self.put(Sent(arrival, kind, line))
        return reference

    def correct(
        self,
        wrong: Reference,
        reason: str,
        *,
        happened: datetime,
        kind: str | None = None,
        data: dict[str, Any] | None = None,
        arrives: datetime | None = None,
    ) -> Reference:
        """Plan a correction of ``wrong``, with a replacement where ``kind`` and ``data`` are given."""
        said: dict[str, Any] = {"retracts": {"source": wrong.source, "id": wrong.id}, "reason": reason}
        if kind and data:
            said["replacement"] = {"type": type_name(kind), "data": data}
        return self.send("fact-corrected", wrong.source, said, happened=happened, arrives=arrives)

    def put(self, sent: Sent) -> None:
        self._by_month[month_of(sent.arrival)].append(sent)

    def arriving_in(self, month: Month) -> list[Sent]:
        return self._by_month[month]

    def months(self) -> list[Month]:
        return sorted(self._by_month)

    def _arrival(self, recorded: datetime) -> datetime:
        if recorded < self._opens:
            return self._opens - timedelta(seconds=self._rng.randrange(1, 86_400))
        chance = self._rng.random()
        longest_hours = 24 if chance < 0.85 else 24 * 7 if chance < 0.97 else 24 * 28
        return recorded + timedelta(minutes=self._rng.randrange(1, longest_hours * 60))
