"""A row is the same JSON whether it is written at once or made of plain types first."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from domain.access import Role
from infra.documents.plain import document
from infra.http.answers import answer_json

zones = st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(-timedelta(hours=3, minutes=30))])


@dataclass(frozen=True, slots=True)
class Part:
    on: date
    at: datetime
    price: Decimal
    role: Role


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    number: int
    share: float
    nothing: None
    parts: tuple[Part, ...]
    said: dict[str, str]


parts = st.builds(
    Part,
    on=st.dates(),
    at=st.datetimes(timezones=zones, min_value=datetime(1000, 1, 2), max_value=datetime(9999, 12, 30)),  # noqa: DTZ001
    price=st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12),
    role=st.sampled_from(Role),
)
rows = st.builds(
    Row,
    name=st.text(),
    number=st.integers(-(2**53), 2**53),
    share=st.floats(allow_nan=False, allow_infinity=False),
    nothing=st.none(),
    parts=st.lists(parts, max_size=3).map(tuple),
    said=st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
)


@given(rows)
def test_a_row_is_answered_as_its_document(row: Row) -> None:
    assert json.loads(answer_json(row).body) == document(row)  # type: ignore[arg-type]
