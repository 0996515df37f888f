"""What every channel is: it takes one letter at a time, and says what came of it."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

SECONDS_FOR_A_LETTER = 10
"""An attempt ends after so long. Shorter than a lease, so that nobody else sends the same meanwhile."""


@dataclass(frozen=True, slots=True, repr=False)
class Letter:
    """One row in words. ``letter_id`` is the same at every attempt: a receiver knows a second copy by it.

    ``address`` is a mail address or a telephone number, None for a robot. It is shown in no log.
    """

    letter_id: str
    subject: str
    text: str
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The other side has it."""


@dataclass(frozen=True, slots=True)
class Later:
    """Try again: not before ``wait``, where the other side names a time.

    ``whole_channel``: whatever else would be sent now had the same answer.
    """

    error: str
    wait: timedelta | None = None
    whole_channel: bool = True


@dataclass(frozen=True, slots=True)
class Failed:
    """This letter will never be taken as it is."""

    error: str


Answer = Accepted | Later | Failed


class Sending(Protocol):
    """An open channel."""

    async def send(self, letter: Letter) -> Answer: ...


class Channel(Protocol):
    """One configured channel. ``per_minute`` is what its operator allows, None without a limit.

    ``reaches`` names what of an account it needs: ``mail``, ``phone``, or None for a robot. ``at_once`` letters are
    sent beside each other.
    """

    @property
    def name(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def reaches(self) -> str | None: ...

    @property
    def per_minute(self) -> int | None: ...

    @property
    def at_once(self) -> int: ...

    def opened(self) -> AbstractAsyncContextManager[Sending]: ...


def code_of(document: object, field: str) -> int | None:
    """The number under which the other side says how it went; None where it says none."""
    found = document.get(field) if isinstance(document, Mapping) else None
    return found if isinstance(found, int) and not isinstance(found, bool) else None
