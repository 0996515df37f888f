"""Verdicts that several rules about appointments return."""

from collections.abc import Iterable

from domain.evidence import AppointmentCase, RecordedFact
from domain.evidence.appointment import Exemption
from domain.evidence.payments import Payment
from domain.evidence.registrations import Registration
from domain.rule import Explanation, FindingOutcome, Verdict
from domain.wording import GROUNDS, month_zh


def exempt(case: AppointmentCase, exemption: Exemption) -> Verdict:
    """An exemption that is valid on the day of the opening explains why the payer is another."""
    zh, en = GROUNDS[exemption.ground]
    workplace, day = exemption.workplace.name, case.opened_on
    return Verdict(
        FindingOutcome.EXEMPT,
        Explanation(
            f"例外情形（{zh}）在{day}有效，实际工作单位“{workplace}”与注册单位一致。",
            f"An exemption ({en}) was valid on {day}, and its workplace {workplace} is the registration employer.",
        ),
        (case.appointed, exemption.fact, *exemption.registration.facts),
    )


def no_payment(case: AppointmentCase) -> Verdict:
    first, last = case.lookback_months[0], case.lookback_months[-1]
    return Verdict(
        FindingOutcome.NO_EVIDENCE,
        Explanation(
            f"{month_zh(first)}至{month_zh(last)}没有已知的社保缴纳记录。",
            f"No insurance payment is known for {first} to {last}.",
        ),
        (case.appointed,),
    )


def no_registration(case: AppointmentCase) -> Verdict:
    day = case.opened_on
    return Verdict(
        FindingOutcome.NO_EVIDENCE,
        Explanation(f"没有在{day}有效的已知注册。", f"No registration is known that was valid on {day}."),
        (case.appointed,),
    )


def facts_of(case: AppointmentCase, *evidence: Iterable[Payment | Registration]) -> tuple[RecordedFact, ...]:
    """The appointment, and the facts behind the payments and registrations given."""
    facts = [case.appointed]
    for item in (item for group in evidence for item in group):
        facts.extend((item.fact,) if isinstance(item, Payment) else item.facts)
    return tuple(facts)
