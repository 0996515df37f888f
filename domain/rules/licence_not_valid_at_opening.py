"""Licence not valid at opening 开标时安全生产许可证无效."""

from domain.coverage_texts import not_covered
from domain.evidence import AppointmentCase
from domain.evidence.concerns import LICENCE_KIND
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule
from domain.wording import certificate_state

CODE = "C301"


@rule(
    code=CODE,
    version=3,
    title="Licence not valid at opening",
    title_zh="开标时安全生产许可证无效",
    clause="安全生产许可证条例；电子证照全国试运行（2022-10-01）",
    severity=Severity.HIGH,
)
def licence_not_valid_at_opening(case: AppointmentCase) -> Verdict:
    """The bidder holds no safety-production licence that is valid on D.

    Known but outside its dates, suspended, revoked, withdrawn, cancelled or expired on D is a
    mismatch. No licence known at all is a mismatch where the register of licences is covered: closed
    for the required area up to D or a later day. Else it is no evidence. Of several licences one
    valid on D suffices. Of a consortium the leader's licence counts.

    Example: the bidder's licence was suspended on 1 June after an accident; the bids are opened
    on 18 June.

    Why: a firm without a valid safety-production licence may not build, and so may not bid.

    Excluded: what happened to the licence after D.

    Outcome: mismatch high.
    Data: bid-opened, certificate-issued, certificate-changed.
    Coverage: safety-production-licence.

    Version 2 (2026-11-30): a consortium was accused, because no licence bears its joint name. The words
    of the explanation changed.

    Version 3 (2026-11-30): whether the register is complete was a setting, and is now stated by
    ``delivery-closed``.

    中文

    投标人在开标日没有有效的安全生产许可证。

    已知的许可证在开标日不在有效期内，或者已暂扣、吊销、撤销、注销、过期的，不符。本系统未收到任何许可证信息的，仅在规
    定地区的该类数据已报送至开标日或更晚时判为不符，否则证据不足。有多份许可证的，其中一份在开标日有效即可。联合体以牵头人的许可证
    为准。

    示例：投标人的许可证因事故于6月1日被暂扣；6月18日开标。

    原因：没有有效安全生产许可证的单位不得从事建筑施工活动，也就不得投标。

    除外：开标日之后许可证的变化。

    第2版（2026-11-30）：此前联合体因无以其共同名称颁发的许可证而被判为不符；另修改说明的文字。

    第3版（2026-11-30）：数据是否完整此前由设置决定，现由“报送完毕”报文确认。
    """
    licences = case.bidder_licences
    if not licences:
        return _unknown(case)
    valid = [licence for licence in licences if licence.valid]
    shown = max(valid or licences, key=lambda licence: (licence.begun, licence.valid_from, licence.certificate_no))
    zh, en = certificate_state(shown)
    number, bidder, day = shown.certificate_no, case.bidder.name, case.opened_on
    return Verdict(
        FindingOutcome.CONSISTENT if valid else FindingOutcome.MISMATCH,
        Explanation(
            f"{day}开标时投标人“{bidder}”的安全生产许可证{number}{zh}。",
            f"At the opening on {day} the safety-production licence {number} of the bidder {bidder} was {en}.",
        ),
        (case.appointed, *(licence.fact for licence in valid or licences)),
        None if valid else Severity.HIGH,
    )


def _unknown(case: AppointmentCase) -> Verdict:
    bidder, complete = case.bidder.name, case.complete(LICENCE_KIND)
    zh = f"{case.opened_on}开标时，本系统未收到投标人“{bidder}”的安全生产许可证信息"
    en = f"At the opening on {case.opened_on} no safety-production licence of the bidder {bidder} was known"
    if complete.given:
        explanation = Explanation(f"{zh}。", f"{en}.")
        return Verdict(FindingOutcome.MISMATCH, explanation, (case.appointed, *complete.facts), Severity.HIGH)
    why_zh, why_en = not_covered(complete)
    explanation = Explanation(f"{zh}，但{why_zh}，不能据此判断。", f"{en}, and nothing follows from that: {why_en}.")
    return Verdict(FindingOutcome.NO_EVIDENCE, explanation, (case.appointed,))
