"""Several payers 同月同险种由多个单位缴纳."""

from collections.abc import Iterable
from itertools import combinations, groupby

from domain.employers import Outcome
from domain.evidence import AppointmentCase
from domain.evidence.payments import Payment
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule
from domain.verdict_texts import exempt, facts_of, no_payment, noting_unfit
from domain.wording import SCHEMES, month_zh

CODE = "E104"


@rule(
    code=CODE,
    version=2,
    title="Several payers",
    title_zh="同月同险种由多个单位缴纳",
    clause="建办市〔2018〕57号",
    severity=Severity.MEDIUM,
)
def several_payers(case: AppointmentCase) -> Verdict:
    """Two or more different employers paid one deciding scheme for one look-back month.

    The deciding schemes are pension, unemployment and medical insurance (maternity counts as
    medical).

    Only employers that are surely different count: a branch, an agent or a misspelt name beside
    the employer does not. The explanation names the latest such month.

    Example: for April both firm A and firm B paid the lead's pension insurance.

    Why: two employers insure one person where one of them only keeps the certificate.

    Excluded: different schemes paid by different employers; work-injury insurance, which is bought
    for a project, and the housing fund; leads whom an exemption valid on D covers.

    Outcome: suspect medium.
    Data: bid-opened, insurance-paid; also exemption-recorded, registration-recorded, employer-renamed.
    Coverage: none.

    Version 2 (2026-11-30): work-injury insurance that another firm buys for its project accused
    honest leads; an exemption must fit.

    中文

    回溯期内同一个月、同一判定险种，由两个以上不同单位缴纳。

    判定险种为养老、失业、医疗保险（生育保险按医疗保险计）。只计确属不同的单位：分支机构、代理机构或者名称误写不计。说明
    中列出最近的一个月。

    示例：4月的养老保险，甲公司和乙公司都为该项目负责人缴纳。

    原因：一人由两个单位参保，往往是其中一个单位只留用其证书。

    除外：不同险种由不同单位缴纳；按项目购买的工伤保险，以及住房公积金；开标日有适用的有效例外情形的。

    第2版（2026-11-30）：此前其他单位按项目购买的工伤保险使诚实的项目负责人被列为线索；例外情形须与已知信息相符。
    """
    if case.exemption:
        return exempt(case, case.exemption)
    deciding = sorted((each for each in case.payments if each.can_decide), key=_month_and_scheme)
    if not deciding:
        return no_payment(case)
    months = [tuple(paid) for _, paid in groupby(deciding, key=_month_and_scheme)]
    conflicting = [(paid, pair) for paid in months if (pair := _different(case, paid))]
    if not conflicting:
        first, last = case.lookback_months[0], case.lookback_months[-1]
        explanation = Explanation(
            f"{case.opened_on}开标，{month_zh(first)}至{month_zh(last)}养老、失业、医疗保险每月均无两个不同的缴纳单位。",
            f"Opening on {case.opened_on}: from {first} to {last} no deciding scheme was paid by two different "
            "employers in one month.",
        )
        return Verdict(FindingOutcome.CONSISTENT, explanation, facts_of(case, deciding))
    facts = facts_of(case, *(paid for paid, _ in conflicting))
    verdict = Verdict(FindingOutcome.SUSPECT, _explained(case, *conflicting[-1][1]), facts, Severity.MEDIUM)
    return noting_unfit(case, verdict)


def _month_and_scheme(payment: Payment) -> tuple[str, str]:
    return payment.month, payment.counted_as


def _different(case: AppointmentCase, paid: Iterable[Payment]) -> tuple[Payment, Payment] | None:
    by_payer = {(payment.payer.key, payment.payer.name): payment for payment in paid}
    for left, right in combinations(by_payer.values(), 2):
        match = case.compare(left.payer, right.payer, on=max(case.opened_on, left.paid_on, right.paid_on))
        if match.outcome is Outcome.DIFFERENT:
            return left, right
    return None


def _explained(case: AppointmentCase, left: Payment, right: Payment) -> Explanation:
    (scheme_zh, scheme_en), day = SCHEMES[left.scheme], case.opened_on
    return Explanation(
        f"{day}开标，{month_zh(left.month)}{scheme_zh}同时由“{left.payer.name}”和“{right.payer.name}”缴纳。",
        f"Opening on {day}: {scheme_en} for {left.month} was paid both by {left.payer.name} and by {right.payer.name}.",
    )
