"""Whom facts concern, held in memory by the 64-bit keys under which facts are indexed."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from projections.index import Keys

Hits = np.ndarray[Any, np.dtype[np.bool_]]


class Concerned:
    """Names (of appointments, won lots or people) by the keys of the subjects that concern them."""

    def __init__(self) -> None:
        self._names: dict[int, set[str]] = {}
        self._keys: Keys | None = None
        """The keys of ``_names``, sorted; None after they changed."""

    def of(self, key: int) -> frozenset[str] | set[str]:
        """The names that a fact under ``key`` concerns."""
        return self._names.get(key, frozenset())

    def hits(self, keys: Keys) -> Hits:
        """For each of ``keys``, whether a fact under it concerns anybody."""
        # Every fact of every batch passes here, so the check is one binary search over arrays. Sorting
        # again is rare, because most facts bring no new key.
        if self._keys is None:
            self._keys = np.sort(np.fromiter(self._names, np.uint64, len(self._names)))
        if not len(self._keys):
            return np.zeros(len(keys), np.bool_)
        places = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        hits: Hits = self._keys[places] == keys
        return hits

    def among(self, keys: Keys) -> Iterator[str]:
        """The names that one of ``keys`` concerns; a name may come several times."""
        for key in set(keys[self.hits(keys)].tolist()):
            yield from self._names[key]

    def add(self, name: str, keys: Iterable[int]) -> None:
        for key in keys:
            if key not in self._names:
                self._keys = None
            self._names.setdefault(key, set()).add(name)

    def remove(self, name: str, keys: Iterable[int]) -> None:
        """Let facts under ``keys`` concern ``name`` no more."""
        for key in keys:
            names = self._names.get(key, set())
            names.discard(name)
            if not names and self._names.pop(key, None) is not None:
                self._keys = None
