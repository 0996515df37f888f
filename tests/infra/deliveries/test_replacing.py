"""What a later delivery does not say any more is taken back, and can come back."""

import json
from contextlib import suppress

import pytest

from domain.delivery_bounds import Bound
from infra.deliveries.beginning import Asked, NoSuchDelivery
from infra.rebuilding import Rebuilding
from projections.boards.closings import CLOSINGS
from tests.delivery_builders import BUREAU, FIRM, OTHER_FIRM, Clerk, Killed, a_file, a_row, rows
from tests.infra.deliveries.standing_payments import expected, standing
from tests.monitor import Monitor

MAY = Asked(snapshot=("440100", "2025-05"))
WRONG = ("SB-000001", "测试乙", "440106199002020020", "广州示例建设有限公司", "2025-05", "2025-05-15")


def test_a_snapshot_takes_back_what_is_not_in_it_and_changes_nothing_else(monitor: Monitor) -> None:
    clerk = Clerk(monitor)
    clerk.take(a_file(rows(*range(10))))
    before = len(monitor.ledger())
    taken = clerk.take(a_file(rows(*range(9), 20)), MAY)
    assert (taken.accepted, taken.duplicates, taken.retracted) == (1, 9, 1)
    assert standing(monitor) == expected(rows(*range(9), 20))
    kinds = [topic.partition(".")[2] for _, topic, _ in monitor.ledger()[before:]]
    assert kinds == ["delivery-begun.v1", "insurance-paid.v1", "fact-corrected.v1", "delivery-taken.v1"]
    correction = json.loads(monitor.ledger()[before + 2][2])
    assert correction["source"] == BUREAU
    assert taken.delivery_id in correction["causationid"]
    assert taken.delivery_id in correction["data"]["reason"]


def test_a_row_that_says_something_else_takes_the_place_of_the_one_before(monitor: Monitor) -> None:
    clerk = Clerk(monitor)
    clerk.take(a_file(rows(0, 1, 2)))
    changed = [a_row(0), a_row(1, payer=OTHER_FIRM), a_row(2)]
    taken = clerk.take(a_file(changed), MAY)
    assert (taken.accepted, taken.duplicates, taken.retracted) == (1, 2, 1)
    assert standing(monitor) == expected(changed)


def test_a_wrong_snapshot_is_replaced_by_the_right_one_and_by_one_as_before(monitor: Monitor) -> None:
    clerk = Clerk(monitor)
    whole, half = a_file(rows(*range(6))), a_file(rows(*range(3)))
    for content, count in ((whole, 6), (half, 3), (whole, 6), (half, 3), (whole, 6)):
        clerk.take(content, MAY)
        assert standing(monitor) == expected(rows(*range(count)))
    first, *_, last = clerk.known()
    assert (len(clerk.known()), first.replaced_by is None, last.replaced_by) == (5, False, None)


def test_a_half_file_is_out_of_bounds(monitor: Monitor) -> None:
    clerk = Clerk(monitor)
    clerk.take(a_file(rows(*range(10))))
    held = clerk.check(a_file(rows(*range(5))), MAY)
    assert {each.bound for each in held.breaches} == {Bound.ROWS, Bound.RETRACTED}
    assert clerk.check(a_file(rows(*range(9))), MAY).within_bounds


def test_a_snapshot_with_rows_of_another_month_is_out_of_bounds(monitor: Monitor) -> None:
    checked = Clerk(monitor).check(a_file([a_row(0), a_row(1, month="2025-04")]), MAY)
    assert [each.bound for each in checked.breaches] == [Bound.PERIOD]


def test_a_snapshot_leaves_other_months_and_other_sources_alone(monitor: Monitor) -> None:
    clerk = Clerk(monitor)
    clerk.take(a_file([a_row(0), a_row(1, month="2025-04")]))
    other = Clerk(monitor, clerk.mapping.model_copy(update={"source": "urn:test:other"}))
    other.take(a_file(rows(7)))
    taken = clerk.take(a_file(rows(3)), MAY)
    assert taken.retracted == 1
    assert standing(monitor) == expected([a_row(1, month="2025-04"), a_row(7), a_row(3)])


def test_a_row_that_cannot_be_read_takes_nothing_back(monitor: Monitor) -> None:
    clerk = Clerk(monitor)
    clerk.take(a_file(rows(0, 1, 2)))
    taken = clerk.take(a_file([a_row(0), WRONG, a_row(2)]), MAY)
    assert (taken.rejected, taken.retracted) == (1, 0)
    assert standing(monitor) == expected(rows(0, 1, 2))


def test_mended_rows_belong_to_their_snapshot(monitor: Monitor) -> None:
    clerk = Clerk(monitor)
    clerk.take(a_file(rows(0, 1, 2)))
    taken = clerk.take(a_file([a_row(0), WRONG, a_row(2)]), MAY)
    mended = clerk.take(a_file([a_row(1, payer=OTHER_FIRM)]), Asked(delivery_id=taken.delivery_id))
    assert (mended.part, mended.accepted, mended.retracted) == (2, 1, 1)
    assert standing(monitor) == expected([a_row(0), a_row(1, payer=OTHER_FIRM), a_row(2)])


def test_what_the_source_corrected_by_itself_is_taken_back_too(monitor: Monitor) -> None:
    clerk = Clerk(monitor)
    clerk.take(a_file(rows(0, 1)))
    (first, *_) = (each for each in monitor.facts() if each["type"].endswith("insurance-paid.v1"))
    said = {"type": first["type"], "data": first["data"] | {"payer": {"name": OTHER_FIRM}}}
    data = {"retracts": {"source": BUREAU, "id": first["id"]}, "reason": "录入错误", "replacement": said}
    kind = "tender-integrity.fact-corrected.v1"
    monitor.send({"specversion": "1.0", "id": "k", "source": BUREAU, "type": kind, "time": first["time"], "data": data})
    taken = clerk.take(a_file(rows(0, 1)), MAY)
    assert (taken.accepted, taken.retracted) == (1, 1)
    assert standing(monitor) == expected(rows(0, 1))


def test_of_a_delivery_that_is_not_known_nothing_is_replaced(monitor: Monitor) -> None:
    with pytest.raises(NoSuchDelivery):
        Clerk(monitor).check(a_file(rows(0)), Asked(replaces="x"))


def test_a_snapshot_that_dies_at_any_moment_goes_on_when_the_file_comes_again(monitor: Monitor) -> None:
    clerk = Clerk(monitor)
    clerk.take(a_file(rows(*range(5))), MAY)
    for moment in range(8):
        payer = OTHER_FIRM if moment % 2 == 0 else FIRM
        later = [a_row(0), a_row(1, payer=payer), *rows(3, 10 + moment)]
        clerk.dies_after = moment
        with suppress(Killed):
            clerk.take(a_file(later), MAY)
        monitor.reopen()
        clerk.dies_after = None
        clerk.take(a_file(later), MAY)
        assert standing(monitor) == expected(later)
    assert not monitor.quarantined()
    assert all(each.is_whole for each in clerk.known())


def test_a_rebuild_after_snapshots_is_the_same(monitor: Monitor) -> None:
    clerk = Clerk(monitor)
    for content in (rows(*range(6)), rows(*range(3)), rows(*range(5))):
        clerk.take(a_file(content), MAY)
    assert Rebuilding(monitor.installation).rebuild() == len(monitor.ledger())


def test_a_snapshot_that_is_all_there_is_closes_its_month_in_the_place_of_the_one_before(monitor: Monitor) -> None:
    clerk = Clerk(monitor)
    clerk.closes = True
    first, second = (clerk.take(a_file(content), MAY) for content in (rows(0, 1), rows(0, 1, 2)))
    closings = {row.delivery_id: (row.rows, row.counts) for row in monitor.rows(CLOSINGS)}
    assert closings == {first.delivery_id: (2, False), second.delivery_id: (3, True)}


def test_a_snapshot_with_rejected_rows_closes_nothing(monitor: Monitor) -> None:
    clerk = Clerk(monitor)
    clerk.closes = True
    clerk.take(a_file([a_row(0), WRONG]), MAY)
    assert not monitor.rows(CLOSINGS)


def test_a_delivery_in_the_place_of_another_takes_back_only_what_came_by_that(monitor: Monitor) -> None:
    clerk = Clerk(monitor)
    first, beside = clerk.take(a_file(rows(0, 1, 2))), clerk.take(a_file(rows(1, 7)))
    taken = clerk.take(a_file(rows(0, 1, 5)), Asked(replaces=first.delivery_id))
    assert (taken.accepted, taken.duplicates, taken.retracted) == (1, 2, 1)
    assert standing(monitor) == expected(rows(0, 1, 5, 7))
    again = clerk.take(a_file(rows(2, 5)), Asked(replaces=taken.delivery_id))
    assert (again.accepted, again.duplicates, again.retracted) == (1, 1, 2)
    assert standing(monitor) == expected(rows(2, 5, 7))
    with pytest.raises(NoSuchDelivery):
        clerk.check(a_file(rows(9)), Asked(replaces=first.delivery_id))
    assert clerk.check(a_file(rows(9)), Asked(replaces=beside.delivery_id)).stood == 1


def test_a_snapshot_of_one_area_leaves_that_of_another_alone(monitor: Monitor) -> None:
    clerk = Clerk(monitor)
    clerk.take(a_file(rows(0, 1)), MAY)
    clerk.take(a_file(rows(2, 3)), Asked(snapshot=("440300", "2025-05")))
    assert standing(monitor) == expected(rows(0, 1, 2, 3))
    clerk.take(a_file(rows(0)), MAY)
    assert standing(monitor) == expected(rows(0, 2, 3))
