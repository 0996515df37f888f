"""Employers 用人单位: the name of a firm is parsed, and two employers are compared.

:mod:`.procedure` and :mod:`.core_rules` hold the rules of the comparison, in their order.
"""

from domain.employers.compare import Row, compare, compare_texts, match_rows
from domain.employers.outcome import CLOSENESS, RULE_TEXTS, EmployerMatch, Outcome
from domain.employers.parse import parse
from domain.employers.renames import NO_RENAMES, Renames

__all__ = [
    "CLOSENESS",
    "NO_RENAMES",
    "RULE_TEXTS",
    "EmployerMatch",
    "Outcome",
    "Renames",
    "Row",
    "compare",
    "compare_texts",
    "match_rows",
    "parse",
]
