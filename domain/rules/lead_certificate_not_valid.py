"""Lead's certificate not valid 项目负责人注册或安全考核证书无效."""

from datetime import date, timedelta

from domain.coverage_texts import not_covered
from domain.evidence import AppointmentCase, RecordedFact
from domain.evidence.concerns import LEAD_CERTIFICATE_KIND
from domain.evidence.coverage import REGISTERED, Completeness
from domain.evidence.registrations import Registration, Registrations
from domain.facts.registration import RegistrationCancelled
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule
from domain.wording import Words, certificate_state, period

CODE = "C302"

_Part = tuple[FindingOutcome, Words, tuple[RecordedFact, ...]]
_MISMATCH, _NO_EVIDENCE, _CONSISTENT = (
    FindingOutcome.MISMATCH,
    FindingOutcome.NO_EVIDENCE,
    FindingOutcome.CONSISTENT,
)


@rule(
    code=CODE,
    version=3,
    title="Lead's certificate not valid",
    title_zh="项目负责人注册或安全考核证书无效",
    clause="注册建造师管理规定；电子证照全国试运行（2022-10-01）",
    severity=Severity.HIGH,
)
def lead_certificate_not_valid(case: AppointmentCase) -> Verdict:
    """The lead's registration or safety certificate (B) is not valid on D.

    The registration is the one named in the bid where it is known: valid on D is consistent, not
    valid is a mismatch, whatever other certificates say. Where it is not known, any that is valid on
    D is consistent; without one, it is a mismatch where the register of registrations is covered (closed
    for the required area up to D or a later day), else no evidence. The safety certificate counts only
    where one is known or its register is covered; one that the bid names decides.

    Example: the lead's registration was cancelled on 1 June; the bids are opened on 18 June.

    Why: without a valid registration and safety certificate nobody may lead a project; a bid
    that names such a person names somebody who will not be there.

    Excluded: what happened to the certificates after D.

    Outcome: mismatch high.
    Data: bid-opened, registration-recorded, registration-cancelled, certificate-issued, certificate-changed.
    Coverage: registration-recorded, safety-assessment-b.

    Version 2 (2026-11-30): a certificate that the bid does not name accused the lead where it was
    cancelled, although the one that the bid names was not known. The words of the explanation changed.

    Version 3 (2026-11-30): completeness was a setting, so that every lead was accused where the
    register of a province sends nothing. Now it is stated by ``delivery-closed``.

    中文

    项目负责人的注册或者安全生产考核合格证书（B类）在开标日无效。

    投标文件载明注册证书且本系统已知该证书的，以该证书为准，无效即不符，不论其他证书如何。该证书未知的，有任一注册在
    开标日有效即相符；没有的，仅在规定地区的该类数据已报送至开标日或更晚时判为不符，否则证据不足。安全生产考核合格证书仅
    在已知，或者该类数据已如此报送完毕时计入。

    示例：项目负责人的注册于6月1日注销；6月18日开标。

    原因：没有有效注册和安全生产考核合格证书的人员不得担任项目负责人；投标文件中载明这样的人员，意味着届时到岗的不会是此
    人。

    除外：开标日之后证书的变化。

    第2版（2026-11-30）：投标文件载明的证书未知、其他证书已注销的，此前判为不符，现不再据此判断；另修改说明的文字。

    第3版（2026-11-30）：此前数据是否完整由设置决定，注册数据未报送的地区每个项目负责人都被判为不符；现由“报送完毕”报文确
    认。
    """
    parts = [_registration(case), *_safety_certificate(case)]
    outcome = next(o for o in (_MISMATCH, _NO_EVIDENCE, _CONSISTENT) if any(part[0] is o for part in parts))
    said = [words for part, words, _ in parts if part is outcome]
    day = case.opened_on
    return Verdict(
        outcome,
        Explanation(
            f"{day}开标时，{'；'.join(zh for zh, _ in said)}。",
            f"At the opening on {day} {' and '.join(en for _, en in said)}.",
        ),
        (case.appointed, *(fact for part, _, facts in parts if part is outcome for fact in facts)),
        Severity.HIGH if outcome is _MISMATCH else None,
    )


def _registration(case: AppointmentCase) -> _Part:
    named = case.registrations.of(case.appointment.certificate_no)
    known = named or case.registrations
    valid = known.valid_on(case.opened_on)
    if valid:
        return _CONSISTENT, _valid(valid[-1]), _facts(valid)
    if named:
        return _MISMATCH, _not_valid(known, case.opened_on), (*_facts(known.periods), *known.only_cancelled)
    words = "本系统未收到该项目负责人的有效注册信息", "no valid registration of the lead was known"
    return _missing(case.complete(REGISTERED), words)


def _missing(complete: Completeness, words: Words) -> _Part:
    """Nothing is known: a mismatch where that is evidence."""
    if complete.given:
        return _MISMATCH, words, complete.facts
    why_zh, why_en = not_covered(complete)
    return (
        _NO_EVIDENCE,
        (f"{words[0]}，但{why_zh}，不能据此判断", f"{words[1]}, and nothing follows from that: {why_en}"),
        (),
    )


def _valid(shown: Registration) -> Words:
    zh, en = period(shown.valid_from, shown.last_day)
    return (
        f"项目负责人注册证书{shown.certificate_no}有效（{zh}）",
        f"the lead's registration {shown.certificate_no} was valid ({en})",
    )


def _not_valid(known: Registrations, day: date) -> Words:
    """Of several the one that came closest to ``day`` from before, else the first to begin after it."""
    if not known.periods:
        return _cancelled(max(_cancellation(fact) for fact in known.only_cancelled))
    begun = [each for each in known.periods if each.valid_from <= day]
    if not begun:
        first = min(known.periods, key=lambda each: (each.valid_from, each.certificate_no))
        number = first.certificate_no
        return (
            f"项目负责人注册证书{number}无效，自{first.valid_from}起才有效",
            f"the lead's registration {number} was not valid: it begins on {first.valid_from}",
        )
    last = max(begun, key=lambda each: (each.valid_from, each.last_day or date.max, each.certificate_no))
    assert last.last_day is not None
    if last.cancelled:
        return _cancelled((last.last_day + timedelta(days=1), last.certificate_no))
    zh, en = period(last.valid_from, last.last_day)
    number = last.certificate_no
    return (
        f"项目负责人注册证书{number}无效，有效期为{zh}",
        f"the lead's registration {number} was not valid: it ran {en}",
    )


def _cancelled(cancellation: tuple[date, str]) -> Words:
    day, number = cancellation
    return (
        f"项目负责人注册证书{number}无效，已于{day}注销",
        f"the lead's registration {number} was not valid: it was cancelled on {day}",
    )


def _cancellation(fact: RecordedFact) -> tuple[date, str]:
    assert isinstance(fact.data, RegistrationCancelled)
    return fact.data.cancelled_on, fact.data.certificate_no


def _safety_certificate(case: AppointmentCase) -> list[_Part]:
    certificates = case.lead_certificates
    if not certificates:
        complete = case.complete(LEAD_CERTIFICATE_KIND)
        words = (
            "本系统未收到该项目负责人的安全生产考核合格证书（B类）信息",
            "no safety certificate (B) of the lead was known",
        )
        return [_missing(complete, words)] if complete.given else []
    named = [each for each in certificates if each.certificate_no == case.appointment.certificate_no]
    certificates = tuple(named) or certificates
    valid = [certificate for certificate in certificates if certificate.valid]
    shown = max(valid or certificates, key=lambda state: (state.begun, state.valid_from, state.certificate_no))
    zh, en = certificate_state(shown)
    number = shown.certificate_no
    words = (
        f"项目负责人安全生产考核合格证书（B类）{number}{zh}",
        f"the lead's safety certificate (B) {number} was {en}",
    )
    facts = tuple(certificate.fact for certificate in valid or certificates)
    return [(_CONSISTENT if valid else _MISMATCH, words, facts)]


def _facts(periods: tuple[Registration, ...]) -> tuple[RecordedFact, ...]:
    return tuple(fact for period in periods for fact in period.facts)
