"""The words for each kind of case in notices, in Chinese and English."""

from typing import Final, NamedTuple


class CaseWords(NamedTuple):
    """The words for one kind of case.

    ``comparison`` is the Chinese name of the comparison that raised the clue. ``about`` names a case, in
    Chinese and English. ``untitled`` names a case whose title is only its project code. Both may use the
    fields of :class:`alerts.notices.Content` that such cases have, and ``person``, the masked name in brackets.
    """

    comparison: str
    about: tuple[str, str]
    untitled: tuple[str, str] | None = None


_BY_CASE_KIND: Final[dict[str, CaseWords]] = {
    "appointments": CaseWords(
        "开标比对",
        (
            "“{bidder}”在“{title}”（{tender_id} / {lot_id}）中拟派的项目负责人{person}",
            "the project lead{person} named by {bidder} for “{title}” ({tender_id} / {lot_id})",
        ),
    ),
    "won_lots": CaseWords(
        "中标后比对",
        (
            "“{bidder}”中标的“{title}”（{tender_id} / {lot_id}）的项目负责人{person}",
            "the project lead{person} with whom {bidder} won “{title}” ({tender_id} / {lot_id})",
        ),
    ),
    "lots": CaseWords(
        "投标比对",
        (
            "标段“{title}”（{tender_id} / {lot_id}）的投标活动",
            "the bids for “{title}” ({tender_id} / {lot_id})",
        ),
    ),
    "sites": CaseWords(
        "到岗比对",
        (
            "工程“{title}”（{project_code}）的现场人员{person}",
            "a person on the site of “{title}” ({project_code}){person}",
        ),
        ("项目{project_code}的现场人员{person}", "a person on the site of project {project_code}{person}"),
    ),
    "approvals": CaseWords("审批监测", ("审批件“{title}”（{case_id}）", "the approval case “{title}” ({case_id})")),
    "payers": CaseWords("社保缴纳比对", ("社保缴纳单位“{title}”", "the paying organisation {title}")),
    "departments": CaseWords("审批监测", ("审批部门“{title}”", "the approving department {title}")),
    "loads": CaseWords("历史数据比对", ("历史数据", "the past")),
}
_ANY: Final = CaseWords("数据比对", ("“{title}”", "“{title}”"))


def words_about(case_kind: str) -> CaseWords:
    """The words for cases of this kind; general words for a kind that has none of its own."""
    return _BY_CASE_KIND.get(case_kind, _ANY)
