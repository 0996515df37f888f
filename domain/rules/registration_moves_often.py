"""Registration moves often 注册单位频繁变更."""

from datetime import date

from domain.employers import Outcome
from domain.evidence import AppointmentCase
from domain.evidence.days import months_before
from domain.evidence.registrations import Registration
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule
from domain.verdict_texts import facts_of, no_registration

CODE = "E107"


@rule(
    code=CODE,
    version=2,
    title="Registration moves often",
    title_zh="注册单位频繁变更",
    clause="省级重点监控名单做法",
    severity=Severity.LOW,
)
def registration_moves_often(case: AppointmentCase, *, fewest_moves: int = 3, window_months: int = 12) -> Verdict:
    """The registration was transferred at least 3 times in the 12 months up to D, both ends included.

    A transfer is the end of a registration with one employer and the beginning of one with a
    different employer: of one certificate, or of a new certificate where no other registration was
    valid. Several certificates that move on one day are one transfer; a renewal and a new name of
    the same employer are none.

    Example: within a year the registration goes from firm A to B, to C and to D.

    Why: certificates that are lent move from bid to bid; employees rarely do.

    Excluded: renewals, new names of one employer, and registrations held side by side (E103).

    Outcome: suspect low.
    Data: bid-opened, registration-recorded, registration-cancelled; also employer-renamed.
    Coverage: none.

    Version 2 (2026-11-30): a second registration that began while another was valid counted as a
    move.

    中文

    截至开标日的12个月内（首尾两日均计入），注册单位变更3次以上。

    变更，是指在一个单位的注册终止、在另一个不同单位的注册开始：同一本证书变更单位，或者在没有其他有效注册时以新证书注
    册。多本证书同日变更的，计一次；延续注册和同一单位更名的，不计。

    示例：一年之内，注册单位由甲公司变更到乙、丙、丁三家公司。

    原因：出借的证书随投标在各单位之间流转；员工很少如此频繁更换单位。

    除外：延续注册、同一单位更名，以及同时在多个单位注册（E103）。

    第2版（2026-11-30）：此前在另一注册有效期间新增的注册也计为变更。
    """
    periods = case.registrations.periods
    if not periods:
        return no_registration(case)
    start = months_before(case.opened_on, window_months)
    moves = [period for period in periods if start <= period.valid_from <= case.opened_on and _is_move(case, period)]
    days = sorted({move.valid_from for move in moves})
    often = len(days) >= fewest_moves
    return Verdict(
        FindingOutcome.SUSPECT if often else FindingOutcome.CONSISTENT,
        _explained(moves, len(days), start, case.opened_on),
        facts_of(case, moves or [period for period in periods if period.valid_from <= case.opened_on]),
        Severity.LOW if often else None,
    )


def _is_move(case: AppointmentCase, period: Registration) -> bool:
    earlier = [other for other in case.registrations.periods if other.valid_from < period.valid_from]
    of_certificate = [other for other in earlier if other.certificate_no == period.certificate_no]
    ended = [other for other in of_certificate or earlier if other.ended_before(period.valid_from)]
    still_valid = [other for other in earlier if not other.ended_before(period.valid_from)]
    if not ended or (still_valid and not of_certificate):
        return False
    if not all(_differ(case, other, period) for other in still_valid):
        return False  # It follows another certificate to an employer the person is registered with already.
    last_day = max(other.last_day or date.min for other in ended)
    return all(_differ(case, other, period) for other in ended if other.last_day == last_day)


def _differ(case: AppointmentCase, left: Registration, right: Registration) -> bool:
    return case.compare(left.employer, right.employer).outcome is Outcome.DIFFERENT


def _explained(moves: list[Registration], count: int, start: date, opened_on: date) -> Explanation:
    listed = sorted({(move.valid_from, move.employer.name) for move in moves})
    zh = f"（{'、'.join(f'{day}变更至“{employer}”' for day, employer in listed)}）" if moves else ""
    en = f" ({', '.join(f'on {day} to {employer}' for day, employer in listed)})" if moves else ""
    return Explanation(
        f"{opened_on}开标；自{start}起注册单位变更{count}次{zh}。",
        f"Opening on {opened_on}: changes of the registration employer since {start}: {count}{en}.",
    )
