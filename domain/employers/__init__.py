"""Employers 用人单位: a firm's name parsed, and two employers compared.

The procedure and what was measured of it stand in docs; :mod:`.procedure` holds its rules.
"""

from domain.employers.compare import Row, compare, compare_texts, match_rows
from domain.employers.outcome import RULE_TEXTS, EmployerMatch, Outcome
from domain.employers.parse import parse
from domain.employers.renames import NO_RENAMES, Renames

__all__ = [
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
