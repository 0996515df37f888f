"""What is hashed of a ledger row: all of it, and where it stands."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from domain.errors import MonitorError

HEADER: Final = b"tender-integrity leaf v1"


class NotALeaf(MonitorError):
    """Bytes that are no leaf of this log."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One ledger row; ``position`` counts from 1, the leaf's index in the tree from 0."""

    position: int
    originator_id: UUID
    originator_version: int
    topic: str
    state: bytes

    @property
    def index(self) -> int:
        return self.position - 1


def leaf_bytes(position: int, originator_id: UUID, originator_version: int, topic: str, state: bytes) -> bytes:
    """Five lines — header, position, originator, version, topic — and then the state as stored."""
    return b"%b\n%d\n%b\n%d\n%b\n%b" % (
        HEADER,
        position,
        originator_id.hex.encode(),
        originator_version,
        topic.encode(),
        state,
    )


def parse_leaf(leaf: bytes) -> Leaf:
    """Raises :class:`NotALeaf` unless these are exactly the bytes :func:`leaf_bytes` gives."""
    lines = leaf.split(b"\n", 5)
    try:
        header, position, originator, version, topic, state = lines
        parsed = Leaf(int(position), UUID(hex=originator.decode()), int(version), topic.decode(), state)
    except ValueError as error:
        raise NotALeaf("not the lines of a leaf") from error
    said = leaf_bytes(parsed.position, parsed.originator_id, parsed.originator_version, parsed.topic, parsed.state)
    if header != HEADER or said != leaf:
        raise NotALeaf("not written as a leaf is written")
    return parsed
