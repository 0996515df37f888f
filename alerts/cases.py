"""How notices speak of each kind of case, in Chinese and English."""

from typing import Final, NamedTuple


class CaseWords(NamedTuple):
    """``comparison`` is what finds clues of such cases, ``about`` names one; each in Chinese and English.

    ``about`` may use the fields of :class:`alerts.notices.Content`, where such cases have them,
    and ``person``, the masked name in brackets.
    """

    comparison: tuple[str, str]
    about: tuple[str, str]


_BY_CASE_KIND: Final[dict[str, CaseWords]] = {
    "appointments": CaseWords(
        ("开标比对", "The comparison at bid opening"),
        (
            "“{bidder}”在“{title}”（{tender_id} / {lot_id}）中拟派的项目负责人{person}",
            "the project lead{person} whom {bidder} named for “{title}” ({tender_id} / {lot_id})",
        ),
    ),
    "lots": CaseWords(
        ("投标比对", "The comparison of bids"),
        ("“{title}”（{tender_id} / {lot_id}）的投标", "the bids for “{title}” ({tender_id} / {lot_id})"),
    ),
    "sites": CaseWords(
        ("到岗比对", "The comparison of attendance"),
        (
            "工程“{title}”（{project_code}）的现场人员{person}",
            "a person on the site of “{title}” ({project_code}){person}",
        ),
    ),
    "approvals": CaseWords(
        ("审批监测", "The monitoring of approvals"),
        ("审批件“{title}”（{case_id}）", "the approval case “{title}” ({case_id})"),
    ),
    "payers": CaseWords(
        ("社保缴纳比对", "The comparison of insurance payers"),
        ("社保缴纳单位“{title}”", "the paying organisation {title}"),
    ),
    "departments": CaseWords(
        ("审批监测", "The monitoring of approvals"),
        ("审批部门“{title}”", "the approving department {title}"),
    ),
}
_ANY: Final = CaseWords(("比对", "The comparison of the records"), ("“{title}”", "“{title}”"))


def words_about(case_kind: str) -> CaseWords:
    return _BY_CASE_KIND.get(case_kind, _ANY)
