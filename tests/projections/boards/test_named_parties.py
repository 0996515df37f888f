"""Whom it concerns that a lot names a party."""

from projections.boards.named_parties import put
from tests.monitor import Monitor

CODE, OTHER = "91440101MA5000001A", "91440101MA5000002B"


def test_only_a_code_that_no_other_lot_gives_concerns_anybody(monitor_anywhere: Monitor) -> None:
    """Else each opening would judge anew all bids that its bidders ever made."""
    with monitor_anywhere.installation.database.transaction() as connection:
        assert put(connection, "lot:a", {("宏图建设", CODE)}) == {"宏图建设"}
        assert put(connection, "lot:a", {("宏图建设", CODE)}) == set()
        assert put(connection, "lot:b", {("宏图建设", CODE), ("交投集团", "")}) == set()
        assert put(connection, "lot:c", {("宏图建设", OTHER)}) == {"宏图建设"}
        assert put(connection, "lot:b", set()) == set()
        assert put(connection, "lot:a", set()) == {"宏图建设"}
