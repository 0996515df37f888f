"""Credit codes, resident IDs, jurisdictions and name keys."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from domain.identifiers import (
    check_jurisdiction,
    check_resident_id,
    check_uscc,
    identity_text,
    jurisdiction_covers,
    organisation_key,
    person_name_key_text,
)

unhurried = settings(deadline=None)
"""The first example loads the dictionaries."""

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def whole(first_17: str) -> str:
    """The number with the check character of GB 11643."""
    total = sum(int(digit) * weight for digit, weight in zip(first_17, WEIGHTS, strict=True))
    return first_17 + "10X98765432"[total % 11]


def number_born(born: date, area: str = "440106") -> str:
    return whole(f"{area}{born:%Y%m%d}001")


@st.composite
def resident_ids(draw: st.DrawFn) -> str:
    province = draw(st.sampled_from(["11", "23", "31", "33", "44", "46", "50", "54", "65", "71", "81", "82", "83"]))
    area = f"{province}{draw(st.integers(0, 9999)):04d}"
    born = draw(st.dates(date(1900, 1, 1), date(2020, 12, 31)))
    return whole(f"{area}{born:%Y%m%d}{draw(st.integers(0, 999)):03d}")


def test_the_example_of_the_standard_is_a_resident_id() -> None:
    assert check_resident_id("11010519491231002X") == "11010519491231002X"


def test_a_small_x_is_written_large() -> None:
    assert check_resident_id("11010519491231002x") == "11010519491231002X"


def test_a_number_of_fifteen_digits_gains_its_century_and_check_character() -> None:
    assert check_resident_id("110105491231002") == "11010519491231002X"


@pytest.mark.parametrize("area", ["330102", "330185", "440183", "512501", "830000", "810000"])
def test_abolished_areas_and_residence_permits_are_accepted(area: str) -> None:
    number = number_born(date(1962, 3, 4), area)
    assert check_resident_id(number) == number


@unhurried
@given(resident_ids())
def test_every_well_formed_number_is_accepted_as_it_stands(number: str) -> None:
    assert check_resident_id(number) == number


@unhurried
@given(resident_ids(), st.integers(0, 16), st.integers(1, 9))
def test_any_one_wrong_digit_is_noticed(number: str, position: int, by: int) -> None:
    wrong = str((int(number[position]) + by) % 10)
    with pytest.raises(PydanticCustomError):
        check_resident_id(number[:position] + wrong + number[position + 1 :])


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("", "length"),
        ("1101051949123100", "length"),
        ("11010519491231002X0", "length"),
        ("110105194912310021", "check_digit"),
        ("11010519491231002Y", "characters"),
        ("1101O519491231002X", "characters"),
        ("1101051949123100２X", "characters"),
        ("11010549123100X", "characters"),
        ("99010519491231002X", "unknown_code"),
        ("00010519491231002X", "unknown_code"),
        (whole("44010619490229001"), "birth_date"),
        (whole("44010619491301001"), "birth_date"),
        (whole("44010600001201001"), "birth_date"),
        ("440106490229001", "birth_date"),
    ],
)
def test_a_wrong_number_is_refused_with_its_reason_and_without_its_value(number: str, code: str) -> None:
    with pytest.raises(PydanticCustomError) as refused:
        check_resident_id(number)
    assert refused.value.type == code
    assert not number or number not in refused.value.message()


def test_the_29th_of_february_exists_in_leap_years_only() -> None:
    assert check_resident_id(number_born(date(2000, 2, 29)))
    with pytest.raises(PydanticCustomError, match="birth date"):
        check_resident_id(whole("44010619000229001"))


def test_somebody_may_be_born_today_but_not_after_tomorrow() -> None:
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    assert check_resident_id(number_born(today))
    with pytest.raises(PydanticCustomError) as refused:
        check_resident_id(number_born(today + timedelta(days=2)))
    assert refused.value.type == "birth_date"


def test_a_refusal_is_repeated_for_the_same_number() -> None:
    for _ in range(2):
        with pytest.raises(PydanticCustomError):
            check_resident_id("11010519491331002X")


@pytest.mark.parametrize("code", ["91110000600037341L", "91 1100 0060 0037 341L", "91110000600037341l"])
def test_a_credit_code_is_returned_compact_and_in_upper_case(code: str) -> None:
    assert check_uscc(code) == "91110000600037341L"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("9111000060003734", "length"),
        ("911100006000373411", "check_digit"),
        ("9111000060003734IL", "characters"),
        ("A1110000600037341L", "characters"),
    ],
)
def test_a_wrong_credit_code_is_refused_with_its_reason(code: str, reason: str) -> None:
    with pytest.raises(PydanticCustomError) as refused:
        check_uscc(code)
    assert refused.value.type == reason
    assert code not in refused.value.message()


@pytest.mark.parametrize("code", ["44", "4401", "440106", "440000", "440100", "4400", "441900", "71", "810000"])
def test_a_division_is_a_jurisdiction_short_or_padded(code: str) -> None:
    assert check_jurisdiction(code) == code


@pytest.mark.parametrize(
    ("code", "reason"),
    [("99", "unknown_code"), ("990100", "unknown_code"), ("4499 ", "characters"), ("000000", "unknown_code"),
     ("4", "length"), ("44010", "length"), ("44010601", "length"), ("44010a", "characters"), ("", "characters"),
     ("４４", "characters")],
)  # fmt: skip
def test_what_is_no_division_is_no_jurisdiction(code: str, reason: str) -> None:
    with pytest.raises(PydanticCustomError) as refused:
        check_jurisdiction(code)
    assert refused.value.type == reason


@pytest.mark.parametrize(
    ("prefix", "code", "covered"),
    [
        ("440000", "440106", True),
        ("44", "440106", True),
        ("44", "440000", True),
        ("440100", "440106", True),
        ("440100", "4401", True),
        ("440100", "440300", False),
        ("440106", "440106", True),
        ("440106", "440100", False),
        ("4401", "44", False),
        ("", "440106", False),
        ("000000", "440106", False),
    ],
)
def test_trailing_zero_pairs_of_a_prefix_stand_for_anything(prefix: str, code: str, covered: bool) -> None:
    assert jurisdiction_covers(prefix, code) is covered


def test_an_identity_text_names_its_kind_of_number() -> None:
    assert identity_text(1, "11010519491231002X") == "rid:v1:11010519491231002X"
    assert identity_text(3, "E12345678") == "passport:v1:E12345678"
    assert identity_text(4, "H1234567800") == "hkmt:v1:H1234567800"
    assert identity_text(5, "12345678") == "hkmt:v1:12345678"


@pytest.mark.parametrize(
    "written",
    [
        "广东华兴（集团）有限公司",
        " 广东华兴 (集团)\u200b有限公司\ufeff",
        "廣東華興〔集團〕有限公司",
        "单位名称：广东华兴（集团）有限公司",
        "投标人：广东华兴(集团)有限公司。",
        "广东华兴(集团)有限公司（本部）",
        "广东华兴(集团)有限公司(社保)",
        "广东华兴(集团)有限公司 91440101MA59A1BC0X",
        "广东华兴(集团)有限公司（12345678-9）",
        "广东华兴(集团)有限公司（原广东第二建筑（集团）公司）",
    ],
)
def test_one_organisation_has_one_key_however_it_is_written(written: str) -> None:
    assert organisation_key(written) == "广东华兴(集团)有限公司"


@pytest.mark.parametrize("name", ["宁夏(原州)建设公司", "公司", "(社保)", "广州88建设有限公司", "名称建设有限公司"])
def test_what_only_looks_like_a_label_stays(name: str) -> None:
    assert organisation_key(name) == name


WRITTEN = [
    "单位名称:",
    "广东",
    "(原",
    "廣州",
    "华兴",
    "(集团)",
    "公司",
    ")",
    "（社保）",
    " ",
    "12345678",
    "-",
    "局",
    "a",
]


@unhurried
@given(st.lists(st.sampled_from(WRITTEN), max_size=8).map("".join))
def test_a_key_is_its_own_key(name: str) -> None:
    assert organisation_key(organisation_key(name)) == organisation_key(name)


@pytest.mark.parametrize(
    "written", ["买买提·艾力", "买买提•艾力", "买买提‧艾力", "买买提・艾力", "买买提.艾力", "买买提 艾力"]
)
def test_one_person_has_one_name_key_whatever_the_separator(written: str) -> None:
    assert person_name_key_text(written) == "买买提艾力"


@pytest.mark.parametrize("written", ["王□", "王?", "王*", "王？", "王＊", "王\ue863"])
def test_a_lost_rare_character_is_marked(written: str) -> None:
    assert person_name_key_text(written) == "王?"
