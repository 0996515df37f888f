"""The code of a fact in the subject index: one byte for its kind, or for the month of a payment.

With it, judging the three months before an opening reads no payments of other years. Payments of
months that are 128 apart have the same code, so a caller must check the month of each payment read.
"""

from functools import lru_cache
from typing import Any, Final

from domain.facts.insurance import InsurancePaid
from domain.facts.messages import KINDS, TYPES

# Codes below 128 are kinds in the order of KINDS; the codes from 128 on are payments by month.
_MONTHS: Final = 128
_PAID: Final = InsurancePaid.KIND
_PAID_TYPE: Final = InsurancePaid.type_name()
KIND_CODES: Final = {kind: code for code, kind in enumerate(KINDS) if kind != _PAID}
"""The code of each kind except payments, which have one code for each month."""
TYPES_BY_CODE: Final = (*TYPES, *[""] * (256 - _MONTHS - len(TYPES)), *[_PAID_TYPE] * _MONTHS)
"""The message type of each code; empty for codes that no kind has."""


def code_of(kind: str, data: Any) -> int:
    """The code of a fact; the ``data`` of a payment must have its ``month``."""
    return _code_of_month(data.month) if kind == _PAID else KIND_CODES[kind]


@lru_cache
def codes_of(kinds: frozenset[str], months: frozenset[str] | None = None) -> frozenset[int]:
    """The codes of ``kinds``; for payments only those of ``months`` (``YYYY-MM``), where given."""
    codes = {KIND_CODES[kind] for kind in kinds if kind != _PAID}
    if _PAID in kinds:
        codes.update(range(256 - _MONTHS, 256) if months is None else map(_code_of_month, months))
    return frozenset(codes)


@lru_cache
def _code_of_month(month: str) -> int:
    return 256 - _MONTHS + (int(month[:4]) * 12 + int(month[5:7])) % _MONTHS
