"""Changing a key: what was made with the old one is made anew, ended or kept, in one transaction.

The new key lies beside the old one as ``<name>.next`` before the transaction, which writes its fingerprint down; then
it takes the old one's place. Whoever opens the folder in between finishes that, so that a change may be interrupted at
any moment (decision 44).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Column, ColumnElement, Connection, Row, Table, bindparam, delete, insert, select, text, update

from alerts.outbox import OUTBOX
from alerts.outbox import PURPOSE as OUTGOING
from alerts.set_aside import SET_ASIDE
from domain.facts.access import Cause, KeyChanged
from domain.facts.fact import OWN_PREFIX
from domain.instants import instant_text
from infra.cluster.commands import SHARD_COMMANDS
from infra.identity.identities import IDENTITIES
from infra.identity.keys import LOGINS, TOKENS, VAULT, fingerprint, key_file, make_keys, next_file, read_key
from infra.identity.known_keys import finish_changes
from infra.identity.sign_in_codes import SIGN_IN_CODES
from infra.identity.tokens import ENDED, ISSUED, Why
from infra.identity.vault import SealBroken, Vault
from infra.installation import KEYS_FOLDER, Installation
from infra.transparency.beside import SUMMED
from projections.table_sums import sum_again, summed
from streams.intake.own_facts import prepare_own
from streams.intake.quarantine import QUARANTINE, purpose_of

KEYS_SOURCE: Final = f"{OWN_PREFIX}keys"
RETIRED: Final = "retired"
"""Where an old vault key is kept: backups that were made before cannot be read without it."""
CHANGEABLE: Final = (TOKENS, VAULT)
_AT_ONCE: Final = 2_000
_CHANGE: Final = text("UPDATE known_keys SET fingerprint = :fingerprint WHERE name = :name")
_KNOW: Final = text("INSERT INTO known_keys (name, fingerprint) VALUES (:name, :fingerprint) ON CONFLICT DO NOTHING")


@dataclass(frozen=True, slots=True)
class _Sealed:
    """A table with sealed content, its rows by ``number``."""

    table: Table
    column: Column[Any]
    purpose: Callable[[Row[Any]], str]
    where: ColumnElement[bool]


SEALED: Final = (
    _Sealed(IDENTITIES, IDENTITIES.c.sealed, lambda row: row.person_id, IDENTITIES.c.sealed != b""),
    _Sealed(QUARANTINE, QUARANTINE.c.sealed, lambda row: purpose_of(row.quarantine_id), QUARANTINE.c.sealed != b""),
    _Sealed(OUTBOX, OUTBOX.c.content, lambda _: OUTGOING, OUTBOX.c.sealed),
    _Sealed(SET_ASIDE, SET_ASIDE.c.content, lambda _: OUTGOING, SET_ASIDE.c.sealed & (SET_ASIDE.c.content != b"")),
)
"""What is sealed again; other sealed rows are short-lived, and go."""
SHORT_LIVED: Final = (SIGN_IN_CODES, SHARD_COMMANDS)


@dataclass(slots=True)
class Changed:
    """``resealed`` rows are under the new key, ``unreadable`` ones were damaged before; ``ended`` tokens are over."""

    key: str
    fingerprint: str = ""
    resealed: int = 0
    unreadable: int = 0
    ended: int = 0


def change_key(
    installation: Installation, name: str, *, cause: Cause, by: str, schemas: Sequence[str | None] = (None,)
) -> Changed:
    """Give ``name``, one of :data:`CHANGEABLE`, a new key in all ``schemas``; nobody else may have them open.

    That it was changed, by whom and why is a fact in the ledger of ``installation``, in the same transaction.
    """
    folder, changed = installation.settings.data / KEYS_FOLDER, Changed(name)
    file, coming = key_file(folder, name), next_file(folder, name)
    coming.unlink(missing_ok=True)
    make_keys([coming])
    before, changed.fingerprint = fingerprint(file), fingerprint(coming)
    if name == VAULT:
        _retire(file, before)
    data = KeyChanged(key=name, fingerprint=changed.fingerprint, before=before, cause=cause, changed_by=by)
    said = (KEYS_SOURCE, str(uuid4()), data, {"time": installation.clock().isoformat()})

    def within_commit(connection: Connection, _: Any, at: datetime) -> None:
        for _schema in _each(connection, schemas):
            connection.execute(_CHANGE, {"name": name, "fingerprint": changed.fingerprint})
            _follow(installation, connection, changed, read_key(coming), before, at)

    installation.open_shard().commit([prepare_own([said])], within_commit=within_commit)
    finish_changes(folder, {name: changed.fingerprint})
    return changed


def _follow(
    installation: Installation, connection: Connection, changed: Changed, key: bytes, before: str, at: datetime
) -> None:
    if changed.key == TOKENS:
        changed.ended += _end_tokens(connection, at)
        connection.execute(delete(SIGN_IN_CODES))
        return
    new_keys = replace(installation.keys, vault=key)
    if connection.execute(select(1).select_from(text("known_keys")).limit(1)).first() is not None:
        connection.execute(_KNOW, {"name": LOGINS, "fingerprint": before})
    for sealed in SEALED:
        _seal_again(connection, sealed, installation.vault, Vault(new_keys), changed)
    for table in SHORT_LIVED:
        connection.execute(delete(table))
    sum_again(connection, SUMMED, new_keys.table_sums)


def _each(connection: Connection, schemas: Sequence[str | None]) -> Iterator[str | None]:
    """Enter one after the other, and end in the first, whose transaction it is."""
    for schema in (*schemas, schemas[0]) if len(schemas) > 1 else schemas:
        if schema is not None:
            quoted = connection.dialect.identifier_preparer.quote_schema(schema)
            connection.exec_driver_sql(f"SET LOCAL search_path TO {quoted}")
        yield schema


def _end_tokens(connection: Connection, at: datetime) -> int:
    """Their signatures are worth nothing from now on; the list of tokens says so too."""
    now = instant_text(at)
    known = select(ENDED.c.id)
    waiting = connection.execute(select(ISSUED).where(ISSUED.c.expires_at > now, ISSUED.c.id.not_in(known))).all()
    rows = [{"id": row.id, "ended_at": now, "expires_at": row.expires_at, "why": Why.REVOKED.value} for row in waiting]
    if rows:
        with summed(connection, ENDED, ENDED.c.id.in_([row["id"] for row in rows])):
            connection.execute(insert(ENDED), rows)
    return len(rows)


def _seal_again(connection: Connection, sealed: _Sealed, old: Vault, new: Vault, changed: Changed) -> None:
    number, last = sealed.table.c.number, -1
    write = update(sealed.table).where(number == bindparam("row")).values({sealed.column: bindparam("again")})
    while rows := connection.execute(
        select(sealed.table).where(number > last, sealed.where).order_by(number).limit(_AT_ONCE)
    ).all():
        written = list(_opened(rows, sealed, old, new))
        changed.resealed += len(written)
        changed.unreadable += len(rows) - len(written)
        if written:
            connection.execute(write, written)
        last = rows[-1].number


def _opened(rows: Sequence[Row[Any]], sealed: _Sealed, old: Vault, new: Vault) -> Iterator[dict[str, Any]]:
    """What was damaged before stays as it is."""
    for row in rows:
        with suppress(SealBroken):
            purpose = sealed.purpose(row)
            content = old.open(bytes(getattr(row, sealed.column.name)), purpose)
            yield {"row": row.number, "again": new.seal(content, purpose)}


def _retire(file: Path, before: str) -> None:
    """Keep the key for older backups; logins in the ledger stay under the first one."""
    folder = file.parent / RETIRED
    folder.mkdir(mode=0o700, exist_ok=True)
    for kept in (folder / f"{file.stem}-{before}.key", key_file(file.parent, LOGINS)):
        with suppress(FileExistsError):
            kept.hardlink_to(file)
