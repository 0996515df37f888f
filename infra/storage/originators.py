"""Originators of events: a UUID in 16 bytes on either database."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, Dialect, Integer, LargeBinary, TypeDecorator, Uuid
from sqlalchemy.types import TypeEngine

BigInt: Final = BigInteger().with_variant(Integer, "sqlite")


class OriginatorId(TypeDecorator[UUID]):
    """A UUID in 16 bytes on either database."""

    impl = Uuid
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(LargeBinary(16) if dialect.name == "sqlite" else Uuid())

    def process_bind_param(self, value: UUID | str | None, dialect: Dialect) -> UUID | bytes | None:
        return None if value is None else originator_key(value, dialect.name)

    def process_result_value(self, value: Any, dialect: Dialect) -> UUID | None:  # noqa: ARG002 - what came tells
        return UUID(bytes=value) if isinstance(value, bytes) else value


def originator_key(originator: UUID | str, dialect: str) -> UUID | bytes:
    """An originator as that database's driver takes it."""
    found = originator if isinstance(originator, UUID) else UUID(originator)
    return found.bytes if dialect == "sqlite" else found
