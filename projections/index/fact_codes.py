"""What the subject index keeps of a fact beside its position: one byte, for its kind, and of a payment its month.

Years of payments need not be read to judge the three months before an opening. Payments of months
that are 128 apart share a byte; whoever asks looks at the month of what was read.
"""

from functools import lru_cache
from typing import Any, Final

from domain.facts.insurance import InsurancePaid
from domain.facts.messages import KINDS, TYPES

_MONTHS: Final = 128
_PAID: Final = InsurancePaid.KIND
_PAID_TYPE: Final = InsurancePaid.type_name()
KIND_CODES: Final = {kind: code for code, kind in enumerate(KINDS) if kind != _PAID}
"""The codes of all kinds but payments, which have one for each month."""
TYPES_BY_CODE: Final = (*TYPES, *[""] * (256 - _MONTHS - len(TYPES)), *[_PAID_TYPE] * _MONTHS)
"""The message type behind each code."""


def code_of(kind: str, data: Any) -> int:
    """The code of a fact; ``data`` of a payment names its ``month``."""
    return _code_of_month(data.month) if kind == _PAID else KIND_CODES[kind]


@lru_cache
def codes_of(kinds: frozenset[str], months: frozenset[str] | None = None) -> frozenset[int]:
    """Every code of ``kinds``; of payments only those of ``months`` (``YYYY-MM``), where given."""
    codes = {KIND_CODES[kind] for kind in kinds if kind != _PAID}
    if _PAID in kinds:
        codes.update(range(256 - _MONTHS, 256) if months is None else map(_code_of_month, months))
    return frozenset(codes)


@lru_cache
def _code_of_month(month: str) -> int:
    return 256 - _MONTHS + (int(month[:4]) * 12 + int(month[5:7])) % _MONTHS
