"""Verdicts that several rules about appointments return."""

from collections.abc import Iterable
from dataclasses import replace

from domain.evidence import AppointmentCase, RecordedFact
from domain.evidence.exemptions import Exemption, Unfit
from domain.evidence.payments import Payment
from domain.evidence.registrations import Registration
from domain.facts.employers import ExemptionRecorded
from domain.rule import Explanation, FindingOutcome, Verdict
from domain.wording import GROUNDS, MISFITS, month_zh


def exempt(case: AppointmentCase, exemption: Exemption) -> Verdict:
    """An exemption that is valid on the day of the opening explains why the payer is another."""
    zh, en = GROUNDS[exemption.ground]
    workplace, day = exemption.workplace.name, case.opened_on
    return Verdict(
        FindingOutcome.EXEMPT,
        Explanation(
            f"{day}开标；例外情形（{zh}）当日有效，实际工作单位“{workplace}”与注册单位一致。",
            f"Opening on {day}: an exemption ({en}) was valid, and its workplace {workplace} is the registration "
            "employer.",
        ),
        (case.appointed, exemption.fact, *exemption.registration.facts),
    )


def noting_unfit(case: AppointmentCase, verdict: Verdict) -> Verdict:
    """``verdict`` with the reason why a recorded exemption does not cover the lead, where it makes a clue."""
    if not case.covered.unfit or not verdict.outcome.makes_clue:
        return verdict
    unfit = case.covered.unfit[0]
    zh, en = unfit_words(unfit)
    said = verdict.explanation
    explanation = Explanation(f"{said.zh.rstrip('。')}；{zh}。", f"{said.en.rstrip('.')}; {en}.")
    return replace(verdict, explanation=explanation, facts=(*verdict.facts, unfit.fact))


def unfit_words(unfit: Unfit) -> tuple[str, str]:
    """Why an exemption does not cover the lead, in Chinese and in English."""
    (ground_zh, ground_en), (zh, en) = GROUNDS[unfit.ground], MISFITS[unfit.misfit]
    granted = unfit.fact.data
    assert isinstance(granted, ExemptionRecorded)
    workplace, payer = granted.workplace.name, granted.payer.name if granted.payer else ""
    zh = zh.format(workplace=workplace, payer=f"（载明为“{payer}”）" if payer else "")
    en = en.format(workplace=workplace, payer=f" ({payer})" if payer else "")
    return f"所登记的例外情形（{ground_zh}）不适用：{zh}", f"the recorded exemption ({ground_en}) does not apply: {en}"


def no_payment(case: AppointmentCase) -> Verdict:
    first, last, day = case.lookback_months[0], case.lookback_months[-1], case.opened_on
    return Verdict(
        FindingOutcome.NO_EVIDENCE,
        Explanation(
            f"{day}开标；本系统未收到{month_zh(first)}至{month_zh(last)}的养老、失业或医疗保险缴费记录。",
            f"Opening on {day}: no payment of pension, unemployment or medical insurance is known for {first} to "
            f"{last}.",
        ),
        (case.appointed,),
    )


def no_registration(case: AppointmentCase) -> Verdict:
    day = case.opened_on
    return Verdict(
        FindingOutcome.NO_EVIDENCE,
        Explanation(
            f"{day}开标；本系统未收到该项目负责人当日有效的注册信息。",
            f"Opening on {day}: no registration of the lead is known that was valid on that day.",
        ),
        (case.appointed,),
    )


def facts_of(case: AppointmentCase, *evidence: Iterable[Payment | Registration]) -> tuple[RecordedFact, ...]:
    """The appointment, and the facts behind the payments and registrations given."""
    facts = [case.appointed]
    for item in (item for group in evidence for item in group):
        facts.extend((item.fact,) if isinstance(item, Payment) else item.facts)
    return tuple(facts)
