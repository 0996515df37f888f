"""The credit code of an organisation that a source named without one, joined from what other facts say."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from domain.employers.compare import compare
from domain.employers.outcome import Outcome
from domain.employers.renames import NO_RENAMES, Renames
from domain.facts.fact import Org

_LENGTH: Final = 18


def credit_code_in(organisation: Org) -> str | None:
    """The credit code that stands with the name; an older code is none, because nobody signs in by it."""
    code = organisation.uscc
    return code if code and is_credit_code(code) else None


def is_credit_code(key: str) -> bool:
    """Whether the key of an organisation is its credit code, and no name or older code."""
    return len(key) == _LENGTH and key.isascii() and key.isalnum()


def joined(organisation: Org, others: Iterable[Org], *, on: date | None = None, renames: Renames = NO_RENAMES) -> Org:
    """The organisation with the credit code of those of ``others`` that are the same; as it is where it has one.

    Only the outcome ``same`` joins. Where that leads to two codes, the name is ambiguous, and nothing is joined.
    """
    if credit_code_in(organisation) is not None:
        return organisation
    codes = {code for other in others if (code := credit_code_in(other)) and _is_same(organisation, other, on, renames)}
    return organisation.model_copy(update={"uscc": codes.pop()}) if len(codes) == 1 else organisation


def _is_same(one: Org, other: Org, on: date | None, renames: Renames) -> bool:
    return compare(one, other, on=on, renames=renames).outcome is Outcome.SAME
