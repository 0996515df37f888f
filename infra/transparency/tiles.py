"""Tiles (C2SP tlog-tiles): 256 hashes of one level of the tree, and where each is found."""

import re
from dataclasses import dataclass
from typing import Final

from domain.errors import MonitorError

WIDTH: Final = 256
HEIGHT: Final = 8
"""A tile spans so many levels of the binary tree."""
_PATH: Final = re.compile(r"(0|[1-9]\d?)/((?:x\d{3}/)*\d{3})(?:\.p/([1-9]\d{0,2}))?")
_HIGHEST: Final = 63


class NoSuchTile(MonitorError):
    """A path that names no tile."""


@dataclass(frozen=True, slots=True)
class Tile:
    """``width`` below 256 is a partial tile: the beginning of one that is not full yet."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """``1/x001/234``, or ``1/x001/234.p/17``."""
        digits = f"{self.index:03d}"
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        parts = [digits[start : start + 3] for start in range(0, len(digits), 3)]
        named = "/".join([*(f"x{part}" for part in parts[:-1]), parts[-1]])
        return f"{self.level}/{named}" + (f".p/{self.width}" if self.width < WIDTH else "")


def parse_path(path: str) -> Tile:
    """Raises :class:`NoSuchTile` for everything but a tile's one path."""
    found = _PATH.fullmatch(path)
    if found is None:
        raise NoSuchTile(path)
    tile = Tile(int(found[1]), int(found[2].replace("/", "").replace("x", "")), int(found[3] or WIDTH))
    if tile.path != path or tile.level > _HIGHEST:
        raise NoSuchTile(path)
    return tile


def right_edge(size: int) -> list[Tile]:
    """The partial tiles of a tree of ``size``, the leaves' first."""
    edge, level = [], 0
    while size:
        if size % WIDTH:
            edge.append(Tile(level, size // WIDTH, size % WIDTH))
        size, level = size // WIDTH, level + 1
    return edge
