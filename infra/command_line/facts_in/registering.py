"""Sources of files are registered as they are met, on the authority of the folder's owner.

With ``ingest --register`` that is a decision on each of them. Without it, the first use of a source registers it as
long as nobody has decided on any; then nobody who only tries the program out needs to know of the registry.
"""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import msgspec
from pydantic import ValidationError

from domain.facts.fact import TYPE_PREFIX
from domain.facts.taken_deliveries import DeliveryBegun, DeliveryTaken
from domain.personal_data import People
from domain.sources.bounds import ALL, SENDABLE, SOURCE_URI, Bounds, is_open, joined
from infra.command_line.local_user import local_user, operator
from infra.deliveries.checking import permitted_now
from infra.deliveries.sender import Answer, FolderSender
from infra.installation import Installation
from projections.boards.registered_sources import registrations
from streams.deliveries.looking_through import Refusing
from streams.intake.free_text import people_named
from streams.node.commands import RegisterSource

_LONGEST_NAME: Final = 200
_KINDS: Final = {f"{TYPE_PREFIX}{kind}.v1": kind for kind in SENDABLE}


class _Content(msgspec.Struct):
    type: str | None = None


class _Data(msgspec.Struct):
    replacement: _Content | None = None


class _Message(msgspec.Struct):
    source: str
    type: str
    data: _Data


_decode: Final = msgspec.json.Decoder(_Message).decode


class RegisteringSender:
    """Sends as ``sender`` does, and before that registers what the messages name, where that may be.

    ``decided``: with ``--register``. ``granted`` are the types that were granted, by source. A source whose grant
    somebody ended stays ended.
    """

    def __init__(self, sender: FolderSender, *, decided: bool) -> None:
        self.chunk = sender.chunk
        self.decided = decided
        self.granted: dict[str, set[str]] = {}
        self._sender = sender
        self._granting = asyncio.Lock()
        self._known: dict[str, Bounds | None] | None = None

    async def send(self, messages: Sequence[bytes], delivery_id: str | None = None) -> Answer:
        # Several chunks are under way at once: none may go before what it needs is granted.
        async with self._granting:
            if self._known is None:
                self._known = await self._sender.in_force()
            if self.decided or is_open(self._known.values()):
                for source, kinds in registrable(messages, self._known.keys()).items():
                    await self._grant(source, kinds, self._known)
        return await self._sender.send(messages, delivery_id)

    async def record(self, said: DeliveryBegun | DeliveryTaken, at: datetime) -> None:
        await self._sender.record(said, at)

    async def _grant(self, source: str, kinds: set[str], known: dict[str, Bounds | None]) -> None:
        bounds = known.get(source, _none(source))
        if bounds is None or (all(map(bounds.allows_type, kinds)) and bounds.first_use is not self.decided):
            return
        known[source] = bounds = replace(joined(bounds, kinds), first_use=not self.decided)
        await self._sender.register(RegisterSource(source, bounds, operator()))
        self.granted.setdefault(source, set()).update(kinds)


def permitted_to(installation: Installation, source: str, *, decided: bool) -> Refusing:
    """What ``source`` may say once it is sent: all where that is granted on the way."""
    with installation.database.read() as connection:
        known = {each.source: each.granted for each in registrations(connection)}
    is_granted = (decided or is_open(known.values())) and (source not in known or known[source] is not None)
    return (lambda prepared: prepared) if is_granted else permitted_now(installation)


def _none(source: str) -> Bounds:
    """Nothing yet; what is granted later holds for the whole country."""
    return Bounds(source[:_LONGEST_NAME], local_user(), (), (ALL,))


def registrable(messages: Iterable[bytes], known: Collection[str] = ()) -> dict[str, set[str]]:
    """The sources that messages name, each with its kinds.

    Of those that are not ``known`` only such as a registry may keep for ever: a source that says who somebody is, by a
    number or by a name of its message, stays out. Intake refuses its messages anyhow.
    """
    named: dict[str, set[str]] = {}
    barred: set[str] = set()
    for message in messages:
        try:
            said = _decode(message)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        types = (said.type, said.data.replacement.type if said.data.replacement else None)
        named.setdefault(said.source, set()).update(_KINDS[each] for each in types if each in _KINDS)
        if said.source not in known and _names_somebody(said.source, message):
            barred.add(said.source)
    return {source: kinds for source, kinds in named.items() if kinds and source not in barred}


def _names_somebody(source: str, message: bytes) -> bool:
    try:
        SOURCE_URI.validate_python(source)
    except ValidationError:
        return True
    # A source is nearly always ASCII, and a name nearly never: then the message need not be read.
    return not source.isascii() and People(people_named(msgspec.json.decode(message))).named_in(source)
