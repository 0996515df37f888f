"""Registered at several units 一人多单位注册."""

from itertools import combinations

from domain.agreement import differ
from domain.employers import EmployerMatch, Outcome
from domain.evidence import AppointmentCase
from domain.evidence.registrations import Registration
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule
from domain.verdicts import facts_of, no_registration
from domain.wording import RELATIONS

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
    """
    registrations = case.registrations_on_opening
    if not registrations:
        return no_registration(case)
    pairs = sorted(combinations(registrations, 2), key=_names)
    for left, right in pairs:
        if differ(case, left.employer, right.employer):
            match = case.compare(left.employer, right.employer)
            return _verdict(case, (left, right), match, FindingOutcome.MISMATCH)
    for left, right in pairs:
        match = case.compare(left.employer, right.employer)
        if match.outcome is not Outcome.SAME:
            return _verdict(case, (left, right), match, FindingOutcome.SUSPECT)
    employer, day = min(registration.employer.name for registration in registrations), case.opened_on
    explanation = Explanation(
        f"{day}仅在“{employer}”注册。", f"On {day} the lead was registered with {employer} only."
    )
    return Verdict(FindingOutcome.CONSISTENT, explanation, facts_of(case, registrations))


def _verdict(case: AppointmentCase, pair: _Pair, match: EmployerMatch, outcome: FindingOutcome) -> Verdict:
    left, right = pair[0].employer.name, pair[1].employer.name
    relation_zh, relation_en = RELATIONS[match.outcome]
    explanation = Explanation(
        f"{case.opened_on}同时在“{left}”和“{right}”注册，两者{relation_zh}。",
        f"On {case.opened_on} the lead was registered both with {left} and with {right}: "
        f"the first is {relation_en} the second.",
    )
    severity = Severity.HIGH if outcome is FindingOutcome.MISMATCH else Severity.LOW
    return Verdict(outcome, explanation, facts_of(case, case.registrations_on_opening), severity, match)


def _names(pair: _Pair) -> tuple[str, ...]:
    return tuple(part for period in pair for part in (period.employer.key, period.employer.name))
