"""What spreadsheets put around values, and signs for "nothing"."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.artefacts import certificate_number, code_text, in_scientific_notation, says_nothing, without_wrapping
from tests.artefacts import SIGNS_FOR_NOTHING, disguised

CODE = "91440101MA59ABCD1D"


@given(disguised(CODE))
def test_a_code_is_read_through_what_a_spreadsheet_put_around_it(text: str) -> None:
    assert code_text(text) == CODE


@given(disguised("粤1440123456789X"))
def test_a_certificate_number_is_read_through_it_too(text: str) -> None:
    assert certificate_number(text.replace("-", "")) == "粤1440123456789X"


def test_the_dashes_of_a_certificate_number_stay_but_are_of_one_kind() -> None:
    assert certificate_number("（粤）JZ安许证字－2020—001") == certificate_number("(粤)jz安许证字-2020-001")
    assert certificate_number("A-1") != certificate_number("A1")


@pytest.mark.parametrize("sign", SIGNS_FOR_NOTHING)
def test_a_sign_for_nothing_says_nothing(sign: str) -> None:
    assert says_nothing(sign)


@pytest.mark.parametrize("text", ["无锡", "空港", "0", "N", "张三", "?", "□", "-1", "a/b", "无锡市建设有限公司", "\0"])
def test_what_says_something_is_no_sign_for_nothing(text: str) -> None:
    assert not says_nothing(text)


@pytest.mark.parametrize("text", ["4.40E+17", "4.40106E+17", "4.40106198501010E17", "4,40106e+17", "４．４０Ｅ＋１７"])
def test_scientific_notation_is_noticed(text: str) -> None:
    assert in_scientific_notation(code_text(text))


@given(st.text(alphabet="0123456789X", min_size=15, max_size=18))
def test_no_number_of_digits_is_taken_for_scientific_notation(text: str) -> None:
    assert not in_scientific_notation(text)


def test_ideographs_are_written_in_one_way_only() -> None:
    """So a text of them is compared as it is: nothing is invisible in it, and no form is another one's."""
    ideographs = "".join(map(chr, range(0x4E00, 0xA000)))
    assert unicodedata.normalize("NFKC", without_wrapping(ideographs)).upper() == ideographs
