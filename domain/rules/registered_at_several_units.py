"""Registered with several employers at once 同一人在多个单位注册."""

from datetime import date
from itertools import combinations

from domain.employers import EmployerMatch, Outcome
from domain.evidence import AppointmentCase
from domain.evidence.concerns import OVERLAP_DAYS
from domain.evidence.registrations import Registration
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule
from domain.verdict_texts import facts_of, no_registration
from domain.wording import relation

CODE = "E103"

_Pair = tuple[Registration, Registration]


@rule(
    code=CODE,
    version=3,
    title="Registered with several employers at once",
    title_zh="同一人在多个单位注册",
    clause="广州市挂证比对方法一；注册建造师管理规定",
    severity=Severity.HIGH,
)
def registered_at_several_units(case: AppointmentCase, *, fewest_days: int = OVERLAP_DAYS) -> Verdict:
    """Registrations with two or more employers that overlap on at least two days, D among them.

    Certificates and provinces do not matter. Different employers are a mismatch; employers that are
    not surely the same (a likely name, a branch or group, an unreadable name) are suspect. A
    certificate that moved is registered with its new employer only.

    Example: one certificate is registered with a firm in Guangdong, another with a firm in
    Sichuan, and both are valid on the day of the opening.

    Why: a practitioner may practise with one employer only; a second registration serves
    somebody else's bids.

    Excluded: registrations that had not begun, had ended or were cancelled by D; several
    certificates with one employer; a change on D, where the old registration ends and the new one
    begins; a registration cancelled on its first day, which never was.

    Outcome: mismatch high; suspect low.
    Data: bid-opened, registration-recorded, registration-cancelled; also employer-renamed.
    Coverage: none.

    Version 2 (2026-11-30): a lead whose registration moved on the day of the opening was accused,
    because both registrations were valid on that one day.

    Version 3 (2026-11-30): a registration cancelled on the day after the opening still counted as
    valid, so that an overlap of one day was taken for a longer one.

    中文

    同一人在两个以上用人单位的注册同时有效两天以上，且包括开标日。

    不论证书种类和所在省份。用人单位不同的，不符；不能确认为同一单位的（名称疑似、总分支机构或同一集团、名称无法识别），
    存疑。证书变更注册单位的，只计新单位。

    示例：一本证书注册在广东某公司，另一本注册在四川某公司，开标日均有效。

    原因：注册人员只能受聘于一个单位执业；另一处注册往往是供他人投标使用。

    除外：开标日尚未生效、已到期或已注销的注册；同一单位的多本证书；开标日当天旧注册终止、新注册生效的变更；生效当天即注
    销的注册，视为从未注册。

    第2版（2026-11-30）：此前开标日当天变更注册的项目负责人也被列为线索，因为新旧注册在这一天同时有效。

    第3版（2026-11-30）：此前不计开标日次日的注销，只重叠一天的也按更长的重叠计算。
    """
    registrations = case.registrations_on_opening
    if not registrations:
        return no_registration(case)
    overlapping = (pair for pair in combinations(registrations, 2) if _overlap_days(*pair) >= fewest_days)
    pairs = sorted(overlapping, key=_names)
    compared = [(pair, case.compare(pair[0].employer, pair[1].employer)) for pair in pairs]
    doubtful = [(pair, match) for pair, match in compared if match.outcome is not Outcome.SAME]
    if doubtful:
        different = [(pair, match) for pair, match in doubtful if match.outcome is Outcome.DIFFERENT]
        return _at_several(case, *(different or doubtful)[0])
    names, day = sorted({registration.employer.name for registration in registrations}), case.opened_on
    explanation = Explanation(
        f"{day}开标时，未发现同时在两个单位注册（注册单位：“{'”、“'.join(names)}”）。",
        f"At the opening on {day} the lead was not registered with two employers at once ({', '.join(names)}).",
    )
    return Verdict(FindingOutcome.CONSISTENT, explanation, facts_of(case, registrations))


def _at_several(case: AppointmentCase, pair: _Pair, match: EmployerMatch) -> Verdict:
    left, right = pair[0].employer.name, pair[1].employer.name
    relation_zh, relation_en = relation(match)
    explanation = Explanation(
        f"{case.opened_on}开标时，该项目负责人同时在“{left}”和“{right}”注册，两者{relation_zh}。",
        f"At the opening on {case.opened_on} the lead was registered both with {left} and with {right}: "
        f"the first is {relation_en} the second.",
    )
    facts = facts_of(case, case.registrations_on_opening)
    if match.outcome is Outcome.DIFFERENT:
        return Verdict(FindingOutcome.MISMATCH, explanation, facts, Severity.HIGH, match)
    return Verdict(FindingOutcome.SUSPECT, explanation, facts, Severity.LOW, match)


def _overlap_days(left: Registration, right: Registration) -> int:
    """On how many days both are valid; both are valid on D."""
    last = min(left.last_day or date.max, right.last_day or date.max)
    return (last - max(left.valid_from, right.valid_from)).days + 1


def _names(pair: _Pair) -> tuple[str, ...]:
    return tuple(part for period in pair for part in (period.employer.key, period.employer.name))
