"""A single edit between two names, and what kind of slip it is."""

from functools import lru_cache
from typing import NamedTuple

from jellyfish import damerau_levenshtein_distance


class Edit(NamedTuple):
    """The one place where two texts differ.

    ``left`` and ``right`` are the characters there; one of them is empty for an added character, and
    both have two characters where neighbours are swapped. ``before`` and ``after`` are the characters
    around the place, empty at the ends.
    """

    position: int
    left: str
    right: str
    before: str
    after: str

    @property
    def swapped(self) -> bool:
        return len(self.left) == 2

    @property
    def added(self) -> bool:
        return not (self.left and self.right)

    @property
    def doubled(self) -> bool:
        """Whether the added character repeats its neighbour."""
        return self.added and (self.left + self.right) in (self.before, self.after)


def one_edit(left: str, right: str) -> Edit | None:
    """The edit between two texts with Damerau-Levenshtein distance 1; None for any other distance."""
    # What both texts share at their beginning and end adds nothing to the distance, so only the rest is
    # measured. One edit leaves at most two characters on a side (two neighbours swapped).
    start = _shared(left, right)
    tail = _shared(left[start:][::-1], right[start:][::-1])
    end = len(left) - tail
    before, after = left[start - 1 : start], left[end : end + 1]
    edit = Edit(start, left[start:end], right[start : len(right) - tail], before, after)
    if max(len(edit.left), len(edit.right)) > 2 or damerau_levenshtein_distance(edit.left, edit.right) != 1:
        return None
    return edit


def _shared(left: str, right: str) -> int:
    """The length of the beginning that two texts share."""
    return next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))


def homophone(left: str, right: str) -> bool:
    """Whether two characters have a reading (pinyin) in common, without regard to tones."""
    return not _readings(left).isdisjoint(_readings(right))


@lru_cache(maxsize=1 << 13)
def _readings(character: str) -> frozenset[str]:
    from pypinyin import Style, pinyin  # Its dictionaries load slowly, and few pairs of names need them.

    return frozenset(pinyin(character, style=Style.NORMAL, heteronym=True)[0])
