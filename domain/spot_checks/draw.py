"""The draw itself: a pure function of a checkpoint and the lists.

The seed is the hash of a checkpoint that was published before the draw and of the lists, so whoever has both
computes the same draw. Numbers come from SHA-256 of the seed and a counter; what would favour small numbers is
rejected.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from domain.spot_checks.lists import Lists, UnusableLists

SCHEME: Final = "tender-monitor spot check v1"
_RANGE: Final = 1 << 256


@dataclass(frozen=True, slots=True)
class Assignment:
    """A drawn subject, who inspects it, and who was excluded because of a recusal."""

    subject: str
    inspectors: tuple[str, ...]
    recused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Draw:
    """``lists_sha256`` and ``seed`` are lower-case hex; assignments are in the order in which they were drawn."""

    lists_sha256: str
    seed: str
    assignments: tuple[Assignment, ...]


def draw(checkpoint: bytes, lists: Lists) -> Draw:
    """The draw; ``checkpoint`` is the text of the checkpoint without its signatures, which do not count.

    Raises UnusableLists where a subject has too few inspectors who are not recused.
    """
    seed = seed_of(checkpoint, lists)
    numbers = _Numbers(seed)
    subjects = list(_subjects(lists, numbers))
    return Draw(lists.digest, seed, tuple(_assigned(subject, lists, numbers) for subject in subjects))


def seed_of(checkpoint: bytes, lists: Lists) -> str:
    """SHA-256 of three lines: the scheme, the SHA-256 of the checkpoint, the SHA-256 of the lists."""
    return sha256(f"{SCHEME}\n{sha256(checkpoint).hexdigest()}\n{lists.digest}\n".encode()).hexdigest()


class _Numbers:
    """Whole numbers, each equally likely, one after the other."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._counter = 0

    def below(self, limit: int) -> int:
        while True:
            said = sha256(f"{self._seed}:{self._counter}".encode()).digest()
            self._counter += 1
            number = int.from_bytes(said, "big")
            # The rest of a division favours small numbers, unless the last, incomplete round is left out.
            if number < _RANGE - _RANGE % limit:
                return number % limit


def _subjects(lists: Lists, numbers: _Numbers) -> Iterator[str]:
    """One subject after the other, each by its share in the weight of those that are left."""
    left = list(lists.candidates)
    total = sum(candidate.weight for candidate in left)
    for _ in range(lists.size):
        mark = numbers.below(total)
        place = 0
        while mark >= left[place].weight:
            mark -= left[place].weight
            place += 1
        drawn = left.pop(place)
        total -= drawn.weight
        yield drawn.subject


def _assigned(subject: str, lists: Lists, numbers: _Numbers) -> Assignment:
    free = list(lists.free_for(subject))
    if len(free) < lists.inspectors_each:
        raise UnusableLists(
            f"{subject} has {len(free)} inspectors who are not recused, and needs {lists.inspectors_each}"
        )
    drawn = tuple(free.pop(numbers.below(len(free))) for _ in range(lists.inspectors_each))
    return Assignment(subject, drawn, lists.recused_from(subject))
