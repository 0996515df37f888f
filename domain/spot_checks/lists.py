"""The lists of a draw 抽查名单: who may be inspected, with what weight, and who may inspect."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from domain.errors import MonitorError

LARGEST_WEIGHT: Final = 1_000_000


class UnusableLists(MonitorError):
    """Nothing can be drawn from these lists; the text says why."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A subject that may be inspected: of two, the one with twice the ``weight`` is drawn twice as often."""

    subject: str
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Inspector:
    """``recused`` are the subjects that the inspector must not inspect 回避."""

    name: str
    recused: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Lists:
    """Candidates and inspectors in the order of their names, and how many of each are drawn.

    ``inspectors_each`` inspectors go to each drawn subject. Raises :class:`UnusableLists`.
    """

    candidates: tuple[Candidate, ...]
    inspectors: tuple[Inspector, ...]
    size: int
    inspectors_each: int = 2

    def __post_init__(self) -> None:
        subjects = [candidate.subject for candidate in self.candidates]
        names = [inspector.name for inspector in self.inspectors]
        for texts, what in ((subjects, "candidate"), (names, "inspector")):
            if texts != sorted(set(texts)):
                raise UnusableLists(f"each {what} stands in the list once, in the order of names")
        if not all(1 <= candidate.weight <= LARGEST_WEIGHT for candidate in self.candidates):
            raise UnusableLists(f"a weight is a whole number from 1 to {LARGEST_WEIGHT}")
        if not 1 <= self.size <= len(subjects):
            raise UnusableLists(f"{self.size} cannot be drawn out of {len(subjects)} candidates")
        if self.inspectors_each < 1:
            raise UnusableLists("at least one inspector goes to each subject")
        unknown = {subject for inspector in self.inspectors for subject in inspector.recused} - set(subjects)
        if unknown:
            raise UnusableLists(f"an inspector is recused from {min(unknown)}, which is no candidate")

    def free_for(self, subject: str) -> tuple[str, ...]:
        """Those who may inspect ``subject``, by name."""
        return tuple(inspector.name for inspector in self.inspectors if subject not in inspector.recused)

    def recused_from(self, subject: str) -> tuple[str, ...]:
        return tuple(inspector.name for inspector in self.inspectors if subject in inspector.recused)

    @property
    def text(self) -> bytes:
        """The lists as one JSON text without spaces, keys and lists in order, non-ASCII characters as they are."""
        said = {
            "candidates": [[candidate.subject, candidate.weight] for candidate in self.candidates],
            "inspectors": [[inspector.name, sorted(inspector.recused)] for inspector in self.inspectors],
            "inspectors_each": self.inspectors_each,
            "size": self.size,
        }
        return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()

    @property
    def digest(self) -> str:
        """SHA-256 of the text, in lower-case hex."""
        return sha256(self.text).hexdigest()


def lists_of(
    candidates: Iterable[Candidate], inspectors: Iterable[Inspector], *, size: int, inspectors_each: int
) -> Lists:
    """The lists in the order of names, whatever order they were given in."""
    return Lists(
        tuple(sorted(candidates, key=lambda candidate: candidate.subject)),
        tuple(sorted(inspectors, key=lambda inspector: inspector.name)),
        size,
        inspectors_each,
    )
