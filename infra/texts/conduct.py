"""The words of the public page of conduct records, in Chinese and English."""

from typing import Final

from infra.texts.language import Words

CONDUCT_TEXTS: Final[dict[str, Words]] = {
    "conduct_records": ("良好、不良行为和业绩记录", "Conduct and performance records"),
    "conduct_list_in-force": ("有效记录", "In force"),
    "conduct_list_open": ("公示和异议中", "Open to objection"),
    "conduct_how_in-force": (
        "公示期已满且在有效期内的记录。",
        "Records whose notice period is over and whose term runs.",
    ),
    "conduct_how_open": (
        "公示期内或异议尚未核查的记录，尚未生效。",
        "Records whose notice period runs, or whose objection waits for its answer. They have no effect yet.",
    ),
    "conduct_firm_code": ("单位统一社会信用代码", "Credit code of a firm"),
    "conduct_look": ("查询", "Look up"),
    "conduct_as_of": ("截至{today}。不公开个人信息。", "As of {today}. Nothing about people is shown."),
    "conduct_holder": ("主体", "Of"),
    "conduct_a_person": ("从业人员", "A person"),
    "conduct_kind": ("类别", "Kind"),
    "conduct_good": ("良好行为", "Good conduct"),
    "conduct_bad": ("不良行为", "Bad conduct"),
    "conduct_performance": ("业绩", "Performance"),
    "conduct_blacklist": ("黑名单", "Blacklist"),
    "conduct_what": ("内容", "What"),
    "conduct_authority": ("认定部门", "Authority"),
    "conduct_published": ("公布日期", "Published"),
    "conduct_days_in-force": ("有效期", "In force"),
    "conduct_days_open": ("公示截止日", "Last day to object"),
    "conduct_no_day": ("该年度工作日尚未公布", "not known yet: the working days of that year are not announced"),
    "conduct_objected": ("异议核查中", "objected to"),
    "conduct_stays": ("长期", "for good"),
    "conduct_none": ("没有记录。", "No records."),
}
