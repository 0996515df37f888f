"""A JSON array is cut into its elements without ever being held as a whole."""

import json
import tracemalloc
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.intake.json_array import NotAnArray, TooLargeElement, elements

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
blanks = st.text(alphabet=" \t\r\n", max_size=30)


@given(st.lists(st.tuples(blanks, values, blanks, st.booleans()), max_size=8), blanks, blanks)
def test_each_element_comes_in_the_bytes_it_was_sent_in(parts: list[Any], before: str, after: str) -> None:
    texts = [json.dumps(value, ensure_ascii=ascii_only) for _, value, _, ascii_only in parts]
    inside = ",".join(f"{left}{text}{right}" for (left, _, right, _), text in zip(parts, texts, strict=True))
    body = f"{before}[{inside}]{after}".encode("utf-8", "surrogatepass")
    longest = max((len(text.encode("utf-8", "surrogatepass")) for text in texts), default=1)
    assert list(elements(body, largest=longest)) == [text.encode("utf-8", "surrogatepass") for text in texts]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[",
        b"[1",
        b"[1,",
        b"[1,]",
        b"[,1]",
        b"[1 2]",
        b"[1]x",
        b"[1],[2]",
        b"[NaN]",
        b"[tru]",
        "\ufeff[]".encode(),
    ],
)
def test_what_is_no_array_is_refused(body: bytes) -> None:
    with pytest.raises(NotAnArray):
        list(elements(body, largest=100))


def test_an_element_that_is_nested_too_deeply_is_refused() -> None:
    with pytest.raises(NotAnArray):
        list(elements(b"[" * 1_000_000, largest=1_000_000))


@pytest.mark.parametrize(
    "element", [b'"' + b"x" * 200 + b'"', b"[" + b"1," * 99 + b"1]", b"1" * 101, b'"' + b"x" * 101]
)
def test_an_element_longer_than_allowed_is_refused(element: bytes) -> None:
    with pytest.raises(TooLargeElement):
        list(elements(b"[1," + element + b"," + b"1," * 300 + b"1]", largest=100))


def test_a_long_integer_is_an_element_like_others() -> None:
    assert list(elements(b"[" + b"9" * 5_000 + b"]", largest=10_000)) == [b"9" * 5_000]


def test_whoever_stops_in_the_middle_has_paid_for_no_more() -> None:
    body = b"[" + b"1," * 5_000_000 + b"1]"
    tracemalloc.start()
    assert len(list(islice(elements(body, largest=10_000), 10_001))) == 10_001
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000
