"""Names that bureaus give to the columns of their tables, for each kind of fact, the most usual first."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from streams.importers.cells import Form


@dataclass(frozen=True, slots=True)
class KnownField:
    """``names`` of its column; ``values`` are what its cells say, in the words of the fact."""

    names: str
    form: Form = "text"
    values: Mapping[str, str] = field(default_factory=dict)
    needed: bool = True

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.names.split())


@dataclass(frozen=True, slots=True)
class KnownTable:
    """The fields of one kind of fact; ``time`` says when it happened, as one of the fact or, as ``time``, beside it.

    With ``together`` several rows are one message (:class:`streams.importers.mapping.Mapped`). A table that has all of
    this kind is not one of the kind ``beyond``, whose columns it has besides.
    """

    time: str
    fields: Mapping[str, KnownField]
    together: str | None = None
    beyond: str | None = None


_NAME: Final = KnownField("姓名 人员姓名 职工姓名 参保人姓名 员工姓名 工人姓名 持证人 持证人姓名 缴费人姓名")
_ID_NUMBER: Final = KnownField(
    "证件号码 身份证号码 身份证号 公民身份号码 社会保障号码 社会保障号 证件号 身份证件号码 身份证"
)
_USCC: Final = KnownField(
    "统一社会信用代码 社会信用代码 信用代码 单位统一社会信用代码 企业统一社会信用代码 纳税人识别号 单位信用代码",
    needed=False,
)
_VALID_TO: Final = KnownField(
    "有效期至 有效期止 有效期截止日期 注册有效期至 证书有效期至 有效期结束日期 失效日期 有效截止日期 有效期限至",
    "date",
    needed=False,
)
_PROJECT: Final = KnownField("项目编码 项目代码 项目编号 工程编码 工程项目编码 工程编号 项目统一代码")
_SCHEMES: Final = {
    **dict.fromkeys(("企业职工基本养老保险", "职工基本养老保险", "基本养老保险", "养老保险", "养老"), "pension"),
    **dict.fromkeys(("职工基本医疗保险", "基本医疗保险", "医疗保险", "医疗"), "medical"),
    **dict.fromkeys(("失业保险", "失业"), "unemployment"),
    **dict.fromkeys(("工伤保险", "工伤"), "injury"),
    **dict.fromkeys(("生育保险", "生育"), "maternity"),
    **dict.fromkeys(("住房公积金", "公积金"), "housing-fund"),
}
_DIRECTIONS: Final = {
    **dict.fromkeys(("进", "进场", "入场", "进门", "签到", "上班", "入"), "in"),
    **dict.fromkeys(("出", "出场", "离场", "出门", "签退", "下班"), "out"),
}
_METHODS: Final = {
    **dict.fromkeys(("人脸", "人脸识别", "刷脸"), "face"),
    **dict.fromkeys(("指纹", "指纹识别"), "fingerprint"),
    **dict.fromkeys(("刷卡", "IC卡", "卡片"), "card"),
    **dict.fromkeys(("定位", "手机定位", "GPS"), "gps"),
    **dict.fromkeys(("人工", "手工", "补录"), "manual"),
}
_CERTIFICATES: Final = {
    "安全生产许可证": "safety-production-licence",
    **dict.fromkeys(("建筑施工特种作业操作资格证", "特种作业操作证", "特种作业操作资格证书"), "special-operations"),
    **dict.fromkeys(("安全生产考核合格证A证", "安管人员A证", "A证", "建安A"), "safety-assessment-a"),
    **dict.fromkeys(("安全生产考核合格证B证", "安管人员B证", "B证", "建安B"), "safety-assessment-b"),
    **dict.fromkeys(("安全生产考核合格证C证", "安管人员C证", "C证", "建安C"), "safety-assessment-c"),
    **dict.fromkeys(("建筑工程施工许可证", "施工许可证"), "construction-permit"),
}
_STATUSES: Final = {
    **dict.fromkeys(("有效", "正常", "在用"), "valid"),
    **dict.fromkeys(("暂扣", "暂停"), "suspended"),
    "吊销": "revoked",
    **dict.fromkeys(("撤销", "撤回"), "withdrawn"),
    "注销": "cancelled",
    **dict.fromkeys(("过期", "失效", "已过期"), "expired"),
}
_STATES: Final = {
    **dict.fromkeys(("申请", "已申请", "提交", "已提交"), "submitted"),
    **dict.fromkeys(("收件", "窗口接件", "接件"), "window-accepted"),
    "不予受理": "refused",
    **dict.fromkeys(("补正", "补正告知", "补正开始"), "correction-started"),
    **dict.fromkeys(("补正完成", "补正结束"), "correction-finished"),
    **dict.fromkeys(("受理", "已受理", "准予受理"), "accepted"),
    **dict.fromkeys(("特别程序", "特别程序开始"), "special-started"),
    "特别程序结束": "special-finished",
    **dict.fromkeys(("办结", "准予许可", "审批通过", "批准", "办结（通过）"), "approved"),
    **dict.fromkeys(("容缺通过", "容缺办结"), "approved-with-gaps"),
    **dict.fromkeys(("不予许可", "审批不通过", "退件"), "rejected"),
    "撤回": "withdrawn",
    "撤销": "revoked",
}

_PAYER: Final = KnownField(
    "单位名称 缴费单位 缴费单位名称 缴纳单位 参保单位 参保单位名称 用人单位 缴存单位",
)
_PAID_MONTH: Final = KnownField(
    "费款所属期 缴费月份 所属期 缴费年月 对应费款所属期 业务年月 汇缴月份 汇缴年月 缴存年月 费款所属月份", "month"
)
_SCHEME: Final = KnownField("险种 险种类型 险种名称 征收品目 征收项目 保险类型", values=_SCHEMES)
_PAID_ON: Final = KnownField(
    "到账日期 缴费日期 实缴日期 入账日期 到账时间 扣款日期 实收日期 缴款日期 汇缴日期 缴存日期", "date"
)
TIME: Final = "time"

KNOWN_TABLES: Final[Mapping[str, KnownTable]] = {
    "insurance-paid": KnownTable(
        "paid_on",
        {
            "person.name": _NAME,
            "person.id_number": _ID_NUMBER,
            "payer.name": _PAYER,
            "payer.uscc": _USCC,
            "month": _PAID_MONTH,
            "scheme": _SCHEME,
            "paid_on": _PAID_ON,
        },
    ),
    "insurance-stated": KnownTable(
        TIME,
        {
            "person.name": _NAME,
            "person.id_number": _ID_NUMBER,
            "area": KnownField("参保地区 查询地区 参保地 统筹区"),
            "months": KnownField("查询月份 查询所属期", "months"),
            TIME: KnownField("答复日期 回复日期 反馈日期 答复时间 回复时间", "time"),
            "payments.payer.name": replace(_PAYER, needed=False),
            "payments.payer.uscc": _USCC,
            "payments.month": replace(_PAID_MONTH, needed=False),
            "payments.scheme": replace(_SCHEME, needed=False),
            "payments.paid_on": replace(_PAID_ON, needed=False),
        },
        together="payments",
        beyond="insurance-paid",
    ),
    "registration-recorded": KnownTable(
        "valid_from",
        {
            "person.name": _NAME,
            "person.id_number": _ID_NUMBER,
            "employer.name": KnownField("注册单位 聘用企业 聘用单位 注册单位名称 聘用企业名称 企业名称 单位名称"),
            "employer.uscc": _USCC,
            "certificate_no": KnownField("注册编号 注册号 注册证书编号 注册证书号 注册证号 证书编号"),
            "qualification": KnownField("注册专业 注册类别 注册等级 专业类别 资格等级 等级专业 专业"),
            "province": KnownField("注册省份 省份 所在省", needed=False),
            "valid_from": KnownField(
                "注册日期 发证日期 有效期起 有效期自 批准日期 初始注册日期 有效期开始日期 注册批准日期", "date"
            ),
            "valid_to": _VALID_TO,
        },
    ),
    "attendance-recorded": KnownTable(
        "checked_at",
        {
            "person.name": _NAME,
            "person.id_number": _ID_NUMBER,
            "project_code": _PROJECT,
            "checked_at": KnownField("打卡时间 考勤时间 刷卡时间 签到时间 进出时间 通行时间 识别时间", "time"),
            "direction": KnownField("进出方向 方向 进出类型 通行方向 考勤类型 进出标志 进出", values=_DIRECTIONS),
            "method": KnownField("考勤方式 打卡方式 识别方式 验证方式 通行方式", values=_METHODS),
            "device": KnownField("设备编号 设备序列号 考勤机编号 闸机编号", needed=False),
            "lat": KnownField("纬度", "number", needed=False),
            "lng": KnownField("经度", "number", needed=False),
            "trade": KnownField("工种 岗位 工种名称 岗位名称", needed=False),
        },
    ),
    "certificate-issued": KnownTable(
        "valid_from",
        {
            "holder.name": KnownField(f"{_NAME.names} 企业名称 单位名称 持证单位 持证主体 许可单位"),
            "holder.id_number": KnownField(_ID_NUMBER.names, needed=False),
            "holder.uscc": _USCC,
            "certificate_no": KnownField("证书编号 证件编号 许可证编号 证照编号 操作证编号 证号 许可编号"),
            "kind": KnownField("证书类型 证书类别 证照类型 证照名称 证书名称 许可证名称", values=_CERTIFICATES),
            "status": KnownField("证书状态 证照状态 许可证状态 状态", values=_STATUSES),
            "trade": KnownField("操作类别 操作项目 作业类别 准操项目 工种", needed=False),
            "valid_from": KnownField("发证日期 有效期起 有效期自 初次领证日期 颁发日期 有效期开始日期", "date"),
            "valid_to": _VALID_TO,
        },
    ),
    "approval-recorded": KnownTable(
        "at",
        {
            "case_id": KnownField("办件编号 受理编号 办件流水号 申请编号 收件编号 业务编号 业务流水号"),
            "project_code": _PROJECT,
            "item_code": KnownField("事项编码 实施编码 事项代码 审批事项编码 事项实施编码"),
            "item_name": KnownField("事项名称 审批事项名称 审批事项"),
            "category": KnownField("审批类型 事项类型 项目类型 审批流程类型 办件类型 工程类别"),
            "department": KnownField("审批部门 办理部门 实施部门 受理部门 主管部门 实施主体"),
            "applicant.name": KnownField("申请单位 建设单位 申请单位名称 建设单位名称 申请人 申请人名称"),
            "applicant.uscc": KnownField(f"{_USCC.names} 建设单位统一社会信用代码 申请人证照号码", needed=False),
            "state": KnownField("办件状态 办理状态 审批状态 办理结果 环节状态 状态", values=_STATES),
            "at": KnownField("办理时间 状态时间 操作时间 发生时间 状态变更时间 环节办理时间", "time"),
            "handler": KnownField("经办人 办理人 办理人员", needed=False),
            "document_no": KnownField("批文号 批复文号 文号 批准文号", needed=False),
            "limit_working_days": KnownField("承诺时限 办理时限 法定时限 承诺办结时限", "integer", needed=False),
        },
    ),
}
ROW_IDS: Final = ("流水号", "记录编号", "缴费流水号", "考勤记录编号", "记录流水号", "明细流水号")
"""Columns that tell a row from all others. A number in order (序号) begins anew in each file."""
