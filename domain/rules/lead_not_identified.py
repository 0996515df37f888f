"""Lead not identified 项目负责人未能识别."""

from typing import Final

from domain.evidence.lot import UnidentifiedLeadCase
from domain.facts.unread import UnreadError
from domain.rule import Explanation, FindingOutcome, Severity, Verdict, rule
from domain.wording import Words

CODE = "D904"

_FIELDS: Final[dict[str, Words]] = {
    "id_number": ("证件号码", "the identity number"),
    "id_type": ("证件类型", "the kind of identity document"),
    "name": ("姓名", "the name"),
    "person": ("身份信息", "the person"),
    "certificate_no": ("注册编号", "the certificate number"),
}
_ANY_FIELD: Final[Words] = ("所载信息", "what is said of the lead")
_FAULTS: Final[dict[str, Words]] = {
    "check_digit": ("校验码不符", "has a wrong check character"),
    "birth_date": ("所含出生日期不存在", "holds an impossible birth date"),
    "unknown_code": ("所含行政区划代码不存在", "starts with no known province"),
    "length": ("位数不符", "has a wrong number of characters"),
    "characters": ("含有不应出现的字符", "has characters that it cannot have"),
    "scientific_notation": ("已被表格软件改为科学计数法", "was turned into scientific notation by a spreadsheet"),
    "missing": ("未填写", "is missing"),
    "string_too_short": ("未填写", "is missing"),
}
_ANY_FAULT: Final[Words] = ("格式有误", "is not in the right form")


@rule(
    code=CODE,
    version=1,
    title="Lead not identified",
    title_zh="项目负责人未能识别",
    clause="建办市〔2018〕57号",
    severity=Severity.MEDIUM,
)
def lead_not_identified(case: UnidentifiedLeadCase) -> Verdict:
    """A bid names a lead who cannot be identified: the number is wrong or missing, or there is no name.

    The other bids of the lot are judged all the same. Bidder and supervisor are asked for a
    correction; once it fills the lead in, this clue is withdrawn and the lead is judged as if the
    right number had come at first. A bid of which not even the bidder can be read is told to the
    supervisor alone.

    Example: the last character of the lead's ID number was mistyped.

    Why: a lead who is nobody is compared with nothing. A bad number must not be a way past the
    comparison, and a typing error must not be more than a question.

    Excluded: leads with a passport or another document whose number has no check character; a
    bidder whose later opening of the same lot names a lead.

    Outcome: suspect medium.
    Data: bid-opened, candidates-announced, award-announced.
    Coverage: none.

    中文

    投标文件载明的项目负责人无法识别：证件号码有误或缺失，或者没有姓名。

    该标段的其他投标照常比对。本系统请投标人和监管部门核对并更正；更正补齐项目负责人后，本线索撤回，并按最初即为正确号
    码的情形比对该负责人。连投标人也无法识别的投标，仅提示监管部门。

    示例：项目负责人公民身份号码的最后一位录入有误。

    原因：无法识别的负责人无从比对。错误的号码不应成为绕过比对的途径，录入差错只需核对，不应据此作更多推断。

    除外：持护照或其他没有校验码的证件的负责人；同一投标人在该标段后一次开标中已载明负责人的。
    """
    day, opening = case.lot.opened_on, case.lot.opening
    place_zh, place_en = f"标段{opening.tender_id}/{opening.lot_id}", f"lot {opening.tender_id}/{opening.lot_id}"
    if case.bidder is None:
        count = len(case.parts)
        zh = f"{place_zh}于{day}开标，有{count}份投标的投标人未能识别，请核对后更正。"
        en = f"Of {count} bid(s) for {place_en}, opened on {day}, the bidder could not be read; please correct it."
    else:
        faults_zh, faults_en = _faults(case)
        zh = f"{place_zh}于{day}开标，“{case.bidder.name}”载明的项目负责人未能识别：{faults_zh}。请核对后更正。"
        en = (
            f"The lead whom {case.bidder.name} names for {place_en}, opened on {day}, could not be identified: "
            f"{faults_en}. Please check and correct it."
        )
    return Verdict(FindingOutcome.SUSPECT, Explanation(zh, en), case.openings, Severity.MEDIUM)


def _faults(case: UnidentifiedLeadCase) -> Words:
    """What is wrong, each once, and never a value."""
    said = dict.fromkeys(_fault(error) for part in case.parts for error in part.errors)
    return "，".join(zh for zh, _ in said), ", ".join(en for _, en in said)


def _fault(error: UnreadError) -> Words:
    field_zh, field_en = _FIELDS.get(error.field.rpartition(".")[2], _ANY_FIELD)
    fault_zh, fault_en = _FAULTS.get(error.code, _ANY_FAULT)
    return f"{field_zh}{fault_zh}", f"{field_en} {fault_en}"
