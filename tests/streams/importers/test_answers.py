"""Answers to enquiries as tables: a row for each payment found; all rows about one person are one message."""

import csv
import io
import json
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.importers import table_rows
from streams.importers.inputs import FileFormat, open_stream
from streams.importers.mapping import Mapped
from streams.importers.record import Record, UnusableInput

HEADER = ("姓名", "证件号码", "参保地区", "查询月份", "答复日期", "缴费单位", "费款所属期", "险种", "到账日期")
ANSWERS = Mapped.model_validate(
    {
        "type": "insurance-stated",
        "source": "urn:test:bureau",
        "time": "答复日期",
        "together": "payments",
        "fields": {
            "person.name": "姓名",
            "person.id_number": "证件号码",
            "area": "参保地区",
            "months": {"column": "查询月份", "form": "months"},
            "payments.payer.name": "缴费单位",
            "payments.month": {"column": "费款所属期", "form": "month"},
            "payments.scheme": {"column": "险种", "values": {"养老保险": "pension"}},
            "payments.paid_on": {"column": "到账日期", "form": "date"},
        },
    }
)
Row = tuple[str, ...]


def a_row(person: int, month: str | None, *, months: str = "2025-03 2025-04") -> Row:
    paid = ("某公司", month.replace("-", ""), "养老保险", f"{month}-15") if month else ("", "", "", "")
    return (f"测试{person}", f"1101051949123100{person:02}", "440100", months, "2025-07-01", *paid)


def a_table(*rows: Row | str) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    for row in rows:
        if isinstance(row, str):
            text.write(row + "\r\n")
        else:
            writer.writerow(row)
    return text.getvalue().encode()


def read(content: bytes) -> list[Record]:
    stream = io.BytesIO(content)
    return list(open_stream(stream, FileFormat.CSV, mapping=ANSWERS, derive_id=lambda said: said.hex()[-40:]).records)


def said(record: Record) -> Any:
    (message,) = record.messages
    return json.loads(message)["data"]


def test_rows_about_one_person_are_one_message_wherever_they_stand() -> None:
    first, second = read(a_table(a_row(1, "2025-03"), a_row(2, None), a_row(1, "2025-04")))
    assert [each["month"] for each in said(first)["payments"]] == ["2025-03", "2025-04"]
    assert (said(first)["months"], said(second)["payments"]) == (["2025-03", "2025-04"], [])
    assert (first.number, [other.number for other in first.others], second.others) == (2, [4], ())


@pytest.mark.parametrize("months", ["202503、202504", "2025年3月，2025年4月", "2025-03;2025.04", "2025/3 2025/4"])
def test_months_are_read_as_people_list_them(months: str) -> None:
    (record,) = read(a_table(a_row(1, None, months=months)))
    assert said(record)["months"] == ["2025-03", "2025-04"]


def test_a_row_that_cannot_be_read_refuses_the_answer_that_would_not_be_whole_without_it() -> None:
    wrong = (*a_row(1, "2025-04")[:-1], "sometime")
    first, second = read(a_table(a_row(1, "2025-03"), wrong, a_row(2, "2025-03")))
    assert [error.code for error in first.errors] == ["other_row"]
    assert [other.errors[0].field for other in first.others] == ["payments.paid_on"]
    assert said(second)["payments"]


def test_a_row_of_which_nobody_knows_whose_it_is_refuses_all() -> None:
    records = read(a_table(a_row(1, "2025-03"), 'x"y,1', a_row(2, None)))
    assert [record.number for record in records] == [2, 3, 4]
    assert not any(record.messages for record in records)


def test_a_file_that_is_too_long_to_be_held_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_rows, "MOST_TOGETHER", 2)
    with pytest.raises(UnusableInput, match="more than 2 rows"):
        read(a_table(*(a_row(person, None) for person in range(3))))


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["2025-03", "2025-04", None])), max_size=12), st.randoms())
def test_whatever_the_order_of_the_rows_each_person_has_all_its_payments(
    rows: list[tuple[int, str | None]], random: Random
) -> None:
    random.shuffle(rows)
    records = read(a_table(*(a_row(person, month) for person, month in rows)))
    found = {said(record)["person"]["name"]: sorted(p["month"] for p in said(record)["payments"]) for record in records}
    names = {f"测试{person}" for person, _ in rows}
    assert found == {
        name: sorted(month for person, month in rows if f"测试{person}" == name and month) for name in names
    }
    assert sum(1 + len(record.others) for record in records) == len(rows)
    assert len(records) == len(names)
