"""Why a missing record is no evidence: what has not been stated to be complete."""

from typing import Final

from domain.evidence.coverage import Ask, Completeness
from domain.rule import Explanation
from domain.wording import Words, month_zh

KIND_WORDS: Final[dict[str, Words]] = {
    "insurance-paid": ("社保缴费数据", "social-insurance payments"),
    "attendance-recorded": ("考勤数据", "attendance"),
    "registration-recorded": ("执业注册数据", "registrations"),
    "certificate-issued": ("电子证照数据", "electronic certificates"),
    "safety-production-licence": ("安全生产许可证数据", "safety-production licences"),
    "safety-assessment-b": ("安全生产考核合格证书（B类）数据", "safety certificates (B)"),
    "special-operations": ("特种作业操作资格证书数据", "special-operations certificates"),
}


def not_covered(completeness: Completeness) -> Words:
    """The first thing that is not covered, without the end of a sentence."""
    if not completeness.missing:
        return "所属地区无法确定", "the area is not known"
    ask, answer = completeness.missing[0]
    zh, en = KIND_WORDS[ask.kind]
    if not answer.connected:
        return f"{ask.area}地区的{zh}尚未接入", f"{en} of area {ask.area} are not connected"
    return f"{ask.area}地区{_period_zh(ask)}的{zh}尚未报送完毕", f"{en}: {ask.period} not closed for area {ask.area}"


def nothing_follows(said: Explanation, completeness: Completeness) -> Explanation:
    """``said``, and that it is no evidence as long as records may be missing."""
    zh, en = not_covered(completeness)
    return Explanation(
        f"{said.zh.rstrip('。')}，但{zh}，不能据此判断。",
        f"{said.en.rstrip('.')}, and nothing follows from that: {en}.",
    )


def _period_zh(ask: Ask) -> str:
    return month_zh(ask.period) if len(ask.period) == 7 else f"截至{ask.period}"
