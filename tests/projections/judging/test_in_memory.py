"""The index held in memory answers as the one in the database."""

import numpy as np

from projections.index.fact_codes import KIND_CODES, codes_of
from projections.index.subject_index import SubjectReader
from projections.judging.in_memory import IndexInMemory
from tests.builders import BIDDER, LEAD, a_bid_opening, a_registration, payments
from tests.monitor import Monitor, said

PAID = codes_of(frozenset({"insurance-paid"}))


def test_positions_are_the_same_whichever_index_is_asked(monitor: Monitor) -> None:
    monitor.send(said(a_bid_opening(), "opening"), *(said(data, f"p{data.month}") for data in payments()))
    monitor.send(said(a_registration(), "registered"))
    with monitor.read() as connection:
        beside, reader = IndexInMemory(connection), SubjectReader()
        for subject in (LEAD.subject, *BIDDER.subjects, "lot:T-2025-001/1", "person:nobody"):
            for kinds in (
                None,
                PAID,
                {KIND_CODES["bid-opened"], KIND_CODES["lead-appointed"]},
            ):
                expected = reader.positions(connection, subject, kinds)
                assert np.array_equal(beside.positions(connection, subject, kinds), expected)


def test_everything_is_there_once_for_each_subject(monitor: Monitor) -> None:
    monitor.send(*(said(data, f"p{data.month}") for data in payments()))
    with monitor.read() as connection:
        assert sorted(IndexInMemory(connection).everything().positions.tolist()) == [2, 3, 4]


def test_an_empty_ledger_has_an_empty_index(monitor: Monitor) -> None:
    with monitor.read() as connection:
        assert len(IndexInMemory(connection).everything()) == 0
