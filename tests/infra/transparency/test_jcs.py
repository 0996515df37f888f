import json
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.transparency.jcs import NotCanonical, canonical, parsed
from tests.infra.transparency.vectors import VECTORS

INPUTS = sorted((VECTORS / "jcs" / "input").glob("*.json"))
NUMBERS = {
    "4340000000000001": "9007199254740994",
    "4340000000000002": "9007199254740996",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "8000000000000000": "0",
    "0000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "41b3de4355555553": "333333333.3333332",
    "becbf647612f3696": "-0.0000033333333333333333",
}
"""Of RFC 8785, appendix B."""
numbers = st.integers(1 - 2**53, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.skipif(not INPUTS, reason="the shared vectors are not here")
@pytest.mark.parametrize("file", INPUTS, ids=lambda file: str(file.stem))
def test_the_published_examples_come_out_to_the_byte(file: Path) -> None:
    wanted = bytes.fromhex((file.parents[1] / "outhex" / f"{file.stem}.txt").read_text(encoding="utf-8"))
    assert canonical(json.loads(file.read_text(encoding="utf-8"))) == wanted


@pytest.mark.parametrize(("ieee", "text"), NUMBERS.items())
def test_a_number_is_written_as_ecmascript_writes_it(ieee: str, text: str) -> None:
    (number,) = struct.unpack(">d", bytes.fromhex(ieee))
    assert canonical(number) == text.encode()


@given(values)
def test_canonical_text_reads_back_as_the_value_and_does_not_change_again(value: object) -> None:
    text = canonical(value)
    assert json.loads(text, parse_int=float) == value
    assert canonical(parsed(text)) == text


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53 + 1, "\ud800", {"\ud800": 1}, {1: 2}, b"x"])
def test_what_has_no_canonical_text_is_refused(value: object) -> None:
    with pytest.raises(NotCanonical):
        canonical(value)


@pytest.mark.parametrize(
    "text", ["9007199254740992", "-9007199254740992", "100000000000000000000", "1152921504606847000"]
)
def test_an_integer_that_is_a_double_is_read_and_written_as_it_was(text: str) -> None:
    assert canonical(parsed(f'{{"amount":{text}}}'.encode())) == f'{{"amount":{text}}}'.encode()


@pytest.mark.parametrize("text", ["9007199254740993", "1152921504606846976", "1" + "0" * 400])
def test_an_integer_with_more_digits_than_a_double_is_refused_when_it_is_read(text: str) -> None:
    with pytest.raises(NotCanonical):
        parsed(text.encode())


def test_a_refusal_repeats_no_value() -> None:
    with pytest.raises(NotCanonical) as refused:
        canonical({"id_number": 440101199001011234})
    assert "440101199001011234" not in str(refused.value)
