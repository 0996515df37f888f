"""The law of replacing: the last snapshot of each month stands, whatever came before and whatever was broken."""

import tempfile
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.deliveries.beginning import Asked
from infra.settings import Settings
from tests.delivery_builders import FIRM, OTHER_FIRM, Clerk, Killed, Row, a_file, a_row
from tests.examples import examples
from tests.infra.deliveries.standing_payments import expected, standing
from tests.monitor import Monitor

MONTHS = ("2025-03", "2025-04")
Said = tuple[str, str]
"""The payer that a row names, and how the row is broken."""


@st.composite
def snapshots(draw: st.DrawFn) -> tuple[str, dict[int, Said], int | None]:
    """Of which month, its rows by number, and after how many calls whoever takes it dies first."""
    payer = st.sampled_from([FIRM, OTHER_FIRM])
    broken = st.sampled_from(["", "", "", "person", "date"])
    rows = draw(st.dictionaries(st.integers(0, 5), st.tuples(payer, broken), max_size=6))
    return draw(st.sampled_from(MONTHS)), rows, draw(st.none() | st.integers(0, 4))


def written(month: str, rows: dict[int, Said]) -> list[Row]:
    found = []
    for number, (payer, breakage) in rows.items():
        id, name, id_number, firm, of, paid_on = a_row(10 * int(month[-2:]) + number, payer=payer, month=month)
        id_number = "110105194912310029" if breakage == "person" else id_number
        found.append((id, name, id_number, firm, of, "sometime" if breakage == "date" else paid_on))
    return found


def said_then(before: Sequence[Row], now: Sequence[Row], broken: dict[int, Said], month: str) -> list[Row]:
    """A row that intake refuses takes nothing back, as its id is known; one whose cells cannot be read says nothing."""
    whole = [row for row, (_, breakage) in zip(now, broken.values(), strict=True) if not breakage]
    kept = {row[0] for row, (_, breakage) in zip(now, broken.values(), strict=True) if breakage == "person"}
    others = [row for row in before if row[4] != month or row[0] in kept]
    return [*others, *whole]


@pytest.mark.parametrize("count", [10, pytest.param(2_000, marks=pytest.mark.long)])
def test_what_stands_is_what_the_last_snapshot_of_each_month_says(count: int) -> None:
    @settings(max_examples=examples(count))
    @given(st.lists(snapshots(), min_size=1, max_size=4))
    def law(given: list[tuple[str, dict[int, Said], int | None]]) -> None:
        with tempfile.TemporaryDirectory() as folder, closing(Monitor(Settings(data=Path(folder) / "data"))) as monitor:
            clerk = Clerk(monitor)
            stands: list[Row] = []
            for month, rows, dies_after in given:
                content, asked = written(month, rows), Asked(snapshot=("440100", month))
                clerk.dies_after = dies_after
                with suppress(Killed):
                    clerk.take(a_file(content), asked)
                clerk.dies_after = None
                clerk.take(a_file(content), asked)
                stands = said_then(stands, content, rows, month)
                assert standing(monitor) == expected(stands)

    law()
