"""The words that explanations use, in Chinese and English."""

from datetime import date
from typing import Final

from domain.employers import RULE_TEXTS, EmployerMatch, Outcome
from domain.evidence.certificates import CertificateState

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
    "retired": ("退休人员", "retired"),
    "public-institution": ("改制事业单位人员", "staff of a restructured public institution"),
    "university": ("高校所属企业聘用本校人员", "university staff"),
    "ex-military": ("自主择业军转干部", "self-employed ex-military"),
    "buy-out": ("改制或征地买断社保", "insurance bought out"),
    "other": ("国家规定的其他情形", "other lawful ground"),
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
