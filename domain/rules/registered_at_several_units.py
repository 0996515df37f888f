"""Registered at several units 一人多单位注册."""

from itertools import combinations

from domain.employers import EmployerMatch, Outcome
from domain.evidence import AppointmentCase
from domain.evidence.registrations import Registration
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule
from domain.verdict_texts import facts_of, no_registration
from domain.wording import relation

CODE = "E103"

_Pair = tuple[Registration, Registration]


@rule(
    code=CODE,
    version=1,
    title="Registered at several units",
    title_zh="同一人在多个单位注册",
    clause="广州市挂证比对方法一；注册建造师管理规定",
    severity=Severity.HIGH,
)
def registered_at_several_units(case: AppointmentCase) -> Verdict:
    """Two or more registrations valid on D, across certificates and provinces.

    Different employers are a mismatch; employers that are not surely the same (a likely name,
    a branch or group, an unreadable name) are suspect. A certificate that moved is registered
    with its new employer only.

    Example: one certificate is registered with a firm in Guangdong, another with a firm in
    Sichuan, and both are valid on the day of the opening.

    Why: a practitioner may practise with one employer only; a second registration serves
    somebody else's bids.

    Excluded: registrations that had not begun, had ended or were cancelled by D; several
    certificates with one employer.
    """
    registrations = case.registrations_on_opening
    if not registrations:
        return no_registration(case)
    pairs = sorted(combinations(registrations, 2), key=_names)
    compared = [(pair, case.compare(pair[0].employer, pair[1].employer)) for pair in pairs]
    doubtful = [(pair, match) for pair, match in compared if match.outcome is not Outcome.SAME]
    if doubtful:
        different = [(pair, match) for pair, match in doubtful if match.outcome is Outcome.DIFFERENT]
        return _at_several(case, *(different or doubtful)[0])
    employer, day = min(registration.employer.name for registration in registrations), case.opened_on
    explanation = Explanation(f"{day}仅在“{employer}”注册。", f"On {day} the lead was registered with {employer} only.")
    return Verdict(FindingOutcome.CONSISTENT, explanation, facts_of(case, registrations))


def _at_several(case: AppointmentCase, pair: _Pair, match: EmployerMatch) -> Verdict:
    left, right = pair[0].employer.name, pair[1].employer.name
    relation_zh, relation_en = relation(match)
    explanation = Explanation(
        f"{case.opened_on}同时在“{left}”和“{right}”注册，两者{relation_zh}。",
        f"On {case.opened_on} the lead was registered both with {left} and with {right}: "
        f"the first is {relation_en} the second.",
    )
    facts = facts_of(case, case.registrations_on_opening)
    if match.outcome is Outcome.DIFFERENT:
        return Verdict(FindingOutcome.MISMATCH, explanation, facts, Severity.HIGH, match)
    return Verdict(FindingOutcome.SUSPECT, explanation, facts, Severity.LOW, match)


def _names(pair: _Pair) -> tuple[str, ...]:
    return tuple(part for period in pair for part in (period.employer.key, period.employer.name))
