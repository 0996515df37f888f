"""Who is judged for a fact: the appointments it may change, and no others of the same lead."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from domain.evidence import AppointmentCase, case_subject
from domain.facts.bidding import LeadAppointed
from domain.facts.fact import FactData
from domain.policy import PolicyBook
from projections.boards.judged import APPOINTMENTS, WATCHED, JudgedAppointments
from projections.index.subject_index import key_of, keys_of
from tests.builders import (
    BIDDER,
    LEAD,
    RIVAL,
    a_candidacy,
    a_licence,
    a_payment,
    a_registration,
    an_appointment,
    cases,
    in_order,
)
from tests.monitor import Monitor

EARLY = an_appointment(tender_id="T-1", opened_at="2025-01-15T09:30:00+08:00")
LATE = an_appointment(tender_id="T-2", opened_at="2025-06-18T09:30:00+08:00")
BOTH = [case_subject(EARLY), case_subject(LATE)]


@pytest.fixture
def connection(monitor: Monitor) -> Iterator[Connection]:
    with monitor.installation.database.transaction() as opened:
        yield opened


def of(*facts: FactData) -> dict[str, AppointmentCase | None]:
    return {case.subject: case for case in cases(in_order(facts))}


def judged(connection: Connection, *facts: FactData) -> JudgedAppointments:
    known = JudgedAppointments(PolicyBook())
    known.put(connection, of(*facts))
    return known


def concerned(known: JudgedAppointments, data: FactData, subject: str = LEAD.subject) -> list[str]:
    return sorted(known.concerned(key_of(subject), data))


def test_a_payment_concerns_the_appointments_whose_look_back_has_its_month(connection: Connection) -> None:
    known = judged(connection, EARLY, LATE)
    assert concerned(known, a_payment(month="2024-12")) == BOTH[:1]
    assert concerned(known, a_payment(month="2025-05")) == BOTH[1:]
    assert concerned(known, a_payment(month="2023-05")) == []


def test_a_candidacy_concerns_the_lot_it_was_announced_for(connection: Connection) -> None:
    known = judged(connection, EARLY, LATE)
    assert concerned(known, a_candidacy(tender_id="T-2")) == BOTH[1:]


def test_a_registration_concerns_all(connection: Connection) -> None:
    assert concerned(judged(connection, EARLY, LATE), a_registration()) == BOTH


def test_an_organisation_is_watched_by_the_appointments_whose_evidence_names_it(connection: Connection) -> None:
    known = judged(connection, EARLY, LATE, a_payment(month="2025-05", payer=RIVAL))
    (rival, *_), (bidder, *_) = RIVAL.subjects, BIDDER.subjects
    assert known.touched(keys_of([rival, bidder, LEAD.subject, "org:nobody"])).tolist() == [True, True, True, False]
    assert concerned(known, a_licence(holder=RIVAL), rival) == BOTH[1:]
    assert concerned(known, a_licence(), bidder) == BOTH


def test_what_is_held_in_memory_is_what_is_in_the_tables(connection: Connection) -> None:
    known = judged(connection, EARLY, LATE, a_payment(month="2025-05", payer=RIVAL))
    again = JudgedAppointments.load(connection, PolicyBook())
    for subject in (LEAD.subject, *RIVAL.subjects, *BIDDER.subjects):
        assert concerned(again, a_registration(), subject) == concerned(known, a_registration(), subject) != []
    rows = [connection.execute(table.select()).all() for table in (APPOINTMENTS, WATCHED)]
    again.put(connection, of(EARLY, LATE, a_payment(month="2025-05", payer=RIVAL)))
    assert [connection.execute(table.select()).all() for table in (APPOINTMENTS, WATCHED)] == rows


def test_an_appointment_that_is_gone_is_forgotten(connection: Connection) -> None:
    known = judged(connection, EARLY, LATE)
    known.put(connection, {BOTH[0]: None})
    assert concerned(known, a_registration()) == BOTH[1:]
    known.put(connection, {BOTH[1]: None})
    assert known.touched(keys_of([LEAD.subject, *BIDDER.subjects])).tolist() == [False, False, False]
    for table in (APPOINTMENTS, WATCHED):
        assert connection.execute(table.select()).all() == []


def test_an_opening_announced_again_moves_what_concerns_it(connection: Connection) -> None:
    known = judged(connection, EARLY)
    later = LeadAppointed.model_validate({**EARLY.model_dump(), "opened_at": "2025-06-01T09:30:00+08:00"})
    known.put(connection, of(later))
    assert concerned(known, a_payment(month="2025-05")) == BOTH[:1]
    assert concerned(known, a_payment(month="2024-12")) == []
