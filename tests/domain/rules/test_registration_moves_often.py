"""E107: three or more changes of registration employer in 12 months."""

import pytest

from domain.facts.fact import FactData
from domain.facts.registration import RegistrationRecorded
from domain.rule import FindingOutcome, Severity
from tests.builders import (
    BIDDER,
    FOURTH,
    RIVAL,
    THIRD,
    a_cancellation,
    a_firm,
    a_registration,
    a_renaming,
    an_exemption,
    finding,
)

E107 = "E107"


def moves(*days: str, certificate_no: str = "粤1") -> tuple[RegistrationRecorded, ...]:
    """A registration from 2020 that moved to another employer on each of ``days``."""
    employers = (BIDDER, RIVAL, THIRD, FOURTH)
    starts = ("2020-01-01", *days)
    return tuple(
        a_registration(employer=employers[index % 4], valid_from=start, certificate_no=certificate_no)
        for index, start in enumerate(starts)
    )


def test_three_moves_in_twelve_months_are_suspect_of_low_severity() -> None:
    found = finding(E107, *moves("2024-09-01", "2025-01-01", "2025-06-01"))
    assert (found.outcome, found.severity) == (FindingOutcome.SUSPECT, Severity.LOW)
    assert "2025-01-01" in found.explanation.zh
    assert len(found.facts) == 4


def test_two_moves_are_consistent() -> None:
    found = finding(E107, *moves("2025-01-01", "2025-06-01"))
    assert (found.outcome, found.severity) == (FindingOutcome.CONSISTENT, None)


@pytest.mark.parametrize(
    ("first", "last", "outcome"),
    [
        ("2024-06-18", "2025-06-18", FindingOutcome.SUSPECT),
        ("2024-06-17", "2025-06-18", FindingOutcome.CONSISTENT),
        ("2024-06-18", "2025-06-19", FindingOutcome.CONSISTENT),
    ],
)
def test_both_ends_of_the_twelve_months_count(first: str, last: str, outcome: FindingOutcome) -> None:
    assert finding(E107, *moves(first, "2025-01-01", last)).outcome is outcome


def test_moving_back_is_a_move() -> None:
    back = [
        a_registration(employer=employer, valid_from=start)
        for employer, start in [
            (BIDDER, "2020-01-01"),
            (RIVAL, "2025-01-01"),
            (BIDDER, "2025-02-01"),
            (RIVAL, "2025-03-01"),
        ]
    ]
    assert finding(E107, *back).outcome is FindingOutcome.SUSPECT


def test_several_certificates_that_move_on_one_day_are_one_change() -> None:
    days = ("2025-01-01", "2025-06-01")
    found = finding(E107, *moves(*days), *moves(*days, certificate_no="粤2"), *moves(*days, certificate_no="粤3"))
    assert found.outcome is FindingOutcome.CONSISTENT


def test_a_certificate_that_follows_to_the_same_employer_is_no_further_change() -> None:
    first = moves("2025-01-01", "2025-06-01")
    found = finding(E107, *first, *moves("2025-01-09", "2025-06-09", certificate_no="粤2"))
    assert found.outcome is FindingOutcome.CONSISTENT


def test_a_move_under_a_new_certificate_number_is_a_change() -> None:
    facts: list[FactData] = []
    for number, (employer, start, end) in enumerate(
        [
            (BIDDER, "2020-01-01", "2025-01-01"),
            (RIVAL, "2025-01-01", "2025-03-01"),
            (THIRD, "2025-03-05", "2025-05-01"),
            (FOURTH, "2025-05-20", None),
        ]
    ):
        facts.append(a_registration(employer=employer, valid_from=start, certificate_no=f"粤{number}"))
        if end:
            facts.append(a_cancellation(cancelled_on=end, certificate_no=f"粤{number}"))
    assert finding(E107, *facts).outcome is FindingOutcome.SUSPECT


def test_renewals_and_further_registrations_are_no_moves() -> None:
    starts = ("2022-01-01", "2024-09-01", "2025-01-01", "2025-06-01")
    renewals = [a_registration(valid_from=start) for start in starts]
    further = [a_registration(certificate_no=f"粤{start}", valid_from=start, employer=RIVAL) for start in starts]
    assert finding(E107, *renewals).outcome is FindingOutcome.CONSISTENT
    assert finding(E107, renewals[0], *further).outcome is FindingOutcome.CONSISTENT


def test_no_registration_is_no_evidence() -> None:
    assert finding(E107).outcome is FindingOutcome.NO_EVIDENCE


def test_an_exemption_does_not_exempt() -> None:
    found = finding(E107, *moves("2024-09-01", "2025-01-01", "2025-06-01"), an_exemption(workplace=FOURTH))
    assert found.outcome is FindingOutcome.SUSPECT


def test_a_move_learned_late_accuses_and_a_rename_learned_late_clears() -> None:
    known = [
        a_registration(valid_from="2020-01-01"),
        a_registration(employer=RIVAL, valid_from="2025-01-01"),
        a_registration(employer=a_firm("广州旧名建设有限公司"), valid_from="2025-02-01"),
    ]
    late = a_registration(employer=a_firm(BIDDER.name), valid_from="2025-04-01")
    assert finding(E107, *known).outcome is FindingOutcome.CONSISTENT
    assert finding(E107, *known, late).outcome is FindingOutcome.SUSPECT
    assert finding(E107, *known, late, a_renaming()).outcome is FindingOutcome.CONSISTENT
