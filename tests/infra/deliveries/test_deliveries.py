"""Deliveries: on record with what came of them, looked through without a trace, compared with the last one."""

from domain.delivery_bounds import Bound
from infra.documents.deliveries import check_document, delivery_document
from tests.delivery_builders import OTHER_FIRM, Clerk, a_file, a_row, rows
from tests.monitor import Monitor

WRONG = ("SB-000009", "测试甲", "440106198501010016", "广州示例建设有限公司", "2025-05", "2025-05-15")


def test_what_was_delivered_and_what_came_of_it_is_on_record(monitor: Monitor) -> None:
    clerk = Clerk(monitor)
    taken = clerk.take(a_file([*rows(0, 1, 2), WRONG]))
    assert (taken.rows, taken.accepted, taken.duplicates, taken.rejected) == (4, 3, 0, 1)
    assert (taken.people, taken.employers, taken.months) == (4, 1, ("2025-05",))
    (known,) = clerk.known()
    document = delivery_document(known)
    assert (document["source"], document["kind"], document["state"]) == ("urn:test:bureau", "insurance-paid", "taken")
    assert document["parts"][0] | {"sha256": "", "mapping_sha256": "", "taken_at": ""} == {
        "file": "payments.csv",
        "sha256": "",
        "mapping_sha256": "",
        "by": "clerk",
        "taken_at": "",
        "rows": 4,
        "accepted": 3,
        "duplicates": 0,
        "rejected": 1,
        "partial": 0,
        "retracted": 0,
        "people": 4,
        "employers": 1,
        "months": ("2025-05",),
    }


def test_a_check_records_nothing_and_says_what_taking_then_does(monitor: Monitor) -> None:
    clerk = Clerk(monitor)
    clerk.take(a_file(rows(0, 1)))
    before = monitor.ledger()
    content = a_file([*rows(1, 2, 3), WRONG])
    found = check_document(clerk.check(content))
    assert monitor.ledger() == before
    assert not monitor.quarantined()
    assert (found["rows"], found["new"], found["unchanged"], found["rejected"]) == (4, 2, 1, 1)
    assert [(each["field"], each["code"], each["rows"]) for each in found["reasons"]] == [
        ("data.person.id_number", "check_digit", 1)
    ]
    taken = clerk.take(content)
    assert (taken.accepted, taken.duplicates, taken.rejected) == (2, 1, 1)


def test_a_check_compares_with_the_last_delivery_of_the_source(monitor: Monitor) -> None:
    clerk = Clerk(monitor)
    clerk.take(a_file([a_row(0), a_row(1), a_row(3)]))
    found = check_document(
        clerk.check(a_file([a_row(5, month="2025-06", payer=OTHER_FIRM), a_row(6, month="2025-06")]))
    )
    assert found["last"] | {"delivery_id": ""} == {
        "delivery_id": "",
        "rows": 3,
        "people": 2,
        "employers": 1,
        "months": ["2025-05"],
        "people_gone": 1,
        "people_new": 1,
        "employers_gone": 0,
        "employers_new": 1,
    }
    assert [each["bound"] for each in found["out_of_bounds"]] == [Bound.ROWS]
    assert found["out_of_bounds"][0] == {"bound": "rows", "count": 1, "of": 3, "percent": 34}


def test_a_first_delivery_is_compared_with_nothing(monitor: Monitor) -> None:
    checked = Clerk(monitor).check(a_file(rows(0, 1)))
    assert checked.within_bounds
    assert check_document(checked)["last"] is None


def test_the_same_file_again_is_a_further_part_of_the_same_delivery(monitor: Monitor) -> None:
    clerk = Clerk(monitor)
    first = clerk.take(a_file(rows(0, 1)))
    again = clerk.take(a_file(rows(0, 1)))
    assert (again.delivery_id, again.part, again.accepted, again.duplicates) == (first.delivery_id, 2, 0, 2)


def test_deliveries_are_answered_as_they_were_known(monitor: Monitor) -> None:
    clerk = Clerk(monitor)
    clerk.take(a_file(rows(0)))
    then = monitor.clock.pass_by(seconds=1)
    monitor.clock.pass_by(days=1)
    clerk.take(a_file(rows(1)))
    assert len(clerk.known()) == 2
    assert len(clerk.known(then)) == 1
