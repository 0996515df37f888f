"""Lost characters: what systems print, or leave out, where they lack a rare character.

A lost character accuses nobody: a name that agrees everywhere else is probably the same, or cannot
be told. What can be read still decides: another character, region or ordinal.
"""

import re
from dataclasses import replace
from functools import lru_cache

from domain.employers.likeness import one_edit
from domain.employers.outcome import EmployerMatch, Outcome
from domain.employers.parse import Reading
from domain.names import is_lost

_SURE_TRADE = 3
"""A trade name of so many characters still tells a firm when one of them is lost."""
_MOST_MARKS = 3
"""One lost character is printed as up to three marks: one for each byte in UTF-8."""
RULE = "character_lost"


def holds_lost(text: str) -> bool:
    return any(map(is_lost, text))


def filled(lossy: Reading, whole: Reading) -> Reading | None:
    """``lossy`` with the core of ``whole``, where the two cores agree but for lost characters."""
    if not holds_lost(lossy.core) or not _pattern(lossy.core).fullmatch(whole.core):
        return None
    return replace(lossy, trade=whole.trade, industry=whole.industry)


def left_out(left: Reading, right: Reading) -> bool:
    """Whether the cores agree but for one rare character that one of them lacks."""
    edit = one_edit(left.core, right.core)
    return edit is not None and edit.added and _is_rare(edit.left + edit.right)


def weakened(match: EmployerMatch, trade: str) -> EmployerMatch:
    """What is left of ``match`` where a character of the trade name had to be guessed."""
    if match.outcome in (Outcome.DIFFERENT, Outcome.BRANCH_OR_GROUP):
        return match
    sure = match.outcome in (Outcome.SAME, Outcome.PROBABLY_SAME) and len(trade) >= _SURE_TRADE
    return EmployerMatch(Outcome.PROBABLY_SAME if sure else Outcome.UNKNOWN, RULE)


@lru_cache(maxsize=1 << 12)
def _pattern(core: str) -> re.Pattern[str]:
    """Each run of lost characters stands for one character at least, and one for each mark at most."""
    pattern = ""
    run = 0
    for character in [*core, ""]:
        if character and is_lost(character):
            run += 1
            continue
        if run:
            fewest = -(-run // _MOST_MARKS)
            pattern, run = f"{pattern}.{{{fewest},{run}}}", 0
        pattern += re.escape(character)
    return re.compile(pattern)


def _is_rare(character: str) -> bool:
    """Outside GB 2312, the characters that every system has."""
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return True
    return False
