"""Whom it concerns that a lot names a party, and which codes are given with a name."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, event, select

from projections.boards.named_parties import NAMED_PARTIES, Party, given_codes, lots_naming, put
from tests.monitor import Monitor

CODE, OTHER = "91440101MA5000001A", "91440101MA5000002B"


@pytest.fixture
def connection() -> Iterator[Connection]:
    yield from _in_memory()


def _in_memory() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        NAMED_PARTIES.create(connection)
        yield connection
    engine.dispose()


def put_one(connection: Connection, lot: str, parties: set[Party]) -> set[str]:
    return put(connection, {lot: parties}).get(lot, set())


def test_only_a_code_that_no_other_lot_gives_concerns_anybody(monitor_anywhere: Monitor) -> None:
    """Else each opening would judge anew all bids that its bidders ever made."""
    with monitor_anywhere.installation.database.transaction() as connection:
        assert put_one(connection, "lot:a", {("宏图建设", CODE)}) == {"宏图建设"}
        assert put_one(connection, "lot:a", {("宏图建设", CODE)}) == set()
        assert put_one(connection, "lot:b", {("宏图建设", CODE), ("交投集团", "")}) == set()
        assert put_one(connection, "lot:c", {("宏图建设", OTHER)}) == {"宏图建设"}
        assert set(given_codes(connection, ["宏图建设", "交投集团"])) == {("宏图建设", CODE), ("宏图建设", OTHER)}
        assert lots_naming(connection, ["宏图建设"]) == {"lot:a", "lot:b", "lot:c"}
        assert put_one(connection, "lot:b", set()) == set()
        assert put_one(connection, "lot:a", set()) == {"宏图建设"}
        assert set(given_codes(connection, ["宏图建设"])) == {("宏图建设", OTHER)}


PARTIES = st.frozensets(st.tuples(st.sampled_from("甲乙"), st.sampled_from(["", CODE, OTHER])), max_size=3)


@given(st.lists(st.dictionaries(st.sampled_from(["lot:a", "lot:b", "lot:c"]), PARTIES, min_size=1), max_size=4))
def test_several_lots_at_once_concern_whom_one_after_the_other_concern(steps: list[Mapping[str, set[Party]]]) -> None:
    for together, alone in zip(_in_memory(), _in_memory(), strict=True):
        for lots in steps:
            at_once = put(together, lots)
            assert {lot: at_once.get(lot, set()) for lot in lots} == {
                lot: put_one(alone, lot, parties) for lot, parties in lots.items()
            }
        rows = select(NAMED_PARTIES).order_by(*NAMED_PARTIES.primary_key)
        assert together.execute(rows).all() == alone.execute(rows).all()


def test_the_codes_of_a_name_cost_a_search_each_however_many_lots_give_them(connection: Connection) -> None:
    put(connection, {f"lot:{number}": {("交投集团", CODE), ("宏图建设", "")} for number in range(500)})
    asked: list[tuple[str, Any]] = []
    event.listen(connection.engine, "before_cursor_execute", lambda *said: asked.append((said[2], said[3])))
    assert set(given_codes(connection, ["交投集团", "宏图建设"])) == {("交投集团", CODE)}

    assert len(asked) == 3
    for statement, parameters in tuple(asked):
        (plan,) = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        assert "named_parties_by_name (name=? AND code>?)" in plan.detail
