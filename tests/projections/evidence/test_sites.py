"""Evidence about people on sites, read from the ledger."""

from collections.abc import Sequence

from sqlalchemy import Connection

from domain.facts.attendance import site_month_subject
from projections.evidence.recorded_facts import Ledger, SubjectFacts
from projections.evidence.sites import attendance
from projections.index.subject_index import SubjectReader
from tests.builders import SOMEONE_ELSE
from tests.monitor import Monitor, said
from tests.site_builders import PROJECT, checked


class CountingLedger:
    """The real ledger, counting the rows that are read from it."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.rows_read = 0

    def read(self, connection: Connection, positions: Sequence[int]) -> list[tuple[int, str, bytes]]:
        self.rows_read += len(positions)
        return self._ledger.read(connection, positions)


def test_whether_anybody_was_there_is_answered_by_the_first_check_ins_of_a_month(monitor: Monitor) -> None:
    minutes = [f"08-01 {hour:02d}:{minute:02d}" for hour in range(6, 12) for minute in range(0, 60, 2)]
    monitor.send(*(said(checked(minute, person=SOMEONE_ELSE), f"in-{minute}") for minute in minutes))
    ledger = CountingLedger(monitor.installation.recorder)
    with monitor.read() as connection:
        facts = SubjectFacts(SubjectReader(), ledger)
        assert attendance(connection, facts, site_month_subject(PROJECT, "2025-08")) is not None
    assert ledger.rows_read < len(minutes)
