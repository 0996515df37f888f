"""The result of comparing two employers."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Outcome(StrEnum):
    """The outcomes, from the one that speaks most for the lead to the one that speaks least.

    Only ``same`` counts as agreement, and only ``different`` as disagreement. The others need a
    person who looks.
    """

    SAME = "same"
    PROBABLY_SAME = "probably_same"
    BRANCH_OR_GROUP = "branch_or_group"
    UNKNOWN = "unknown"
    DIFFERENT = "different"


CLOSENESS = tuple(Outcome)
"""Outcomes from the one that clears to the one that accuses."""


@dataclass(frozen=True, slots=True)
class EmployerMatch:
    """The outcome, the id of the rule that decided, and in ``detail`` what the rule compared."""

    outcome: Outcome
    rule: str
    detail: str = ""


class RuleText(NamedTuple):
    zh: str
    en: str


RULE_TEXTS: dict[str, RuleText] = {
    "uscc_equal": RuleText("统一社会信用代码相同", "the credit codes are equal"),
    "organisation_code_equal": RuleText("组织机构代码相同", "the organisation codes are equal"),
    "registration_number_equal": RuleText("工商注册号相同", "the registration numbers are equal"),
    "codes_differ": RuleText("代码不同", "the codes differ"),
    "codes_differ_related": RuleText("代码不同，名称表明为分支或集团成员", "the codes differ, the names are related"),
    "code_slip": RuleText("代码疑有一处笔误，名称相近", "one slip in a code, and like names"),
    "no_name": RuleText("名称为空或无法解析", "a name is empty or cannot be parsed"),
    "alias": RuleText("名称为对方的别名或曾用名", "one is named by the other's alias or former name"),
    "renamed": RuleText("已更名的同一单位", "one employer, renamed"),
    "name_equal": RuleText("名称相同", "the names are equal"),
    "agent": RuleText("一方为人力资源或劳务派遣等代理机构", "one of them is an agent that insures others' staff"),
    "branch": RuleText("同一单位的不同分支机构", "branches of one employer"),
    "branch_of_another": RuleText("不同单位的分支机构", "a branch of another employer"),
    "consortium_member": RuleText("联合体与其成员", "a consortium and one of its members"),
    "ordinals_differ": RuleText("序号不同", "the ordinals differ"),
    "regions_clash": RuleText("所属地区不同", "the regions clash"),
    "core_equal": RuleText("地区、字号、行业和组织形式相同", "region, trade name, industry and form are equal"),
    "region_open": RuleText("字号和行业相同，地区一方缺失或相互包含", "one region is missing or holds the other"),
    "form_differs": RuleText("字号和行业相同，组织形式不同", "only the form of company differs"),
    "group_on_one_side": RuleText("仅一方为集团", "only one of them is called a group"),
    "group_member": RuleText("名称表明为集团与成员", "the names are those of a group and a member"),
    "both_registered": RuleText("两个名称均为已登记企业", "both names belong to registered enterprises"),
    "character_lost": RuleText("有字符缺失，其余一致", "a character was lost, the rest agrees"),
    "homophone": RuleText("一字之差，读音相同", "one character apart, a homophone"),
    "look_alike": RuleText("一字之差，字形相近", "one character apart, a look-alike"),
    "doubled_character": RuleText("一字重复", "one character doubled"),
    "characters_swapped": RuleText("相邻两字颠倒", "two neighbouring characters swapped"),
    "industry_slip": RuleText("行业用词疑有一字笔误", "one slip in an industry word"),
    "trade_swapped": RuleText("两字字号颠倒", "the two characters of the trade name swapped"),
    "trade_extended": RuleText("字号多一字", "one character more in the trade name"),
    "industries_differ": RuleText("行业不同", "the industries differ"),
    "names_differ": RuleText("名称不同", "the names differ"),
}
"""The reason behind each rule id, in words for people."""
