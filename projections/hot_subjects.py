"""Where the facts of busy subjects are, remembered between the batches of one writer."""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection

from projections.subject_index import SubjectIndex, key_of

Positions = np.ndarray[Any, np.dtype[np.int64]]
_REMEMBERED: Final = 20_000


class HotSubjects:
    """Answers as the writer's index does; a subject is looked up anew once a batch touches it."""

    def __init__(self, index: SubjectIndex) -> None:
        self._index = index
        self._known: OrderedDict[int, dict[Collection[int] | None, Positions]] = OrderedDict()

    def positions(self, connection: Connection, subject: str, kinds: Collection[int] | None = None) -> Positions:
        key = key_of(subject)
        wanted = None if kinds is None else frozenset(kinds)
        known = self._known.setdefault(key, {})
        if wanted not in known:
            known[wanted] = self._index.positions(connection, subject, wanted)
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return known[wanted]

    def prefetch(self, connection: Connection, subjects: Sequence[str], kinds: Collection[int] | None) -> None:
        """Look up at once what :meth:`positions` will be asked for."""
        wanted = None if kinds is None else frozenset(kinds)
        unknown = [subject for subject in subjects if wanted not in self._known.get(key_of(subject), {})]
        if unknown:
            found = self._index.positions_of_each(connection, unknown, wanted)
            for subject, positions in zip(unknown, found, strict=True):
                self._known.setdefault(key_of(subject), {})[wanted] = positions

    def touched(self, keys: Iterable[int]) -> None:
        """There is more about the subjects of these keys now."""
        for key in keys:
            self._known.pop(key, None)

    def forget(self) -> None:
        self._known.clear()
