"""The keys of facts that are in the ledger already: intake's second half, for the rebuild."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np
from pydantic import TypeAdapter

from domain.facts import INSIDE, OUTSIDE, any_message
from projections.recorded_facts import KIND_CODES
from streams.intake import seen_key, subject_key

_ANY: Final[Any] = any_message((*OUTSIDE, *INSIDE))
_FACTS: Final[TypeAdapter[Any]] = TypeAdapter(list[_ANY])
_decode: Final = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class KeyedFacts:
    """Facts by their keys, as :class:`streams.derivation.Keyed` wants them; ``positions`` ascend."""

    positions: np.ndarray[Any, np.dtype[np.int64]]
    kinds: np.ndarray[Any, np.dtype[np.uint8]]
    seen_keys: np.ndarray[Any, np.dtype[np.uint64]]
    subject_keys: np.ndarray[Any, np.dtype[np.uint64]]
    subject_rows: np.ndarray[Any, np.dtype[np.int64]]

    def between(self, first: int, last: int) -> "KeyedFacts":
        """Those at positions ``first`` to ``last``, both inclusive."""
        start, end = np.searchsorted(self.positions, [first, last + 1])
        begin, stop = np.searchsorted(self.subject_rows, [start, end])
        return KeyedFacts(
            self.positions[start:end],
            self.kinds[start:end],
            self.seen_keys[start:end],
            self.subject_keys[begin:stop],
            self.subject_rows[begin:stop] - start,
        )


def keyed(rows: Sequence[tuple[int, bytes]]) -> KeyedFacts:
    """``(position, state)`` of facts, as keys."""
    facts = _FACTS.validate_python([_decode(state) for _, state in rows])
    subjects = [(subject_key(subject), row) for row, fact in enumerate(facts) for subject in fact.data.subjects]
    return KeyedFacts(
        positions=np.array([position for position, _ in rows], dtype=np.int64),
        kinds=np.array([KIND_CODES[fact.data.KIND] for fact in facts], dtype=np.uint8),
        seen_keys=np.array([seen_key(fact.source, fact.id) for fact in facts], dtype=np.uint64),
        subject_keys=np.array([key for key, _ in subjects], dtype=np.uint64),
        subject_rows=np.array([row for _, row in subjects], dtype=np.int64),
    )
