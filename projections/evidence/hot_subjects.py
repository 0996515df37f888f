"""A cache of the ledger positions of busy subjects, kept between the batches of one writer."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from cachetools import LRUCache
from sqlalchemy import Connection

from projections.index import Values
from projections.index.subject_index import SubjectIndex, key_of, positions_in

_MANY: Final = 1_000
"""A subject with more entries is not kept as a whole, but only the positions that were asked for."""

Kinds = frozenset[int] | None


@dataclass(slots=True)
class _Cached:
    """What is kept of one subject.

    ``values`` are all its entries in the index, or None where there are too many. ``asked`` are the
    positions by the kinds that were asked for.
    """

    values: Values | None
    asked: dict[Kinds, Values] = field(default_factory=dict)

    def answers(self, kinds: Kinds) -> bool:
        """Whether the positions of facts of ``kinds`` are known without asking the index."""
        return self.values is not None or kinds in self.asked

    def positions(self, kinds: Kinds) -> Values:
        if kinds not in self.asked:
            assert self.values is not None
            self.asked[kinds] = positions_in(self.values, kinds)
        return self.asked[kinds]


class HotSubjects:
    """Gives the same answers as the writer's index; a subject that a batch touches is looked up again."""

    def __init__(self, index: SubjectIndex, *, remembered: int = 20_000) -> None:
        self._index = index
        self._cached: LRUCache[int, _Cached] = LRUCache(remembered)

    def positions(self, connection: Connection, subject: str, kinds: Collection[int] | None = None) -> Values:
        """The ledger positions of ``subject``, ascending; only of facts with a code among ``kinds``, if given."""
        self.prefetch(connection, [subject], kinds)
        return self._cached[key_of(subject)].positions(None if kinds is None else frozenset(kinds))

    def prefetch(self, connection: Connection, subjects: Sequence[str], kinds: Collection[int] | None) -> None:
        """Look up in one go what :meth:`positions` will be asked for."""
        wanted = None if kinds is None else frozenset(kinds)
        keys = [key for key in map(key_of, subjects) if not self._answers(key, wanted)]
        if keys:
            for key, values in zip(keys, self._index.lookup(connection, keys), strict=True):
                self._remember(key, values, wanted)

    def touched(self, keys: Iterable[int]) -> None:
        """Forget the subjects of these keys, about which a batch brought more facts."""
        for key in keys:
            self._cached.pop(key, None)

    def forget(self) -> None:
        """Forget everything; to be called after a rollback."""
        self._cached.clear()

    def _answers(self, key: int, kinds: Kinds) -> bool:
        cached = self._cached.get(key)
        return cached is not None and cached.answers(kinds)

    def _remember(self, key: int, values: Values, wanted: Kinds) -> None:
        # A large project has hundreds of thousands of check-ins, of which only a few are asked for. Keeping
        # them all for 20,000 subjects would fill the memory.
        if len(values) <= _MANY:
            self._cached[key] = _Cached(values)
        else:
            self._cached.setdefault(key, _Cached(None)).asked[wanted] = positions_in(values, wanted)
