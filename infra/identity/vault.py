"""Who a pseudonym is: names and ID numbers, sealed, apart from the ledger.

A person becomes ``person_id``, a keyed hash of the identity text; the identity itself is
sealed under a key of its own, derived from the vault key. Erasing a person removes the
sealed rows and leaves every ledger entry and proof as it is.
"""

import hashlib
import hmac
import json
import os
import unicodedata
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection

from domain.errors import MonitorError
from domain.names import person_name_key_text
from infra.identity.identities import KEPT, Identities, IdentityRow, erase, sealed_identities
from infra.identity.keys import Keys

_NONCE: Final = 12
DIGEST_LENGTH: Final = 32
"""Of what is kept sealed beside the ledger; as a row of the vault it takes the place of a pseudonym."""
UNKNOWN_PERSON: Final = "＊"
_COMPOUND: Final = (
    "欧阳 歐陽 司马 司馬 上官 诸葛 諸葛 东方 東方 皇甫 尉迟 尉遲 公孙 公孫 慕容 令狐 司徒 司空 夏侯 轩辕 軒轅 宇文 "
    "长孙 長孫 端木 独孤 獨孤 南宫 南宮 西门 西門 东郭 東郭 百里 闻人 聞人 澹台 濮阳 濮陽 淳于 单于 單于 申屠 公羊 "
    "赫连 赫連 呼延 钟离 鐘離 鲜于 鮮于 太史 仲孙 仲孫 完颜 完顏 拓跋 纳兰 納蘭"
)
_COMPOUND_SURNAMES: Final = frozenset(_COMPOUND.split())


_NOT_OURS: Final = (
    "what is sealed cannot be opened: vault.key is not the key it was sealed with, or the content was changed"
)


class SealBroken(MonitorError):
    """Sealed bytes that this vault key did not seal, or not for this purpose."""


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """One person in clear: for eyes that may see it, never for a log.

    Sources may spell one person's name differently: ``names`` has them all, sorted.
    """

    person_id: str
    identity: str
    names: tuple[str, ...]
    extra: tuple[dict[str, Any], ...] = ()

    @property
    def number(self) -> str:
        """The number on the identity document."""
        return self.identity.rpartition(":")[2]

    @property
    def masked(self) -> str:
        """Surname and ＊, then at most the first four and the last two characters of the number."""
        surnames = "/".join(dict.fromkeys(f"{_surname(name)}＊" for name in self.names))
        shown = 4 if len(self.number) >= 15 else 1
        return f"{surnames} {self.number[:shown]}…{self.number[-2:]}"


def _surname(name: str) -> str:
    plain = name.strip()
    return plain[:2] if len(plain) > 2 and plain[:2] in _COMPOUND_SURNAMES else plain[: len(plain) > 1]


class Vault:
    """Seals and opens; knows people by pseudonym. ``kept`` reads what is kept of people."""

    def __init__(
        self, keys: Keys, *, kept: Callable[[Connection, Iterable[str]], list[IdentityRow]] = sealed_identities
    ) -> None:
        self._keys = keys
        self._kept = kept
        # A copy of a keyed hash costs a third of a new one.
        self._seal_hash = hmac.new(keys.vault, b"seal\0", keys.suite.hash)

    def seal(self, content: bytes, purpose: str) -> bytes:
        """``content`` under a key of its own; it opens only for the same ``purpose``."""
        context, nonce = purpose.encode(), os.urandom(_NONCE)
        suite = self._keys.suite
        return suite.seal_format + nonce + suite.seal(self._key_for(context), nonce, content, context)

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """The content; raises :class:`SealBroken` when the seal is not whole."""
        suite = self._keys.suite
        if sealed[:1] != suite.seal_format:
            raise SealBroken("sealed in no format known here")
        context, nonce, content = purpose.encode(), sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
        try:
            return suite.open(self._key_for(context), nonce, content, context)
        except (InvalidTag, ValueError) as error:
            raise SealBroken(_NOT_OURS) from error

    def _key_for(self, context: bytes) -> bytes:
        keyed = self._seal_hash.copy()
        keyed.update(context)
        return keyed.digest()

    def login_key(self, login: str) -> str:
        """A keyed digest of a login name, however it is written; by the first key of the vault, for ever."""
        named = unicodedata.normalize("NFKC", login).strip().casefold()
        return hmac.digest(
            self._keys.logins or self._keys.vault, b"login\0" + named.encode("utf-8", "replace"), hashlib.sha256
        ).hex()

    def digest(self, content: bytes) -> str:
        """A keyed digest: equal for equal content, and no help in guessing the content."""
        return hmac.digest(self._keys.pseudonyms, b"digest\0" + content, self._keys.suite.hash).hex()

    def signature(self, content: bytes) -> bytes:
        """What shows that ``content`` comes from this installation; by a key that no change of other keys touches."""
        return hmac.digest(self._keys.pseudonyms, b"signature\0" + content, self._keys.suite.hash)

    def pseudonymiser(self, *, remembered: int = 800_000) -> "Pseudonymiser":
        """A pseudonymiser with this vault's keys, for one thread or process."""
        return Pseudonymiser(self._keys, remembered=remembered)

    def identities(self) -> Identities:
        """Where a writer keeps what pseudonymisers drained."""
        return Identities(self._keys.pseudonyms_version)

    def identity(self, connection: Connection, person_id: str) -> Identity | None:
        """None when the person was never named here, or was erased."""
        return self.identities_of(connection, [person_id]).get(person_id)

    def keeps(self, connection: Connection, person_id: str) -> bool:
        """Whether anything is kept of the person: an identity, or what was said about the person."""
        return bool(self._kept(connection, [person_id]))

    def masked(self, connection: Connection, person_id: str) -> str:
        """What may be shown of a person; :data:`UNKNOWN_PERSON` when nothing is known."""
        return self.masked_all(connection, [person_id])[person_id]

    def masked_all(self, connection: Connection, person_ids: Iterable[str]) -> dict[str, str]:
        """:meth:`masked` for a page of people."""
        wanted = list(dict.fromkeys(person_ids))
        known = self.identities_of(connection, wanted)
        return {each: known[each].masked if each in known else UNKNOWN_PERSON for each in wanted}

    def erase(self, connection: Connection, person_id: str) -> int:
        """Remove a person's identity for good; returns how many rows went. Needs a transaction."""
        if connection.dialect.name != "sqlite":
            return erase(connection, person_id)
        # Overwrites the freed bytes, which SQLite otherwise leaves in the file.
        connection.exec_driver_sql("PRAGMA secure_delete=ON").close()
        removed = erase(connection, person_id)
        connection.exec_driver_sql("PRAGMA secure_delete=OFF").close()
        return removed

    def said(self, connection: Connection, digests: Iterable[str]) -> dict[str, bytes]:
        """What :meth:`Pseudonymiser.keep` sealed, by digest; without what was erased."""
        rows = self._kept(connection, list(dict.fromkeys(digests)))
        return {digest: self.open(sealed, digest) for digest, variant, sealed in rows if variant == KEPT}

    def identities_of(self, connection: Connection, people: Sequence[str]) -> dict[str, Identity]:
        """:meth:`identity` for several people; without those of whom nothing is known."""
        opened: dict[str, list[dict[str, Any]]] = {}
        for person_id, variant, sealed in self._kept(connection, people):
            if variant.startswith(KEPT):
                continue
            opened.setdefault(person_id, []).append(json.loads(self.open(sealed, person_id)))
        return {person_id: _merged(person_id, variants) for person_id, variants in opened.items()}


def _merged(person_id: str, variants: list[dict[str, Any]]) -> Identity:
    names = tuple(sorted({variant["name"] for variant in variants}))
    extra = tuple(variant["extra"] for variant in variants if variant["extra"])
    return Identity(person_id, variants[0]["identity"], names, extra)


class Pseudonymiser:
    """Turns identities into pseudonyms and keeps sealed rows for the vault until drained.

    Remembers which ones it sealed last, in two halves: when the newer is full it becomes the
    older. A half holds the workers of a city, so that none of these is sealed twice. Rows once
    drained must be stored with the batch they came from, or with a later one.
    """

    def __init__(self, keys: Keys, *, remembered: int = 800_000) -> None:
        self._vault = Vault(keys)
        self._person_hash = hmac.new(keys.pseudonyms, digestmod=keys.suite.hash)
        self._name_hash = hmac.new(self._person_digest(b"names"), digestmod=keys.suite.hash)
        self._half = max(1, remembered // 2)
        self._newer: set[bytes] = set()
        self._older: set[bytes] = set()
        self._rows: list[IdentityRow] = []

    def __call__(self, identity: str, name: str, extra: dict[str, Any]) -> tuple[str, str]:
        """``(person_id, name_key)`` of an identity text such as ``rid:v1:110101…``."""
        person = self._person_digest(identity.encode())
        named = self._name_digest(person_name_key_text(name).encode())
        person_id, name_key = person.hex(), named.hex()[:32]
        if extra:
            self._seal(person_id, f"{name_key}+{self._further(extra)}", identity, name, extra)
        elif self._is_new(person[:8] + hashlib.blake2b(name.encode(), digest_size=8).digest()):
            self._seal(person_id, name_key, identity, name, extra)
        return person_id, name_key

    def person_id(self, identity: str) -> str:
        """The pseudonym of an identity text, without a name to keep."""
        return self._person_digest(identity.encode()).hex()

    def keep(self, content: bytes, people: Collection[str]) -> str:
        """Seal what was said about ``people``: unknown fields of a message, words of a decision; its keyed digest.

        A row of each person points to it, so that it goes with the first of them who is erased.
        """
        digest = self._name_digest(b"kept\0" + content).hex()[:DIGEST_LENGTH]
        self._rows.append((digest, KEPT, self._vault.seal(content, digest)))
        self._rows += [(person, f"{KEPT}:{digest}", b"") for person in sorted(people)]
        return digest

    def drain(self) -> list[IdentityRow]:
        """The sealed identities met since the last call."""
        rows, self._rows = self._rows, []
        return rows

    def _is_new(self, met: bytes) -> bool:
        if met in self._newer:
            return False
        new = met not in self._older
        if len(self._newer) >= self._half:
            self._older, self._newer = self._newer, set()
        self._newer.add(met)
        return new

    def _seal(self, person_id: str, variant: str, identity: str, name: str, extra: dict[str, Any]) -> None:
        content = msgspec.json.encode({"identity": identity, "name": name, "extra": extra})
        self._rows.append((person_id, variant, self._vault.seal(content, person_id)))

    def _further(self, extra: dict[str, Any]) -> str:
        return self._name_digest(b"extra\0" + json.dumps(extra, sort_keys=True).encode()).hex()[:16]

    def _person_digest(self, text: bytes) -> bytes:
        keyed = self._person_hash.copy()
        keyed.update(text)
        return keyed.digest()

    def _name_digest(self, text: bytes) -> bytes:
        keyed = self._name_hash.copy()
        keyed.update(text)
        return keyed.digest()
