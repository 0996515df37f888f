"""Lost characters: what systems print, or leave out, where they lack a rare character.

A lost character accuses nobody: a name that agrees everywhere else is probably the same, or cannot
be told. What can be read still decides: another character, region or ordinal.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby, islice
from typing import NamedTuple

from domain.employers.ordinals import NUMERALS
from domain.employers.outcome import EmployerMatch, Outcome
from domain.employers.parse import Reading
from domain.employers.regions import names_that_fit
from domain.names import LOST

RULE = "character_lost"
_SURE_TRADE = 3
"""A trade name of so many characters still tells a firm when one of them is lost."""
_FEWEST_LEGIBLE = 2
_LONGEST_REGION = 6
_MOST_TRIED = 24


class Completed(NamedTuple):
    """A name with what was lost put back, and the characters that were guessed for it."""

    text: str
    guessed: str


def holds_lost(text: str) -> bool:
    return LOST.search(text) is not None


def may_lack(lossy: str, whole: str) -> bool:
    """Whether ``lossy`` has a mark, or lacks a rare character that ``whole`` has. Few names do."""
    return holds_lost(lossy) or any(rare not in lossy for rare in _rare_in(whole))


@lru_cache(maxsize=1 << 12)
def completions(lossy: str, whole: str) -> tuple[Completed, ...]:
    """``lossy`` with characters of ``whole`` where its own were lost and the two agree around the place.

    Both are normalised names. A mark may stand for nothing, and a rare character may be missing without a mark.
    """
    as_a_whole = _wildcards(lossy).fullmatch(whole) if holds_lost(lossy) else None
    if as_a_whole is not None:
        return (Completed(whole, "".join(as_a_whole.groups())),)
    found = islice(_filled(Completed(lossy, ""), 0, whole), _MOST_TRIED)
    return tuple(each for each in dict.fromkeys(found) if each.text != lossy)


@lru_cache(maxsize=1 << 12)
def region_completions(lossy: str) -> tuple[Completed, ...]:
    """``lossy`` with the names of regions that it may begin with, where a character of one was lost."""
    first = LOST.search(lossy)
    if first is None or first.start() >= _LONGEST_REGION:
        return ()
    ends = range(max(2, first.end()), min(_LONGEST_REGION, len(lossy)) + 1)
    return tuple(
        Completed(name + lossy[end:], "") for end in ends for name in names_that_fit(_wildcards(lossy[:end], fewest=1))
    )


def weakened(match: EmployerMatch, name: Reading, guessed: str) -> EmployerMatch:
    """What is left of ``match`` where characters of ``name`` had to be guessed."""
    if match.outcome in (Outcome.DIFFERENT, Outcome.BRANCH_OR_GROUP):
        return match
    of_trade = sum(character in name.trade for character in guessed)
    of_ordinal = bool(name.ordinals) and not set(guessed).isdisjoint(NUMERALS)
    sure = len(name.trade) >= _SURE_TRADE and len(name.trade) - of_trade >= _FEWEST_LEGIBLE and not of_ordinal
    likely = match.outcome in (Outcome.SAME, Outcome.PROBABLY_SAME) and sure
    return EmployerMatch(Outcome.PROBABLY_SAME if likely else Outcome.UNKNOWN, RULE)


def _filled(name: Completed, start: int, whole: str) -> Iterator[Completed]:
    """Fill the marks from ``start`` on, one run after the other, in every way that ``whole`` allows."""
    run = LOST.search(name.text, start)
    if run is None:
        yield from _with_missing(name, whole)
        return
    before, after = name.text[: run.start()], name.text[run.end() :]
    for place in _between(before[-1:], after[:1], len(run.group())).finditer(whole):
        filled = place.group(1)
        completed = Completed(f"{before}{filled}{after}", name.guessed + filled)
        yield from _filled(completed, run.start() + len(filled), whole)


def _with_missing(name: Completed, whole: str) -> Iterator[Completed]:
    """The name itself, and with the rare characters of ``whole`` that it lacks."""
    yield name
    text, guessed = name
    end = 0
    for rare, run in groupby(whole, _is_rare):
        missing = "".join(run)
        start, end = end, end + len(missing)
        before, after = whole[max(0, start - 1) : start], whole[end : end + 1]
        if rare and missing not in text and (place := text.find(before + after)) >= 0:
            split = place + len(before)
            text, guessed = f"{text[:split]}{missing}{text[split:]}", guessed + missing
    yield Completed(text, guessed)


@lru_cache(maxsize=1 << 12)
def _between(left: str, right: str, marks: int) -> re.Pattern[str]:
    """What a run of marks may have been, between two characters that can be read."""
    # All in a lookahead, so that places that overlap are found too.
    return re.compile(f"(?<={re.escape(left)})(?=(.{{0,{marks + 1}}}?){re.escape(right) or '$'})")


@lru_cache(maxsize=1 << 12)
def _wildcards(text: str, *, fewest: int = 0) -> re.Pattern[str]:
    """Each run of marks stands for one character more than it has marks, or for fewer."""
    pattern, end = "", 0
    for run in LOST.finditer(text):
        pattern += f"{re.escape(text[end : run.start()])}(.{{{fewest},{len(run.group()) + 1}}})"
        end = run.end()
    return re.compile(pattern + re.escape(text[end:]))


@lru_cache(maxsize=1 << 14)
def _rare_in(text: str) -> str:
    return "".join(filter(_is_rare, text))


def _is_rare(character: str) -> bool:
    """Outside GB 2312, the characters that every system has."""
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return True
    return False
