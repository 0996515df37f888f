"""Exemptions 例外情形: which one covers an appointment, and why one that was recorded does not.

Each ground of 建办市〔2018〕57号 and 建办市函〔2019〕92号 describes who may pay for whom. An exemption covers
the lead only where the known facts fit this description.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.employers import Outcome
from domain.evidence.payments import Payment
from domain.evidence.recorded import RecordedFact
from domain.evidence.registrations import Registration
from domain.facts.employers import ExemptionRecorded
from domain.facts.fact import Org

Compare = Callable[[Org, Org], Outcome]

_AT_WORK: Final = (Outcome.SAME, Outcome.BRANCH_OR_GROUP)
"""A person works for a firm also in its branch or in another firm of its group."""
_UNIVERSITY_TRADES: Final = re.compile("勘察|勘测|设计|监理|造价|咨询")
"""The firms of a university whose staff the ground covers: survey, design, supervision and cost firms."""
_OWN_ACCOUNT: Final = re.compile("^(?:本人|个人|灵活就业|自由职业|个体)")


class Misfit(StrEnum):
    """Why an exemption does not cover the lead."""

    WORKPLACE = "workplace"
    """The workplace is not the registration employer."""
    AGE = "age"
    """Nobody of this age can have retired lawfully (women from 45, men from 50)."""
    EMPLOYED = "employed"
    """Another firm pays pension insurance as an employer for somebody who is said to have retired."""
    NO_PAYER = "no-payer"
    """The ground covers payments by a named payer, and the exemption names none."""
    PAYER = "payer"
    """Somebody else than the named payer pays."""
    TRADE = "trade"
    """The ground covers survey, design, supervision and cost firms of a university only."""
    NO_AUTHORITY = "no-authority"
    """The ground needs the authority that decided, and none is named."""


@dataclass(frozen=True, slots=True)
class Exemption:
    """An exemption that covers the lead, and the registration its workplace agrees with."""

    ground: str
    workplace: Org
    registration: Registration
    fact: RecordedFact


@dataclass(frozen=True, slots=True)
class Unfit:
    """An exemption that is valid on the day of the opening and does not cover the lead."""

    ground: str
    misfit: Misfit
    fact: RecordedFact


@dataclass(frozen=True, slots=True)
class Covered:
    """The exemption that covers the lead, if any, and those that do not."""

    exemption: Exemption | None
    unfit: tuple[Unfit, ...]


def covered(
    granted: Iterable[RecordedFact],
    registrations: Iterable[Registration],
    deciding: Iterable[Payment],
    compare: Compare,
) -> Covered:
    """What the exemptions valid on the day say about a lead with these registrations and deciding payments."""
    registrations, deciding = tuple(registrations), tuple(deciding)
    found: Exemption | None = None
    unfit: list[Unfit] = []
    for fact in granted:
        data = fact.data
        assert isinstance(data, ExemptionRecorded)
        at_work = [each for each in registrations if compare(data.workplace, each.employer) in _AT_WORK]
        misfit = _misfit(data, deciding, compare) if at_work else Misfit.WORKPLACE
        if misfit is not None:
            unfit.append(Unfit(data.ground, misfit, fact))
        elif found is None:
            found = Exemption(data.ground, data.workplace, at_work[0], fact)
    return Covered(found, tuple(unfit))


def _misfit(data: ExemptionRecorded, deciding: tuple[Payment, ...], compare: Compare) -> Misfit | None:
    match data.ground:
        case "retired":
            return _retired(data, deciding, compare)
        case "public-institution":
            return _paid_by_named(data, deciding, compare)
        case "university":
            trade = None if _UNIVERSITY_TRADES.search(data.workplace.name) else Misfit.TRADE
            return trade or _paid_by_named(data, deciding, compare)
        case "ex-military" | "buy-out":
            return _paid_by_nobody_else(data, deciding, compare)
        case "other":
            return Misfit.NO_AUTHORITY if data.authority is None else _paid_by_named(data, deciding, compare)


def _retired(data: ExemptionRecorded, deciding: tuple[Payment, ...], compare: Compare) -> Misfit | None:
    if data.of_retirement_age is False:
        return Misfit.AGE
    pension = [payment.payer for payment in deciding if payment.scheme == "pension"]
    known = [data.workplace, *([data.payer] if data.payer else [])]
    strange = any(all(compare(payer, each) is Outcome.DIFFERENT for each in known) for payer in pension)
    return Misfit.EMPLOYED if strange else None


def _paid_by_named(data: ExemptionRecorded, deciding: tuple[Payment, ...], compare: Compare) -> Misfit | None:
    if data.payer is None:
        return Misfit.NO_PAYER
    # Payments by the workplace itself need no exemption.
    allowed = (data.payer, data.workplace)
    return None if all(_paid_by(payment, allowed, compare) for payment in deciding) else Misfit.PAYER


def _paid_by_nobody_else(data: ExemptionRecorded, deciding: tuple[Payment, ...], compare: Compare) -> Misfit | None:
    allowed = (data.workplace, *([data.payer] if data.payer else []))
    others = [each for each in deciding if not _OWN_ACCOUNT.search(each.payer.name)]
    return None if all(_paid_by(payment, allowed, compare) for payment in others) else Misfit.PAYER


def _paid_by(payment: Payment, allowed: Iterable[Org], compare: Compare) -> bool:
    return any(compare(payment.payer, each) in _AT_WORK for each in allowed)
