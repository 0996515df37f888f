"""The board of conduct records says of every day what the records say, in whatever order their facts came."""

from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import select

from domain.conduct.records import ConductState
from domain.facts.conducts import ConductCorrected, ConductFact, ConductObjected, ConductUpheld, ConductWithdrawn
from infra.rebuilding import Rebuilding
from projections.boards.conduct_board import CONDUCT, in_force_on, open_to_objection_on
from projections.questions.conduct_records import records_of
from tests.builders import BIDDER, RIVAL
from tests.domain.conduct.test_terms import a_record
from tests.monitor import Monitor, correction, said

DAYS = [date(2024, 5, 20) + timedelta(days=number) for number in range(0, 400, 3)]
PUBLISHED = {ConductState.PUBLISHED, ConductState.OBJECTED}


def about(cls: type[ConductFact], /, **given: Any) -> ConductFact:
    return cls(**a_record(subject=BIDDER).model_dump() | given)


def listed(monitor: Monitor, condition: Any) -> list[str]:
    with monitor.read() as connection:
        return sorted(connection.scalars(select(CONDUCT.c.holder_name).where(condition)))


RECORDED = said(a_record(subject=BIDDER), "recorded", time="2024-06-01T12:00:00+08:00")
OBJECTED = said(about(ConductObjected), "objected", time="2024-06-05T12:00:00+08:00")
UPHELD = said(about(ConductUpheld), "upheld", time="2024-06-20T12:00:00+08:00")
WITHDRAWN = said(about(ConductWithdrawn), "withdrawn", time="2024-07-20T12:00:00+08:00")


@pytest.mark.parametrize(
    "messages", [[RECORDED], [RECORDED, OBJECTED], [RECORDED, OBJECTED, UPHELD], [RECORDED, WITHDRAWN]]
)
def test_the_board_lists_on_every_day_what_is_in_force_and_what_may_be_objected_to(
    monitor_anywhere: Monitor, messages: list[Any]
) -> None:
    monitor = monitor_anywhere
    monitor.send_each(*messages)
    for day in DAYS:
        with monitor.read() as connection:
            (record,) = records_of(connection, monitor.as_of, f"org:{BIDDER.uscc}", on=day)
        assert bool(listed(monitor, in_force_on(day))) == (record.state is ConductState.IN_FORCE), day
        begun = record.content.published_on is not None and day >= record.content.published_on
        expected = begun and (
            record.state is ConductState.OBJECTED
            or (
                record.state is ConductState.PUBLISHED
                and record.objectable_to is not None
                and day <= record.objectable_to
            )
        )
        assert bool(listed(monitor, open_to_objection_on(day))) == expected, day


def test_in_any_order_and_after_a_rebuild_the_board_is_the_same(monitor: Monitor) -> None:
    moved = said(about(ConductCorrected, subject=RIVAL), "moved", time="2024-07-01T12:00:00+08:00")
    for number, order in enumerate(permutations([RECORDED, OBJECTED, UPHELD, moved])):
        for message in order:
            data = message["data"] | {"record_id": f"R-{number}"}
            monitor.send(message | {"id": f"{message['id']}-{number}", "data": data})
    assert listed(monitor, in_force_on(date(2024, 8, 1))) == [RIVAL.name] * 24
    Rebuilding(monitor.installation).rebuild()
    assert listed(monitor, in_force_on(date(2024, 8, 1))) == [RIVAL.name] * 24


def test_a_record_that_never_was_leaves_the_board_and_one_in_its_place_enters_it(monitor: Monitor) -> None:
    monitor.send_each(RECORDED, correction("fixed", "recorded", a_record(subject=RIVAL, record_id="R-2")))
    assert listed(monitor, in_force_on(date(2024, 8, 1))) == [RIVAL.name]
    monitor.send(correction("never", "fixed"))
    assert listed(monitor, CONDUCT.c.record != "") == []
