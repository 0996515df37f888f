"""Where the facts of busy subjects are, remembered between the batches of one writer."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from cachetools import LRUCache
from sqlalchemy import Connection

from projections.index import Values
from projections.index.subject_index import SubjectIndex, key_of, positions_in

_MANY: Final = 1_000
"""Of a subject with more entries only what was asked for is remembered."""

Kinds = frozenset[int] | None


@dataclass(slots=True)
class _Known:
    """``values``: everything the index has of a subject, unless that is much."""

    values: Values | None
    asked: dict[Kinds, Values] = field(default_factory=dict)

    def answers(self, kinds: Kinds) -> bool:
        return self.values is not None or kinds in self.asked

    def positions(self, kinds: Kinds) -> Values:
        if kinds not in self.asked:
            assert self.values is not None
            self.asked[kinds] = positions_in(self.values, kinds)
        return self.asked[kinds]


class HotSubjects:
    """Answers as the writer's index does; a subject is looked up anew once a batch touches it."""

    def __init__(self, index: SubjectIndex, *, remembered: int = 20_000) -> None:
        self._index = index
        self._known: LRUCache[int, _Known] = LRUCache(remembered)

    def positions(self, connection: Connection, subject: str, kinds: Collection[int] | None = None) -> Values:
        self.prefetch(connection, [subject], kinds)
        return self._known[key_of(subject)].positions(None if kinds is None else frozenset(kinds))

    def prefetch(self, connection: Connection, subjects: Sequence[str], kinds: Collection[int] | None) -> None:
        """Look up at once what :meth:`positions` will be asked for."""
        wanted = None if kinds is None else frozenset(kinds)
        keys = [key for key in map(key_of, subjects) if not self._answers(key, wanted)]
        if keys:
            for key, values in zip(keys, self._index.lookup(connection, keys), strict=True):
                self._remember(key, values, wanted)

    def touched(self, keys: Iterable[int]) -> None:
        """There is more about the subjects of these keys now."""
        for key in keys:
            self._known.pop(key, None)

    def forget(self) -> None:
        self._known.clear()

    def _answers(self, key: int, kinds: Kinds) -> bool:
        known = self._known.get(key)
        return known is not None and known.answers(kinds)

    def _remember(self, key: int, values: Values, wanted: Kinds) -> None:
        if len(values) <= _MANY:
            self._known[key] = _Known(values)
        else:
            self._known.setdefault(key, _Known(None)).asked[wanted] = positions_in(values, wanted)
