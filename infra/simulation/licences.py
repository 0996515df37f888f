"""Certificates: safety-production licences of bidders, and certificates of people.

A licence story is what happens to one bidder's licence; it hits every lead the bidder names.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from infra.simulation.firms import Firm
from infra.simulation.people import Person
from infra.simulation.wire import CERTIFICATES, Post

LICENCE = "safety-production-licence"
SAFETY_B = "safety-assessment-b"
OPERATIONS = "special-operations"
_NEVER = date.max

Gaps = tuple[tuple[date, date], ...]
"""Days, both inclusive, on which a known licence is not valid."""


@dataclass(frozen=True)
class Licence:
    """One bidder's licence as planted."""

    story: str
    gaps: Gaps = ()

    @property
    def troubled(self) -> bool:
        return self.story in {story.__name__ for story in TROUBLES}

    def missing_on(self, day: date) -> bool:
        return any(start <= day <= end for start, end in self.gaps)


@dataclass(frozen=True)
class Certificate:
    """One certificate, as the issuer keeps speaking of it."""

    post: Post
    number: str
    kind: str
    holder: dict[str, Any]
    trade: str | None = None

    def issued(self, since: date, until: date | None, *, arrives: datetime | None = None) -> None:
        self._said("certificate-issued", since, "valid", since, until, arrives)

    def changed(self, on: date, status: str, *, since: date | None = None, until: date | None = None) -> None:
        """The issuer says so on the day itself; a new status counts from that day on."""
        self._said("certificate-changed", on, status, since or on, until)

    def _said(
        self,
        message: str,
        happened: date,
        status: str,
        since: date,
        until: date | None,
        arrives: datetime | None = None,
    ) -> None:
        data = {
            "certificate_no": self.number,
            "kind": self.kind,
            "holder": self.holder,
            "status": status,
            "valid_from": since.isoformat(),
        }
        if until:
            data["valid_to"] = until.isoformat()
        if self.trade:
            data["trade"] = self.trade
        self.post.send(message, CERTIFICATES, data, happened=happened, arrives=arrives)


class Issuer:
    """Issues certificates with numbers of its own."""

    def __init__(self, post: Post, rng: Random) -> None:
        self._post = post
        self._rng = rng
        self._issued = 0
        self._operators: set[str] = set()

    def licence(self, firm: Firm) -> Certificate:
        return Certificate(self._post, f"(粤)JZ安许证字[2021]{self._next():06d}", LICENCE, firm.org)

    def assessment(self, person: Person) -> Certificate:
        return Certificate(self._post, f"粤建安B(2022){self._next():07d}", SAFETY_B, person.door)

    def operations(self, person: Person, since: date) -> None:
        """A special-operations certificate of a worker on site."""
        self._operators.add(person.id_number)
        number = f"T{self._next():08d}"
        data = {
            "certificate_no": number,
            "kind": OPERATIONS,
            "holder": person.door,
            "status": "valid",
            "valid_from": since.isoformat(),
            "valid_to": (since + timedelta(days=6 * 365)).isoformat(),
            "trade": self._rng.choice(("架子工", "塔式起重机司机", "电工", "起重信号司索工", "焊工")),
        }
        self._post.send("certificate-issued", CERTIFICATES, data, happened=since)

    def operators(self, person: Person, trade: str | None) -> Certificate:
        """A special-operations certificate about which a scenario says everything itself."""
        return Certificate(self._post, f"T{self._next():08d}", OPERATIONS, person.door, trade)

    def without_trade(self, people: Iterable[Person]) -> Iterator[Person]:
        """Those who hold no special-operations certificate."""
        return (person for person in people if person.id_number not in self._operators)

    def _next(self) -> int:
        self._issued += 1
        return self._issued


@dataclass(frozen=True)
class Spans:
    """The days of openings, cut in three, so that stories fall in among them."""

    first: date
    second: date
    third: date
    last: date

    @classmethod
    def of(cls, days: tuple[date, ...]) -> "Spans":
        return cls(days[0], days[len(days) // 3], days[2 * len(days) // 3], days[-1])


Story = Callable[[Certificate, Spans], Gaps]


def licence_sound(licence: Certificate, spans: Spans) -> Gaps:
    """Issued years ago and valid throughout."""
    licence.issued(spans.first - timedelta(days=500), spans.last + timedelta(days=590))
    return ()


def licence_renewed_in_time(licence: Certificate, spans: Spans) -> Gaps:
    """Prolonged a month before it would have ended."""
    since = spans.second - timedelta(days=1_065)
    licence.issued(since, spans.second + timedelta(days=30))
    licence.changed(spans.second, "valid", since=since, until=spans.last + timedelta(days=900))
    return ()


def licence_unknown(_licence: Certificate, _spans: Spans) -> Gaps:
    """The issuer never reported a licence of this bidder, and its register is complete: there is none."""
    return ((date.min, _NEVER),)


def licence_suspended(licence: Certificate, spans: Spans) -> Gaps:
    """Suspended for a third of the time, then given back."""
    until = spans.last + timedelta(days=590)
    licence.issued(spans.first - timedelta(days=500), until)
    licence.changed(spans.second, "suspended", until=until)
    licence.changed(spans.third, "valid", until=until)
    return ((spans.second, spans.third - timedelta(days=1)),)


def licence_expired(licence: Certificate, spans: Spans) -> Gaps:
    """Ran out in the middle and was never prolonged."""
    licence.issued(spans.second - timedelta(days=1_094), spans.second)
    return ((spans.second + timedelta(days=1), _NEVER),)


def licence_renewed_late(licence: Certificate, spans: Spans) -> Gaps:
    """Ran out, and a new term began only after a gap."""
    licence.issued(spans.first - timedelta(days=1_090), spans.first + timedelta(days=4))
    licence.changed(spans.third, "valid", until=spans.third + timedelta(days=1_094))
    return ((spans.first + timedelta(days=5), spans.third - timedelta(days=1)),)


def licence_revoked(licence: Certificate, spans: Spans) -> Gaps:
    """Revoked for good before most of the openings."""
    until = spans.last + timedelta(days=590)
    licence.issued(spans.first - timedelta(days=500), until)
    day = spans.first + (spans.second - spans.first) // 2
    licence.changed(day, "revoked", until=until)
    return ((day, _NEVER),)


TROUBLES: tuple[Story, ...] = (
    licence_suspended,
    licence_revoked,
    licence_renewed_late,
    licence_expired,
    licence_unknown,
)
_SOUND: tuple[Story, ...] = (licence_sound, licence_sound, licence_sound, licence_renewed_in_time)


def tell(story: Story, licence: Certificate, spans: Spans) -> Licence:
    return Licence(story.__name__, story(licence, spans))


def sound_story(rng: Random) -> Story:
    return rng.choice(_SOUND)
