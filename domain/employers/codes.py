"""The code that a source gives for an employer: a credit code, an organisation code, or neither."""

from dataclasses import dataclass
from functools import lru_cache

from pydantic_core import PydanticCustomError

from domain.identifiers import check_uscc

_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_VALUES = {character: value for value, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}


@dataclass(frozen=True, slots=True)
class Code:
    """A code as it was given (``text``), with its credit code (GB 32100) and organisation code (GB 11714).

    ``uscc`` and ``organisation`` are empty unless their check characters are right.
    """

    text: str = ""
    uscc: str = ""
    organisation: str = ""

    @property
    def broken(self) -> bool:
        """Whether a code was given that is not valid, and so is no evidence."""
        return bool(self.text) and not self.organisation


@lru_cache(maxsize=1 << 14)
def parse_code(text: str) -> Code:
    """The code in ``text``, which may have 18 or 9 characters, spaces and hyphens."""
    compact = "".join(text.split()).replace("-", "").upper()
    if len(compact) == 9:
        return Code(compact, organisation=compact if _organisation_code_holds(compact) else "")
    try:
        uscc = check_uscc(compact)
    except PydanticCustomError:
        return Code(compact)
    # Characters 9 to 17 of a credit code are the organisation code of its holder (GB 32100).
    return Code(uscc, uscc, uscc[8:17])


def _organisation_code_holds(code: str) -> bool:
    if not all(character in _VALUES for character in code):
        return False
    total = sum(_VALUES[character] * weight for character, weight in zip(code, _WEIGHTS, strict=False))
    # The check value is 1 to 11; GB 11714 writes 10 as X and 11 as 0.
    return code[8] == "0123456789X0"[11 - total % 11]
