"""Operator without a certificate 特种作业无证上岗."""

from collections.abc import Iterator
from datetime import date
from unicodedata import normalize

from domain.coverage_texts import not_covered
from domain.evidence import RecordedFact
from domain.evidence.certificates import CertificateState, certificates_on
from domain.evidence.site import SiteCase
from domain.evidence.stays import CheckIn
from domain.facts.certificates import CertificateFact
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule
from domain.wording import Words, certificate_state

CODE = "S504"

_Said = tuple[FindingOutcome, Severity | None, Words]
_MISMATCH, _SUSPECT, _NO_EVIDENCE, _CONSISTENT = (
    FindingOutcome.MISMATCH,
    FindingOutcome.SUSPECT,
    FindingOutcome.NO_EVIDENCE,
    FindingOutcome.CONSISTENT,
)
_WORST_FIRST = (_MISMATCH, _SUSPECT, _NO_EVIDENCE, _CONSISTENT)


@rule(
    code=CODE,
    version=3,
    title="Operator without a certificate",
    title_zh="特种作业无证上岗",
    clause="建筑施工特种作业人员管理规定；电子证照全国试运行（2022-10-01）",
    severity=Severity.HIGH,
    supervisors_only=True,
)
def operator_without_certificate(case: SiteCase) -> Iterator[Verdict]:
    """A check-in for a special operation without a certificate of that trade valid on that day.

    One finding per trade and month: the worst day, of equal ones the first. A trade is compared
    with what the certificate gives as trade or as type code. Certificates for special operations
    are known but none of that trade is valid on the day: mismatch. A valid one that names no
    trade at all: suspect, low. Nothing of the kind is known: mismatch where the register of these
    certificates is covered (closed for the required area up to that day or a later one), else no
    evidence.

    Example: somebody checks in as a crane operator; the certificate known is for scaffolding.

    Why: special operations kill when they are done by people who were never trained.

    Excluded: check-ins that name no special trade; trades whose certificate was valid on that
    day.

    Outcome: mismatch high; suspect low.
    Data: attendance-recorded, certificate-issued, certificate-changed.
    Coverage: special-operations.

    Version 2 (2026-11-30): only the words of the explanation changed.

    Version 3 (2026-11-30): whether the register is complete was a setting, and is now stated by
    ``delivery-closed``.

    中文

    以特种作业工种签到，而当日没有该工种的有效操作资格证书。

    每一工种每月一条线索：取最严重的一天，同等时取最早的。工种与证书所载的工种或类型代码比对。已知有操作资格证书，但当日
    没有该工种的有效证书的，不符；有效证书未载明任何工种的，存疑（低级）；未收到任何此类证书的，仅在规定地区的该类数据已报
    送至当日或更晚时判为不符，否则证据不足。

    示例：某人以起重机司机工种签到，已知其证书为架子工。

    原因：未经培训的人员从事特种作业会致人死亡。

    除外：未载明特种作业工种的考勤；当日有该工种有效证书的。

    第2版（2026-11-30）：仅修改说明的文字。

    第3版（2026-11-30）：数据是否完整此前由设置决定，现由“报送完毕”报文确认。
    """
    trades: dict[str, dict[date, list[CheckIn]]] = {}
    for check_in in case.check_ins:
        if check_in.trade:
            trades.setdefault(_folded(check_in.trade), {}).setdefault(check_in.day, []).append(check_in)
    for trade in sorted(trades):
        judged = {day: _judged(case, trade, day) for day in sorted(trades[trade])}
        day = min(judged, key=lambda day: (_WORST_FIRST.index(judged[day][0][0]), day))
        (outcome, severity, (zh, en)), certificates = judged[day]
        yield Verdict(
            outcome,
            Explanation(
                f"{day}以“{trade}”工种在项目{case.project_code}签到：{zh}。",
                f"On {day} a check-in on project {case.project_code} for the trade {trade}: {en}.",
            ),
            (*(check_in.fact for check_in in trades[trade][day]), *certificates),
            severity,
            discriminator=f"{case.month}|{trade}",
        )


def _judged(case: SiteCase, trade: str, day: date) -> tuple[_Said, tuple[RecordedFact, ...]]:
    states = certificates_on(day, case.certificates)
    of_trade = [state for state in states if trade in _names(state)]
    valid = [state for state in of_trade if state.valid]
    unnamed = [state for state in states if state.valid and not _names(state)]
    if valid:
        return (_CONSISTENT, None, ("持有有效操作资格证书", "a certificate was valid")), _facts(valid)
    if unnamed:
        words = ("所持有效证书未载明工种", "the valid certificate names no trade")
        return (_SUSPECT, Severity.LOW, words), _facts(unnamed)
    if of_trade:
        zh, en = certificate_state(max(of_trade, key=lambda state: (state.begun, state.valid_from)))
        return (_MISMATCH, Severity.HIGH, (f"操作资格证书{zh}", f"the certificate was {en}")), _facts(of_trade)
    if states:
        words = ("已知的操作资格证书均非该工种", "the certificates known are for other trades")
        return (_MISMATCH, Severity.HIGH, words), _facts(states)
    zh, en = "本系统未收到该人员的操作资格证书信息", "no certificate is known"
    complete = case.operators_complete(day)
    if complete.given:
        return (_MISMATCH, Severity.HIGH, (zh, en)), complete.facts
    why_zh, why_en = not_covered(complete)
    return (
        _NO_EVIDENCE,
        None,
        (f"{zh}，但{why_zh}，不能据此判断", f"{en}, and nothing follows from that: {why_en}"),
    ), ()


def _names(state: CertificateState) -> frozenset[str]:
    certificate = state.fact.data
    assert isinstance(certificate, CertificateFact)
    return frozenset(_folded(name) for name in (certificate.trade, certificate.type_code) if name)


def _folded(trade: str) -> str:
    return "".join(normalize("NFKC", trade).split()).casefold()


def _facts(states: tuple[CertificateState, ...] | list[CertificateState]) -> tuple[RecordedFact, ...]:
    return tuple(state.fact for state in states)
