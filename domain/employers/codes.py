"""The code that a source gives for an employer: a credit code, an older code, or none of them."""

from dataclasses import dataclass
from functools import lru_cache

from pydantic_core import PydanticCustomError

from domain.artefacts import code_text, says_nothing
from domain.organisation_codes import (
    ORGANISATION_CODE_LENGTH,
    REGISTRATION_NUMBER_LENGTH,
    check_organisation_code,
    holds_registration_number,
    lasting_code,
)


@dataclass(frozen=True, slots=True)
class Code:
    """A code as it was given (``text``), and what it is.

    ``uscc`` (GB 32100), ``organisation`` (GB 11714) and ``registration`` (15 digits) are empty unless their check
    characters are right.
    """

    text: str = ""
    uscc: str = ""
    organisation: str = ""
    registration: str = ""

    @property
    def broken(self) -> bool:
        """Whether a code was given that is not valid, and so is no evidence."""
        return bool(self.text) and not (self.organisation or self.registration)


@lru_cache(maxsize=1 << 14)
def parse_code(text: str) -> Code:
    """The code in ``text``, which may have 18, 15 or 9 characters, and what spreadsheets put around it."""
    if says_nothing(text):
        return Code()
    compact = code_text(text)
    try:
        code = check_organisation_code(compact)
    except PydanticCustomError:
        return Code(compact)
    if len(code) == REGISTRATION_NUMBER_LENGTH:
        return Code(code, registration=code if holds_registration_number(code) else "")
    if len(code) == ORGANISATION_CODE_LENGTH:
        return Code(code, organisation=code)
    return Code(code, code, lasting_code(code))
