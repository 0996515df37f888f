"""Who is named in a text is found however it is written, and other numbers and words are let in."""

import pytest
from stdnum.cn import ric

from domain.personal_data import People, holds_id_number, holds_number, without_id_numbers

STEM = "44010619880101010"
NUMBER = STEM + str(ric.calc_check_digit(f"{STEM}0"))
OLD = NUMBER[:6] + NUMBER[8:17]
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


@pytest.mark.parametrize(
    "text",
    [
        *(NUMBER, f"a{NUMBER}b", f"T{NUMBER}", f"2025 {NUMBER}", f"{NUMBER} 2025", "-".join(NUMBER)),
        *(f"{NUMBER[:6]} {NUMBER[6:14]}·{NUMBER[14:]}", NUMBER.translate(WIDE), "\u200b".join(NUMBER)),
        *(OLD, f"T{OLD}", f"号{OLD}。", f"{OLD[:6]} {OLD[6:12]} {OLD[12:]}"),
        *("13800138000", "电话138 0013 8000", "+86-13800138000", "8613800138000", "1380-013-8000", "1380\u200b0138000"),
        *("13800138000".translate(WIDE), "护照E12345678", "passport no. G1234567"),
    ],
)
def test_a_number_of_a_person_is_found_however_it_is_written(text: str) -> None:
    assert holds_number(text)


@pytest.mark.parametrize(
    "text",
    [
        *("2506-440100-04-01-123456", "1" * 18, "91440101MA5000001X", "GZ2025-0618-123456-001", "440100250618001"),
        *("2025-06-18T10:00:00.123456+08:00", "d394a18d-8f20-5bea-ad31-65dd71659448", "SB-2025-03-00001234"),
        *("穗建招〔2025〕1234号", "粤1442006200801234", "020-38880000", "1 3 5 7 9 11 13 15", "13800138000.00元"),
        *("440106202506180101", "E12345678", NUMBER[:17] + "0", ""),
    ],
)
def test_other_numbers_are_let_in(text: str) -> None:
    assert not holds_number(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        *(("张伟", "张伟"), ("负责人：张伟，已核", "张伟"), ("张伟项目经理", "张伟"), ("pay-张伟-2025", "张伟")),
        *(("由欧阳小明负责", "欧阳小明"), ("欧 阳小-明", "欧阳小明"), ("买买提吐尔逊说", "买买提·吐尔逊")),
        ("by JOHN SMITH.", "John Smith"),
    ],
)
def test_a_given_name_is_found_in_any_spelling(text: str, name: str) -> None:
    assert People([name]).named_in(text)


@pytest.mark.parametrize(
    ("text", "name"), [("广州市白云区道路", "白云"), ("文明施工", "文明"), ("Johnson Smithers", "John")]
)
def test_a_short_name_that_is_a_word_or_part_of_one_is_no_person(text: str, name: str) -> None:
    assert not People([name]).named_in(text)


def test_a_sign_for_no_name_is_found_nowhere() -> None:
    assert not People(["", " ", "甲"]).named_in("甲方")


def test_the_number_in_a_trade_certificate_is_replaced_in_both_lengths() -> None:
    assert without_id_numbers(f"T{NUMBER}", lambda number: f"<{number}>") == f"T<{NUMBER}>"
    assert without_id_numbers(f"T{OLD}", lambda number: f"<{number}>") == f"T<{NUMBER}>"
    assert not holds_id_number(OLD)
