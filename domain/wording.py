"""The words that explanations use, in Chinese and English."""

from datetime import date
from typing import Final

from domain.employers import RULE_TEXTS, EmployerMatch, Outcome
from domain.evidence.certificates import CertificateState
from domain.evidence.exemptions import Misfit

Words = tuple[str, str]
"""The Chinese text and the English text."""

SCHEMES: Final[dict[str, Words]] = {
    "pension": ("养老保险", "pension insurance"),
    "medical": ("医疗保险", "medical insurance"),
    "unemployment": ("失业保险", "unemployment insurance"),
    "injury": ("工伤保险", "work-injury insurance"),
    "maternity": ("生育保险", "maternity insurance"),
    "housing-fund": ("住房公积金", "the housing fund"),
}

GROUNDS: Final[dict[str, Words]] = {
    "retired": ("达到法定退休年龄正式退休或依法提前退休", "retired, or lawfully retired early"),
    "public-institution": (
        "因事业单位改制等原因保留事业单位身份、由该事业单位缴纳社会保险",
        "staff of a restructured public institution, which insures them",
    ),
    "university": ("大专院校所属单位聘请的本校在职教师或科研人员", "staff of the university that owns the firm"),
    "ex-military": ("军队自主择业人员", "former military who chose their own employment"),
    "buy-out": ("因企业改制、征地拆迁等买断社会保险", "insurance bought out on restructuring or land requisition"),
    "other": ("有法律法规、国家政策依据的其他情形", "another ground in law or national policy"),
}

MISFITS: Final[dict[Misfit, Words]] = {
    Misfit.WORKPLACE: (
        "实际工作单位“{workplace}”与注册单位不一致",
        "the workplace {workplace} is not the registration employer",
    ),
    Misfit.AGE: (
        "未达到法定退休（含提前退休）年龄",
        "nobody of this age can have retired lawfully",
    ),
    Misfit.EMPLOYED: ("仍由其他单位缴纳养老保险", "another employer still pays pension insurance"),
    Misfit.NO_PAYER: ("未载明缴纳单位", "it names no payer"),
    Misfit.PAYER: ("缴纳单位与其所载明的不一致{payer}", "another than the named payer{payer} pays"),
    Misfit.TRADE: (
        "该情形仅适用于高校所属勘察、设计、监理、造价咨询企业",
        "the ground covers survey, design, supervision and cost firms of a university only",
    ),
    Misfit.NO_AUTHORITY: ("未载明认定机关", "it names no deciding authority"),
}

_RELATIONS: Final[dict[Outcome, tuple[str, str, str]]] = {
    Outcome.SAME: ("为同一单位", "the same employer", "as"),
    Outcome.PROBABLY_SAME: ("疑为同一单位", "probably the same employer", "as"),
    Outcome.BRANCH_OR_GROUP: ("为总分支机构或同一集团成员", "related by branch or group", "to"),
    Outcome.UNKNOWN: ("是否为同一单位无法确认", "not known to be the same employer", "as"),
    Outcome.DIFFERENT: ("不是同一单位", "not the same employer", "as"),
}
"""Chinese, English, and the English preposition before the other employer.

The preposition is apart because the reason of a doubt stands before it: “probably the same employer (…) as”.
"""

STATUSES: Final[dict[str, Words]] = {
    "suspended": ("已暂扣", "suspended"),
    "revoked": ("已吊销", "revoked"),
    "withdrawn": ("已撤销", "withdrawn"),
    "cancelled": ("已注销", "cancelled"),
    "expired": ("已过期", "expired"),
}


def named_by_payment(firm: str, payer: str) -> Words:
    """How the payment names ``firm``, in brackets, where it is not by the name in the bid; else nothing."""
    if payer == firm:
        return "", ""
    return f"（缴费记录所载名称：“{payer}”）", f" (named {payer} by the payment)"


def month_zh(month: str) -> str:
    return f"{month[:4]}年{int(month[5:])}月"


def relation(match: EmployerMatch) -> Words:
    """The words between two employers: “A”与“B”…, and A is … B. A doubt carries its reason in brackets."""
    zh, en, preposition = _RELATIONS[match.outcome]
    if match.outcome in (Outcome.SAME, Outcome.DIFFERENT):
        return zh, f"{en} {preposition}"
    reason = RULE_TEXTS[match.rule]
    return f"{zh}（{reason.zh}）", f"{en} ({reason.en}) {preposition}"


def certificate_state(state: CertificateState) -> Words:
    """What is known of a certificate on the day that ``state`` is about."""
    if state.valid:
        zh, en = period(state.valid_from, state.valid_to)
        return f"有效（{zh}）", f"valid ({en})"
    if not state.begun:
        return (f"自{state.valid_from}起才有效", f"valid only from {state.valid_from}")
    if state.status != "valid":
        zh, en = STATUSES[state.status]
        return f"自{state.valid_from}起{zh}", f"{en} as of {state.valid_from}"
    zh, en = period(state.valid_from, state.valid_to)
    return f"有效期为{zh}，已到期", f"valid only {en}"


def period(first: date, last: date | None) -> Words:
    """A period in words; both ends are inclusive, and ``last`` None means until further notice."""
    if last is None:
        return f"{first}起长期", f"from {first}"
    return f"{first}至{last}", f"from {first} to {last}"
