"""The code an employer is given with: a credit code, an organisation code, or neither."""

from dataclasses import dataclass
from functools import lru_cache

from pydantic_core import PydanticCustomError

from domain.identifiers import check_uscc

_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_VALUES = {character: value for value, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}


@dataclass(frozen=True, slots=True)
class Code:
    """``uscc`` (GB 32100) and ``organisation`` (GB 11714) are empty unless valid; ``text`` is as given."""

    text: str = ""
    uscc: str = ""
    organisation: str = ""

    @property
    def broken(self) -> bool:
        """A code was given, and it is no evidence of anything."""
        return bool(self.text) and not self.organisation


@lru_cache(maxsize=1 << 14)
def parse_code(text: str) -> Code:
    """Characters 9 to 17 of a credit code are its holder's organisation code."""
    compact = "".join(text.split()).replace("-", "").upper()
    if len(compact) == 9:
        return Code(compact, organisation=compact if _organisation_code_holds(compact) else "")
    try:
        uscc = check_uscc(compact)
    except PydanticCustomError:
        return Code(compact)
    return Code(uscc, uscc, uscc[8:17])


def _organisation_code_holds(code: str) -> bool:
    if not all(character in _VALUES for character in code):
        return False
    total = sum(_VALUES[character] * weight for character, weight in zip(code, _WEIGHTS, strict=False))
    return code[8] == "0123456789X0"[11 - total % 11]
