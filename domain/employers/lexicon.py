"""The word lists of the comparison: industries, agents and look-alike characters."""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from domain.names import LOST

_LONG_AGENT_WORD = 4


def _lines(file_name: str) -> list[str]:
    text = files("domain.employers").joinpath(file_name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _words(file_name: str) -> list[str]:
    return [word for line in _lines(file_name) for word in line.split()]


@cache
def _industries() -> tuple[frozenset[str], int]:
    words = frozenset(_words("industries.txt"))
    return words, max(map(len, words))


@cache
def _agent_words() -> tuple[str, ...]:
    return tuple(_words("agents.txt"))


@cache
def _look_alikes() -> frozenset[tuple[str, str]]:
    pairs = {(line[0], other) for line in _lines("look_alikes.txt") for other in line[1:]}
    return frozenset(pairs | {(other, first) for first, other in pairs})


def industry_start(text: str, shortest_trade: int) -> int:
    """The index at which the industry words at the end of ``text`` begin, not below ``shortest_trade``.

    It is the length of ``text`` where the text ends with no industry word.
    """
    words, longest = _industries()
    end = len(text)
    # Words are taken from the right, the longest first: the leftmost start gives the longest word.
    while end > shortest_trade:
        for start in range(max(shortest_trade, end - longest), end):
            if text[start:end] in words:
                end = start
                break
        else:
            break
    return end


def agent_word(text: str) -> str:
    """The word that marks ``text`` as the name of an agent; empty where there is none.

    In a word of four characters or more, one may be lost.
    """
    found = next((word for word in _agent_words() if word in text), "")
    if found or not LOST.search(text):
        return found
    return next((word for word, pattern in _agent_words_with_a_loss() if pattern.search(text)), "")


@cache
def _agent_words_with_a_loss() -> tuple[tuple[str, re.Pattern[str]], ...]:
    long = (word for word in _agent_words() if len(word) >= _LONG_AGENT_WORD)
    return tuple((word, re.compile("|".join(_each_lost(word)))) for word in long)


def _each_lost(word: str) -> Iterator[str]:
    for place in range(len(word)):
        yield word[:place] + LOST.pattern + word[place + 1 :]


def look_alike(left: str, right: str) -> bool:
    """Whether two characters are easily taken for each other."""
    return (left, right) in _look_alikes()
