"""The headings of the rulebook, in Chinese and English."""

from typing import Final

from infra.texts.language import Words

RULEBOOK_TEXTS: Final[dict[str, Words]] = {
    "rulebook": ("规则手册", "The rulebook"),
    "rulebook_how": (
        "逐条写明比对什么、示例、为何重要、哪些情形除外。",
        "What each rule compares, an example, why it matters, what is excluded.",
    ),
    "all_rules": ("全部规则", "All rules"),
    "rule_of_clue": ("查看规则：{code} {rule}", "The rule: {code} {rule}"),
    "rule": ("规则", "Rule"),
    "rule_code": ("编号", "Code"),
    "rule_clause": ("依据", "Clause"),
    "rule_outcome": ("结果与风险级别", "Outcome and severity"),
    "rule_version": ("版本", "Version"),
    "rule_told": ("知悉线索的各方", "Who learns of its clues"),
    "rule_data": ("所需数据", "Data needed"),
    "rule_coverage": ("须完整的数据", "Coverage needed"),
    "rule_no_coverage": ("无（不以未收到数据作判断）", "None: it concludes nothing from absence"),
    "rule_highest": ("最高风险级别", "Highest severity"),
    "rule_day": ("D为开标日。", "D is the day of the bid opening."),
    "rule_example": ("示例", "Example"),
    "rule_why": ("为何重要", "Why it matters"),
    "rule_excluded": ("除外情形", "What is excluded"),
    "rule_history": ("版本沿革", "Version history"),
    "rule_thresholds": ("判定阈值", "Thresholds"),
    "rule_thresholds_note": (
        "均含本数；各辖区可另行设置。",
        "Inclusive; a jurisdiction may set them otherwise.",
    ),
    "rule_default": ("默认值", "Default"),
    "rule_first_version": ("第1版", "Version 1"),
    "told_supervisors": ("仅监管部门", "Supervisors only"),
    "told_parties": ("监管部门和相关当事人", "Supervisors, and the parties it concerns"),
    "told_nobody": ("无：公开指标不生成线索", "Nobody: a published indicator makes no clues"),
    "rules_bid": ("项目负责人与投标", "Person and bid"),
    "rules_lot": ("同一标段各投标", "Cross-bid"),
    "rules_site": ("施工现场", "Site"),
    "rules_approval": ("审批件", "Approval"),
    "rules_data": ("数据质量", "Data quality"),
    "rules_indicators": ("国际公开指标（Cardinal）", "Published indicators (Cardinal)"),
}

GROUPS: Final = {
    "E": "rules_bid",
    "L": "rules_bid",
    "C": "rules_bid",
    "T": "rules_lot",
    "S": "rules_site",
    "A": "rules_approval",
    "D": "rules_data",
    "R": "rules_indicators",
}
"""The first letter of a code, and the heading under which its rules stand."""
