"""What people are told of deliveries, in Chinese and English."""

from typing import Final

from infra.texts.language import Words

WOULD_COME: Final[Words] = (
    "{file}：共{rows:,}行，其中新增{new:,}行，重新入账{said_again:,}行，已在账{unchanged:,}行，不能识别{rejected:,}行",
    (
        "{file}: {rows:,} rows: {new:,} new, {said_again:,} to be said again, {unchanged:,} there already, "
        "{rejected:,} that would be rejected"
    ),
)
WOULD_RETRACT: Final[Words] = (
    "原有{stood:,}条中，{retracted:,}条不在此文件中，将撤回",
    "of {stood:,} facts that stand, {retracted:,} would be taken back",
)
NAMES: Final[Words] = (
    "涉及{people:,}人、{employers:,}家单位，月份：{months}",
    "{people:,} people, {employers:,} employers, months: {months}",
)
NO_MONTHS: Final[Words] = ("无", "none")
FIRST: Final[Words] = ("该数据源此类数据的首次报送", "the first delivery of this source and kind")
LAST: Final[Words] = (
    "与上次报送{delivery_id}相比：行数{rows}，人数{people}，单位数{employers}",
    "beside the last delivery {delivery_id}: rows {rows}, people {people}, employers {employers}",
)
GONE: Final[Words] = ("{change}（减{gone:,}增{new:,}）", "{change} ({gone:,} gone, {new:,} new)")
REJECTED_FOR: Final[Words] = ("  {count:,}行{where}：{reason}", "  {count:,} rows{where}: {reason}")
OUT_OF_BOUNDS: Final[dict[str, Words]] = {
    "rows": ("行数减少{percent}%（少{count:,}行，上次{of:,}行）", "{percent} % fewer rows: {count:,} of {of:,}"),
    "people": ("人数减少{percent}%（少{count:,}人，上次{of:,}人）", "{percent} % fewer people: {count:,} of {of:,}"),
    "employers": (
        "单位数减少{percent}%（少{count:,}家，上次{of:,}家）",
        "{percent} % fewer employers: {count:,} of {of:,}",
    ),
    "months": ("月份减少{count:,}个（上次{of:,}个）", "{count:,} of {of:,} months fewer"),
    "retracted": (
        "将撤回原有数据的{percent}%（{of:,}条中的{count:,}条）",
        "{percent} % of what stands would be taken back: {count:,} of {of:,}",
    ),
    "rejected": (
        "不能识别的行占{percent}%（{of:,}行中的{count:,}行）",
        "{percent} % of rows rejected: {count:,} of {of:,}",
    ),
    "period": ("含{count:,}个其他月份的数据", "rows of {count:,} other months"),
}
HELD: Final[Words] = (
    "超出限度，未入账任何数据：{breaches}。核对无误后，加--accept再次执行",
    "out of bounds, and nothing was recorded: {breaches}. If it is right all the same, say so with --accept",
)
WOULD_BE_HELD: Final[Words] = ("超出限度，将予以搁置：{breaches}", "out of bounds, and would be held: {breaches}")
WOULD_BE_TAKEN: Final[Words] = ("未超出限度，可以入账", "within bounds")
TAKEN: Final[Words] = (
    "报送{delivery_id}：撤回{retracted:,}条",
    "delivery {delivery_id}: {retracted:,} facts taken back",
)
MEND: Final[Words] = (
    "更正被拒收的行后，加--delivery {delivery_id}导入，即并入本次报送",
    "import the mended rows with --delivery {delivery_id}: they belong to this delivery",
)
WATCHED: Final[dict[str, Words]] = {
    "done": (
        "{file}：入账{accepted:,}条，重复{duplicates:,}条，拒收{rejected:,}条",
        "{file}: {accepted:,} accepted, {duplicates:,} duplicates, {rejected:,} rejected",
    ),
    "held": ("{file}：超出限度，予以搁置：{reason}", "{file}: held, out of bounds: {reason}"),
    "rejected": ("{file}：未能入账：{reason}", "{file}: nothing of it could be recorded: {reason}"),
}
FIELDS: Final[dict[str, Words]] = {
    "person.name": ("姓名", "name of the person"),
    "person.id_number": ("证件号码", "ID number of the person"),
    "payer.name": ("缴费单位", "payer"),
    "payer.uscc": ("缴费单位代码", "code of the payer"),
    "employer.name": ("注册单位", "employer"),
    "employer.uscc": ("注册单位代码", "code of the employer"),
    "holder.name": ("持证人", "holder"),
    "holder.uscc": ("持证单位代码", "code of the holder"),
    "holder.id_number": ("持证人证件号码", "ID number of the holder"),
    "applicant.name": ("申请单位", "applicant"),
    "applicant.uscc": ("申请单位代码", "code of the applicant"),
    "month": ("费款所属期", "month"),
    "scheme": ("险种", "scheme"),
    "paid_on": ("到账日期", "paid on"),
    "area": ("地区", "area"),
    "months": ("查询月份", "months asked"),
    "time": ("答复日期", "answered on"),
    "payments.payer.name": ("缴费单位", "payer"),
    "payments.payer.uscc": ("缴费单位代码", "code of the payer"),
    "payments.month": ("费款所属期", "month"),
    "payments.scheme": ("险种", "scheme"),
    "payments.paid_on": ("到账日期", "paid on"),
    "certificate_no": ("证书编号", "certificate number"),
    "qualification": ("注册资格", "qualification"),
    "province": ("省份", "province"),
    "valid_from": ("生效日期", "valid from"),
    "valid_to": ("有效期至", "valid to"),
    "kind": ("证照种类", "kind"),
    "status": ("状态", "status"),
    "project_code": ("项目代码", "project code"),
    "checked_at": ("打卡时间", "checked at"),
    "direction": ("进出", "direction"),
    "method": ("打卡方式", "method"),
    "device": ("设备", "device"),
    "lat": ("纬度", "latitude"),
    "lng": ("经度", "longitude"),
    "trade": ("工种", "trade"),
    "case_id": ("办件编号", "case"),
    "item_code": ("事项编码", "code of the item"),
    "item_name": ("事项名称", "item"),
    "category": ("事项类别", "category"),
    "department": ("部门", "department"),
    "state": ("办理状态", "state"),
    "at": ("办理时间", "at"),
    "handler": ("经办人", "handler"),
    "document_no": ("文号", "document"),
    "limit_working_days": ("办理时限（工作日）", "limit in working days"),
}
"""What the fields of facts are called where columns are told, by their paths."""
HEADINGS: Final[dict[str, Words]] = {
    "begun_at": ("时间", "time"),
    "source": ("数据源", "source"),
    "kind": ("数据种类", "kind"),
    "area": ("地区", "area"),
    "period": ("期间", "period"),
    "rows": ("行数", "rows"),
    "rows_change": ("较上次", "change"),
    "people": ("人数", "people"),
    "people_change": ("较上次", "change"),
    "rejected": ("不能识别", "rejected"),
    "retracted": ("撤回", "taken back"),
    "state": ("状态", "state"),
    "delivery_id": ("编号", "delivery"),
}
STATES: Final[dict[str, Words]] = {
    "taken": ("已入账", "taken"),
    "interrupted": ("未完成", "interrupted"),
    "replaced": ("已被替换", "replaced"),
}
MONTH_COMPLETE: Final[Words] = (
    "{month}所需数据均已报送完毕（{required}项），可以比对",
    "all that the rules need for {month} is complete ({required} of {required}): the month can be judged",
)
MONTH_LACKING: Final[Words] = (
    "{month}所需数据{required}项，尚缺{lacking}项：",
    "for {month} the rules need {required} deliveries; {lacking} are lacking:",
)
NOTHING_REQUIRED: Final[Words] = (
    "{month}没有需要的数据：该地区尚无开标或办件",
    "nothing is needed for {month}: no bids were opened and no cases handled",
)
