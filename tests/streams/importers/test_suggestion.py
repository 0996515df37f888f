"""A mapping is suggested from the names of columns: fifteen layouts, five kinds of tables as three cities have them."""

import tomllib
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.importers.csv_rows import read_csv
from streams.importers.header import folded
from streams.importers.known_headers import KNOWN_TABLES
from streams.importers.mapping import Mapped
from streams.importers.suggestion import lacks_a_header, masked, suggested
from tests.examples import examples
from tests.streams.importers.test_tables import message_of, read

PERSON = {"name": "测试甲", "id_number": "440106198501010015"}
FIRM = {"name": "广州示例建设有限公司", "uscc": "91440101MA59ABCD1D"}
PAID = {"person": PERSON, "payer": FIRM, "month": "2025-03", "scheme": "pension", "paid_on": "2025-04-12"}
REGISTERED = {
    "person": PERSON,
    "employer": {"name": FIRM["name"]},
    "certificate_no": "粤1440101",
    "qualification": "建筑工程",
    "valid_from": "2024-03-01",
    "valid_to": "2027-02-28",
}
SEEN = {
    "person": PERSON,
    "project_code": "4401-2025-001",
    "checked_at": "2025-03-01T08:05:00+08:00",
    "direction": "in",
    "method": "face",
}
ISSUED = {
    "holder": PERSON,
    "certificate_no": "粤A0421",
    "kind": "special-operations",
    "status": "valid",
    "trade": "建筑电工",
    "valid_from": "2024-03-01",
    "valid_to": "2026-02-28",
}
HANDLED = {
    "case_id": "BJ-001",
    "project_code": "2501-440101-04-01-000001",
    "item_code": "4401-SG-01",
    "item_name": "建筑工程施工许可证核发",
    "category": "房屋建筑",
    "department": "市住房城乡建设局",
    "applicant": FIRM,
    "state": "accepted",
    "at": "2025-03-01T08:05:00+08:00",
}

LAYOUTS = {
    "insurance of one bureau for all schemes": (
        "insurance-paid",
        "流水号,姓名,证件号码,缴费单位,统一社会信用代码,费款所属期,险种,到账日期",
        "1,测试甲,440106198501010015,广州示例建设有限公司,91440101MA59ABCD1D,202503,企业职工基本养老保险,2025-04-12",
        PAID,
    ),
    "insurance as tax offices collect it": (
        "insurance-paid",
        "序号\t纳税人识别号\t单位名称\t社会保障号码\t职工姓名\t征收品目\t缴费年月\t实缴日期\t缴费基数",
        "1\t91440101MA59ABCD1D\t广州示例建设有限公司\t440106198501010015\t测试甲\t养老保险\t2025年3月\t2025/4/12\t5000",
        PAID,
    ),
    "housing fund, which has no scheme": (
        "insurance-paid",
        "个人公积金账号,姓名,身份证号码,缴存单位,统一社会信用代码（选填）,汇缴月份,缴存日期,月缴存额",
        "880001,测试甲,440106198501010015,广州示例建设有限公司,91440101MA59ABCD1D,2025-03,20250412,1000",
        {**PAID, "scheme": "housing-fund"},
    ),
    "registrations of the national platform": (
        "registration-recorded",
        "姓名,身份证号,注册编号,注册专业,注册单位,注册日期,有效期至",
        "测试甲,440106198501010015,粤1440101,建筑工程,广州示例建设有限公司,2024-03-01,2027-02-28",
        REGISTERED,
    ),
    "registrations of a province": (
        "registration-recorded",
        "序号,*持证人姓名,*证件号码,聘用企业名称,注册证书编号,专业类别,发证日期,证书有效期至,备注",
        "1,测试甲,440106198501010015,广州示例建设有限公司,粤1440101,建筑工程,2024年3月1日,2027年2月28日,",
        REGISTERED,
    ),
    "registrations of a centre of qualifications": (
        "registration-recorded",
        "公民身份号码,姓名,聘用单位,注册号,注册类别,有效期开始日期,有效期结束日期",
        "440106198501010015,测试甲,广州示例建设有限公司,粤1440101,建筑工程,2024.03.01,2027.02.28",
        REGISTERED,
    ),
    "attendance of a real-name platform": (
        "attendance-recorded",
        "项目编码,姓名,身份证号码,打卡时间,进出方向,打卡方式",
        "4401-2025-001,测试甲,440106198501010015,2025-03-01 08:05:00,进场,人脸识别",
        SEEN,
    ),
    "attendance of gates": (
        "attendance-recorded",
        "工程编码,工人姓名,证件号码,通行时间,通行方向,识别方式,闸机编号,工种",
        "4401-2025-001,测试甲,440106198501010015,2025/3/1 8:05,进,刷脸,G-1,钢筋工",
        {**SEEN, "device": "G-1", "trade": "钢筋工"},
    ),
    "attendance of phones": (
        "attendance-recorded",
        "记录编号,项目名称,项目代码,人员姓名,身份证号,签到时间,考勤类型,考勤方式,经度,纬度",
        "K1,某项目,4401-2025-001,测试甲,440106198501010015,2025年3月1日8时5分,签到,手机定位,113.2,23.1",
        {**SEEN, "method": "gps", "lat": 23.1, "lng": 113.2},
    ),
    "certificates of operators": (
        "certificate-issued",
        "姓名,身份证号,证书名称,证书编号,操作类别,发证日期,有效期至,证书状态,工作单位名称",
        "测试甲,440106198501010015,建筑施工特种作业操作资格证,粤A0421,建筑电工,2024-03-01,2026-02-28,有效,某公司",
        ISSUED,
    ),
    "safety assessments with the firm beside": (
        "certificate-issued",
        "企业名称,统一社会信用代码,持证人姓名,证件号码,证书类别,证号,颁发日期,有效期截止日期,状态",
        "某公司,91440101MA59ABCD1D,测试甲,440106198501010015,B证,粤A0421,2024/3/1,2026/2/28,正常",
        {**{key: value for key, value in ISSUED.items() if key != "trade"}, "kind": "safety-assessment-b"},
    ),
    "licences of firms": (
        "certificate-issued",
        "企业名称,统一社会信用代码,许可证名称,许可证编号,有效期起,有效期止,许可证状态",
        "广州示例建设有限公司,91440101MA59ABCD1D,安全生产许可证,粤A0421,20240301,20260228,有效",
        {
            **{key: value for key, value in ISSUED.items() if key != "trade"},
            "holder": FIRM,
            "kind": "safety-production-licence",
        },
    ),
    "approvals of a service hall": (
        "approval-recorded",
        "办件编号,项目代码,事项编码,事项名称,事项类型,审批部门,申请单位,统一社会信用代码,办件状态,办理时间",
        (
            "BJ-001,2501-440101-04-01-000001,4401-SG-01,建筑工程施工许可证核发,房屋建筑,市住房城乡建设局,广州示例建设有限公司,"
            "91440101MA59ABCD1D,受理,2025-03-01 08:05:00"
        ),
        HANDLED,
    ),
    "approvals of the construction system": (
        "approval-recorded",
        "业务流水号,项目编码,审批事项编码,审批事项名称,审批流程类型,办理部门,建设单位名称,建设单位统一社会信用代码,环节状态,状态变更时间",
        (
            "BJ-001,2501-440101-04-01-000001,4401-SG-01,建筑工程施工许可证核发,房屋建筑,市住房城乡建设局,广州示例建设有限公司,"
            "91440101MA59ABCD1D,准予受理,2025/3/1 8:05"
        ),
        HANDLED,
    ),
    "approvals with limits and documents": (
        "approval-recorded",
        "受理编号,项目统一代码,实施编码,事项名称,项目类型,实施主体,申请人名称,申请人证照号码,办理状态,发生时间,承诺时限(工作日),批文号",
        (
            "BJ-001,2501-440101-04-01-000001,4401-SG-01,建筑工程施工许可证核发,房屋建筑,市住房城乡建设局,广州示例建设有限公司,"
            "91440101MA59ABCD1D,已受理,20250301080500,7,穗建字1号"
        ),
        {**HANDLED, "limit_working_days": 7, "document_no": "穗建字1号"},
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_suggested_mapping_reads_the_table_it_was_suggested_for(tmp_path: Path, layout: str) -> None:
    kind, header, row, expected = LAYOUTS[layout]
    file = tmp_path / "t.csv"
    file.write_text(f"某市报送表\n{header}\n{row}\n", encoding="gb18030")
    with file.open("rb") as opened:
        table = read_csv(opened, lacks_a_header)
        suggestion = suggested(table.header, [list(each.cells) for each in table.rows])
    assert (suggestion.type, suggestion.missing) == (kind, ())
    assert suggestion.confidence >= 0.8
    mapped = Mapped.model_validate(tomllib.loads(suggestion.as_toml("urn:example:city")))
    (record,) = read(file, mapped)
    assert message_of(record)["data"] == expected
    shown = [text for each in suggestion.columns for text in each.sample]
    assert not {PERSON["name"], PERSON["id_number"]} & set(shown)


def a_suggestion(header: str, *rows: str) -> Any:
    return suggested(header.split(","), [row.split(",") for row in rows])


def test_a_number_in_order_identifies_no_row_and_one_that_repeats_does_not_either() -> None:
    header = "姓名,证件号码,缴费单位,费款所属期,险种,到账日期"
    row = "测试甲,440106198501010015,某公司,202503,养老,2025-04-12"
    assert a_suggestion(f"序号,{header}", f"1,{row}", f"2,{row}").row_id is None
    assert a_suggestion(f"流水号,{header}", f"1,{row}", f"1,{row}").row_id is None
    assert a_suggestion(f"流水号,{header}", f"1,{row}", f"2,{row}").row_id == "流水号"


def test_what_is_missing_or_says_something_else_lowers_the_confidence_and_is_named() -> None:
    header = "姓名,证件号码,缴费单位,费款所属期,险种,到账日期"
    whole = a_suggestion(header, "甲,440106198501010015,乙,202503,养老,2025-04-12")
    lacking = a_suggestion("姓名,证件号码,缴费单位,险种,到账日期", "甲,440106198501010015,乙,养老,2025-04-12")
    doubtful = a_suggestion(header, "甲,不是号码,乙,三月,一档,四月")
    assert whole.confidence > lacking.confidence
    assert whole.confidence > doubtful.confidence
    assert lacking.missing == ("month",)
    assert '# "month"' in lacking.as_toml("urn:example:city")
    assert [each.unknown_values for each in doubtful.columns if each.field == "scheme"] == [1]


def test_a_row_of_other_words_is_no_header() -> None:
    assert lacks_a_header(["姓名", "备注", "说明"])
    assert not lacks_a_header(["姓名", "证件号码", "险种"])


@pytest.mark.parametrize(("text", "shown"), [("测试甲", "测**"), ("440106198501010015", "4******"), ("", "")])
def test_a_sample_shows_the_first_character_of_what_is_personal(text: str, shown: str) -> None:
    assert masked(text, personal=True) == shown


DECORATED: Final = ("{}", " {} ", "{}（必填）", "*{}", "{}\n", "{}：", "　{}")


@st.composite
def headers(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    """A kind, and the column of each of its fields, as somebody may head it."""
    kind = draw(st.sampled_from(sorted(KNOWN_TABLES)))
    columns: dict[str, str] = {}
    for field, known in KNOWN_TABLES[kind].fields.items():
        taken = {folded(name) for name in columns.values()}
        free = [name for name in known.columns if not any(name in each or each in name for each in taken)]
        if free and (known.needed or draw(st.booleans())):
            columns[field] = draw(st.sampled_from(DECORATED)).format(draw(st.sampled_from(free)))
    return kind, columns


@pytest.mark.parametrize("count", [200, pytest.param(2_000, marks=pytest.mark.long)])
def test_headings_that_are_known_are_found_in_any_order_however_they_are_adorned(count: int) -> None:
    @settings(max_examples=examples(count))
    @given(headers(), st.randoms(), st.lists(st.sampled_from(["序号", "备注", "附件"]), unique=True))
    def law(given: tuple[str, dict[str, str]], random: Random, others: list[str]) -> None:
        kind, columns = given
        header = [*columns.values(), *others]
        random.shuffle(header)
        assert lacks_a_header([folded(name) for name in header]) == []
        found = suggested(header, [], kind)
        # A certificate is held by a person or by a firm: of both, one is left out.
        if kind != "certificate-issued":
            assert {each.field: each.column for each in found.columns} == columns
        tomllib.loads(found.as_toml("urn:test:bureau"))

    law()
