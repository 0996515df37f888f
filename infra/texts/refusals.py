"""Why a message or a row is refused, in Chinese; the English texts stand where each check is made."""

import re
from typing import Final

from infra.texts.language import Language

BY_MESSAGE: Final[dict[str, str]] = {
    # Dates, times, numbers
    "a date is written YYYY-MM-DD": "无法识别为日期，请写成2026-03-12",
    "a time is written as RFC 3339 with an offset": "无法识别为时间，请写成2026-03-12T09:30:00+08:00",
    "a snapshot has an area and a period": "全量报送须写明地区和期间",
    "a snapshot replaces by its area and period": "全量报送按地区和期间替换，无须另行指明被替换的报送",
    "a period is a month YYYY-MM or a day YYYY-MM-DD": "期间请写成月份（2026-03）或日期（2026-03-12）",
    "money is written as a decimal string in yuan": "金额请以元为单位写成小数，如12345678.90",
    "no date is read here: write it like 2026-03-12": "无法识别为日期，请写成2026-03-12",
    "no month is read here: write it like 2026-03": "无法识别为月份，请写成2026-03",
    "no time is read here: write it like 2026-03-12 09:30": "无法识别为时间，请写成2026-03-12 09:30",
    "not written as the pattern of the mapping says": "与映射中pattern规定的写法不一致",
    "a yes or no is written true or false": "是或否请写成true或false",
    "neither yes nor no": "无法识别为“是”或“否”",
    "not a number": "不是数字",
    "a yes or no is no text; choose the form boolean, or translate it by values": (
        "是非值不是文本；请将形式写为boolean，或者用values对照"
    ),
    "a cell of this type is not read; make the column text": "不读取这种类型的单元格；请将该列设为文本格式",
    "not a whole number": "不是整数",
    "no field begins with the name of the list and a dot": "没有以该列表名加点开头的字段",
    "another row of the same answer cannot be read: it would not be whole": (
        "同一答复的另一行无法识别，该答复不完整，整份不予入账"
    ),
    "a row of this file that cannot be read may belong to this answer: mend that row first": (
        "文件中有无法识别的行，可能属于该答复；请先改正该行"
    ),
    # People
    "give either person_id, or name and id_number": "请给出人员编号（person_id），或者同时给出姓名和证件号码",
    "the name is needed, and the source wrote a sign for nothing": "须填写姓名，不能以“/”“无”等符号代替",
    "the number is needed, and the source wrote a sign for nothing": "须填写证件号码，不能以“/”“无”等符号代替",
    "the field is needed, and the source wrote a sign for nothing, such as / or 无": (
        "此项必填，不能以“/”“无”等符号代替"
    ),
    "a resident ID number has 18 or 15 characters": "身份证号码应为18位或15位",
    "a resident ID number has digits, and X only at its end": "身份证号码只能由数字组成，末位可以是X",
    "the check character of the number is wrong": "身份证号码校验位有误，请核对原件",
    "the number starts with no known province": "身份证号码开头不是已知的省级代码",
    "no known province stands behind the 9": "永久居留身份证号码中9之后不是已知的省级代码",
    "the birth date does not exist": "证件号码中的出生日期不存在",
    "the birth date is in the future or too long ago": "证件号码中的出生日期在未来或过于久远",
    "an ID number stands outside a person's id_number field": "证件号码只能填写在人员的证件号码一栏，其他位置不得出现",
    "a text names a person of this message, or holds a mobile or passport number": (
        "文字中出现了本报文所涉人员的姓名，或者手机号码、护照号码"
    ),
    "a message is nested at most 32 deep": "报文嵌套不得超过32层",
    "this may be an ID number, which is no code of an organisation": "这可能是身份证号码，不是单位代码",
    # Codes
    "no province of GB/T 2260 has this code": "GB/T 2260中没有这一省级代码",
    "a jurisdiction code has digits only": "行政区划代码只能由数字组成",
    "a jurisdiction code has 2, 4 or 6 digits": "行政区划代码应为2位、4位或6位",
    "a unified social credit code has 18 characters": "统一社会信用代码应为18位",
    "the check character of the credit code is wrong": "统一社会信用代码校验位有误",
    "a credit code has digits and letters of GB 32100": "统一社会信用代码只能由GB 32100规定的数字和字母组成",
    "eighteen zeros are no credit code": "18个0不是统一社会信用代码；没有代码的请留空",
    "an organisation code has digits and letters": "组织机构代码只能由数字和字母组成",
    "the check character of the organisation code is wrong": "组织机构代码校验位有误",
    "a spreadsheet turned the number into scientific notation and lost its last digits; make the column text": (
        "表格软件已将号码改为科学计数法，末几位已丢失；请将该列设为文本格式后重新导出"
    ),
    # Rows and messages
    "the line is longer than a message may be": "该行超过报文长度上限",
    "the document holds no OCDS release": "文件中没有OCDS发布内容",
    "the document is not readable as JSON": "不是有效的JSON",
    "the message is not readable as JSON": "不是有效的JSON",
    "another entry of the list has this id": "同一列表中另有一项使用此编号",
    "the release is not built as OCDS says": "发布内容不符合OCDS的结构",
    "the row is not readable as CSV": "该行无法按CSV读取",
    "the cells of the row are not readable": "该行的单元格无法读取",
    "the row is not text in the encoding of the mapping": "该行不是映射所定编码的文本；中文表格常用gb18030",
    "the row does not have as many cells as the header": "该行的列数与表头不一致",
    "a text holds no NUL character": "文本中含有空字符（NUL）",
    "an operator has told the workers to skip this record": "操作人员已指示跳过此记录",
    "another message was recorded under this source and id": (
        "同一来源、同一编号已入账且内容不同；更正请报送fact-corrected，另一条事实请换用新的编号"
    ),
    "the message is sound, and processing it failed": "报文无误，但处理失败",
    "this message type is not known": "没有这一报文类型",
    "no such message type": "没有这一报文类型",
    "no such encoding; the usual ones are utf-8 and gb18030": "没有这种编码；常用的是utf-8和gb18030",
    "a delimiter is one character, such as a comma or a tab": "分隔符只能是一个字符，如逗号或制表符",
    "give either column or constant": "请给出column或constant之一",
    "an id is stored in clear: take no name or ID number, or give a list": (
        "编号以明文保存：不得取自姓名或证件号码；请改用列的清单"
    ),
    "the token speaks for another source": "令牌属于另一数据源",
    "this source is the monitor's own": "该来源为本系统专用",
    "this field is the monitor's own": "该项为本系统专用",
    "this attribute is the monitor's own": "该属性为本系统专用",
    "the bid names no lead": "投标未载明项目负责人",
    "the message came from another source": "该报文来自另一数据源",
    "the message was of another type": "报文类型与原报文不一致",
    "send the whole message: several parts of it could not be read": "有多处未能识别，请重新报送完整报文",
    "a source corrects only what it said itself": "数据源只能更正自己报送的事实",
    # What sources may say
    "a registration may not hold an ID number": "登记内容中不得出现证件号码",
    "nobody has registered this source": "该数据源尚未登记：请运维人员登记其可报送的类型和区划",
    "the grant of this source has ended": "该数据源的登记已终止",
    "the grant of this source is not in force on this day": "该数据源的登记在今日不在有效期内",
    "this source may not send by this channel": "该数据源不得通过这一渠道报送",
    "this type belongs to another topic": "该类型的报文属于另一主题",
    "this source may say nothing about this area": "登记范围不包括这一地区",
}

BY_CODE: Final[dict[str, str]] = {
    "missing": "缺少此项",
    "role_of_programs": "数据来源只能使用令牌，不能有账户",
    "period": "该类数据的期间应为月份，请写成2026-03",
    "extra_forbidden": "没有这一项",
    "literal_error": "不是规定的取值之一",
    "string_type": "应为文本",
    "string_too_short": "不能为空",
    "string_too_long": "文本过长",
    "string_pattern_mismatch": "格式不符合要求",
    "int_type": "应为整数",
    "int_parsing": "不是整数",
    "float_type": "应为数字",
    "bool_type": "应为“是”或“否”",
    "list_type": "应为列表",
    "model_type": "应为对象",
    "too_short": "至少应有一项",
    "greater_than_equal": "小于允许的最小值",
    "less_than_equal": "大于允许的最大值",
    "too_large": "超过报文长度上限",
    "prepared_too_large": "去标识后超过报文长度上限",
}
"""For reasons that carry numbers, and for those that pydantic gives; the code of the reason decides."""

_BY_PATTERN: Final = (
    (re.compile(r"this source may not send (?P<what>[a-z-]+)"), "该数据源未登记报送{what}这一类型"),
    (re.compile(r"this source may say nothing about (?P<what>[0-9]+)"), "登记范围不包括区划{what}"),
)
"""Reasons that name what is missing."""
_OF_COLUMN: Final = re.compile(r"column (?P<column>.+?): (?P<reason>.+)")


def refusal_words(code: str, message: str, language: Language) -> str:
    """The reason for people; one that has no Chinese text stands as it is."""
    found = _OF_COLUMN.fullmatch(message)
    reason = found["reason"] if found else message
    if not language.is_chinese:
        return reason  # The column is told before.
    return BY_MESSAGE.get(reason) or BY_CODE.get(code) or _by_pattern(reason) or message


def _by_pattern(reason: str) -> str | None:
    for pattern, text in _BY_PATTERN:
        if named := pattern.fullmatch(reason):
            return text.format(what=named["what"])
    return None


def column_of(message: str) -> str | None:
    """The column of a table that a reason names."""
    found = _OF_COLUMN.fullmatch(message)
    return found["column"] if found else None
