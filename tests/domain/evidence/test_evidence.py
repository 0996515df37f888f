"""Evidence: which facts stand, how they fold, and the laws of judging."""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.evidence import (
    RELEVANT_KINDS,
    Horizon,
    Knowledge,
    RecordedFact,
    appointment_cases,
    standing,
)
from domain.evidence.attendance import SiteMonth, days_on_site
from domain.evidence.comparison import certificates_on_opening, payer_by_month, registrations_on_opening
from domain.evidence.days import months_before, shifted_month
from domain.evidence.registrations import fold_registrations
from domain.facts.bidding import LeadAppointed
from domain.facts.deliveries import DeliveryClosed
from domain.facts.fact import FactData
from domain.policy import Policy, PolicyBook
from domain.rule import Finding, FindingOutcome, judge
from tests.builders import (
    BIDDER,
    BRANCH,
    LEAD,
    LONG_AFTER,
    OPENED_ON,
    RIVAL,
    SOMEONE_ELSE,
    THIRD,
    a_cancellation,
    a_candidacy,
    a_case,
    a_check_in,
    a_closing,
    a_correction,
    a_firm,
    a_licence,
    a_licence_change,
    a_payment,
    a_register_closed,
    a_registration,
    a_renaming,
    a_safety_certificate,
    a_statement,
    an_appointment,
    an_exemption,
    cases,
    in_order,
    payments_closed,
    recorded,
)

EMPLOYERS = st.sampled_from([BIDDER, a_firm(BIDDER.name), BRANCH, RIVAL, THIRD, a_firm("广州旧名建设有限公司")])
DAYS = st.sampled_from(["2024-06-17", "2024-06-18", "2025-02-01", "2025-06-17", "2025-06-18", "2025-06-19"])
PEOPLE = st.sampled_from([LEAD, LEAD, LEAD, SOMEONE_ELSE])
NUMBERS = st.sampled_from(["粤1", "粤2"])
REGISTERS = st.sampled_from(["registration-recorded", "safety-assessment-b", "safety-production-licence"])


def some(build: Callable[..., FactData], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[FactData]:
    return st.fixed_dictionaries(fields).map(lambda given: build(**given))


FACTS = st.one_of(
    some(
        a_payment,
        person=PEOPLE,
        payer=EMPLOYERS,
        month=st.sampled_from(["2025-02", "2025-03", "2025-04", "2025-05", "2025-06"]),
        scheme=st.sampled_from(["pension", "medical", "injury"]),
        paid_on=DAYS,
    ),
    some(a_registration, person=PEOPLE, employer=EMPLOYERS, certificate_no=NUMBERS, valid_from=DAYS),
    some(a_registration, person=PEOPLE, employer=EMPLOYERS, certificate_no=NUMBERS, valid_from=DAYS, valid_to=DAYS),
    some(a_cancellation, person=PEOPLE, certificate_no=NUMBERS, cancelled_on=DAYS),
    some(an_exemption, person=PEOPLE, workplace=EMPLOYERS, valid_from=DAYS),
    some(a_licence, holder=EMPLOYERS, certificate_no=NUMBERS, valid_from=DAYS),
    some(a_licence_change, holder=EMPLOYERS, certificate_no=NUMBERS, valid_from=DAYS),
    some(a_safety_certificate, holder=PEOPLE, certificate_no=NUMBERS, valid_from=DAYS),
    some(a_renaming, on=DAYS),
    some(an_appointment, bidder=EMPLOYERS, certificate_no=NUMBERS),
    some(a_candidacy, bidder=EMPLOYERS),
    some(a_check_in, person=PEOPLE),
    some(a_closing, period=st.sampled_from(["2025-03", "2025-04", "2025-05"])),
    some(a_register_closed, kind=REGISTERS, through=st.sampled_from(["2025-06-17", "2025-06-18", "2025-07-01"])),
    some(a_statement, person=PEOPLE, months=st.sampled_from([("2025-03", "2025-04"), ("2025-05",)])),
)
WORLDS = st.lists(FACTS, max_size=14).map(lambda facts: (an_appointment(), *facts))


def findings(facts: Any, *, now: datetime = LONG_AFTER) -> tuple[Finding, ...]:
    return tuple(found for case in cases(facts, now=now) for found in judge(case))


# --- which facts stand


def test_a_fact_stands_until_it_is_retracted() -> None:
    fact = recorded(a_payment())
    assert standing([fact]) == (fact,)
    assert standing([fact, recorded(a_correction(fact))]) == ()


def test_a_replacement_counts_under_the_identity_of_the_correction() -> None:
    fact = recorded(a_payment(payer=RIVAL))
    correction = recorded(a_correction(fact, a_payment()))
    (standing_fact,) = standing([correction, fact])
    assert standing_fact.identity == correction.identity
    assert standing_fact.data == a_payment()
    assert standing_fact.kind == "insurance-paid"
    assert standing_fact.ref.type == "tender-integrity.fact-corrected.v1"
    assert standing_fact.position == correction.position


def test_a_corrected_correction_loses_its_replacement_and_still_retracts() -> None:
    fact = recorded(a_payment(payer=RIVAL))
    first = recorded(a_correction(fact, a_payment(payer=THIRD)))
    second = recorded(a_correction(first, a_payment()))
    (standing_fact,) = standing([fact, first, second])
    assert standing_fact.identity == second.identity


def test_corrections_that_name_each_other_retract_each_other() -> None:
    fact = recorded(a_payment())
    one = recorded(a_correction(recorded(a_payment(), id="two", source="urn:s")), id="one", source="urn:s")
    two = recorded(a_correction(one), id="two", source="urn:s")
    assert standing([fact, one, two]) == (fact,)


def test_a_correction_that_arrives_first_retracts_too() -> None:
    fact = recorded(a_payment())
    correction = recorded(a_correction(fact), position=1)
    assert standing([correction, fact]) == ()


def test_a_fact_given_twice_stands_once() -> None:
    fact = recorded(a_payment(), id="x", position=7)
    again = recorded(a_payment(), id="x", position=9)
    assert standing([again, fact]) == standing([fact, again]) == (fact,)


def test_what_was_known_by_us_is_what_we_had_recorded_by_then() -> None:
    early = recorded(a_payment(), recorded_at=datetime(2025, 6, 1, tzinfo=UTC))
    late = recorded(a_payment(), recorded_at=datetime(2025, 7, 1, tzinfo=UTC), recordedtime="2025-05-01T00:00:00Z")
    assert standing([early, late], Knowledge(datetime(2025, 6, 1, tzinfo=UTC))) == (early,)
    assert standing([early, late], Knowledge(datetime(2025, 5, 31, tzinfo=UTC))) == ()
    by_source = Knowledge(datetime(2025, 5, 31, tzinfo=UTC), "source")
    assert standing([early, late], by_source) == (late,)


def test_a_retraction_counts_from_when_it_was_known() -> None:
    fact = recorded(a_payment(), recorded_at=datetime(2025, 6, 1, tzinfo=UTC))
    correction = recorded(a_correction(fact), recorded_at=datetime(2025, 7, 1, tzinfo=UTC))
    assert standing([fact, correction], Knowledge(datetime(2025, 6, 30, tzinfo=UTC))) == (fact,)


# --- cases


def test_identical_appointments_merge_into_one_case() -> None:
    twice = in_order([an_appointment(), an_appointment(), an_appointment(lot_id="2")])
    assert [case.appointment.lot_id for case in cases(twice)] == ["1", "2"]
    assert cases(twice)[0].subject == f"{LEAD.person_id}|{BIDDER.key}|T-2025-001/1"


def test_an_opening_announced_again_counts_with_its_latest_time() -> None:
    postponed = an_appointment(opened_at="2025-07-02T09:30:00+08:00")
    for order in ([an_appointment(), postponed], [postponed, an_appointment()]):
        (case,) = cases(in_order(order))
        assert case.opened_on == date(2025, 7, 2)


def test_the_policy_is_that_of_the_jurisdiction() -> None:
    book = PolicyBook.model_validate(
        {
            "default": {"lookback_months": 4, "branch_payers": "accept"},
            "jurisdictions": {"44": {"agent_payers": "refuse"}, "4401": {"lookback_months": 6}},
        }
    )
    assert book.for_jurisdiction("110000").lookback_months == 4
    assert book.for_jurisdiction("440300").agent_payers == "refuse"
    assert book.for_jurisdiction("440106").lookback_months == 6
    assert {book.for_jurisdiction(code).branch_payers for code in ("110000", "440300", "440106")} == {"accept"}
    facts = in_order([an_appointment(jurisdiction="440106")])
    (case,) = appointment_cases(facts, (), policies=book, now=LONG_AFTER)
    assert case.lookback_months == ("2024-12", "2025-01", "2025-02", "2025-03", "2025-04", "2025-05")


def test_the_candidacy_of_the_bidder_is_known() -> None:
    assert a_case().candidacy is None
    rival = a_candidacy(bidder=RIVAL)
    awarded = a_candidacy(rank=None, announced_at="2025-07-10T10:00:00+08:00")
    assert a_case(rival, awarded, a_candidacy()).candidacy == awarded


def test_the_organisations_named_by_the_evidence_are_watched() -> None:
    case = a_case(a_payment(payer=RIVAL), a_registration(employer=THIRD))
    for organisation in (BIDDER, RIVAL, THIRD):
        assert set(organisation.subjects) <= case.organisations


def test_a_replacement_about_somebody_else_is_not_evidence() -> None:
    fact = recorded(a_payment(payer=RIVAL))
    correction = recorded(a_correction(fact, a_payment(payer=RIVAL, person=SOMEONE_ELSE)))
    (case,) = cases([recorded(an_appointment()), fact, correction])
    assert case.payments == ()


# --- registrations


def periods(*facts: FactData) -> list[tuple[str, str, str | None]]:
    folded = fold_registrations(in_order(facts)).periods
    return [
        (period.employer.name, str(period.valid_from), str(period.last_day) if period.last_day else None)
        for period in folded
    ]


def test_a_registration_ends_the_day_before_its_certificate_moves() -> None:
    moved = a_registration(employer=RIVAL, valid_from="2025-03-01")
    assert periods(moved, a_registration()) == [
        (BIDDER.name, "2023-01-10", "2025-02-28"),
        (RIVAL.name, "2025-03-01", None),
    ]


def test_a_former_registration_does_not_revive_when_the_next_one_ends() -> None:
    moved = a_registration(employer=RIVAL, valid_from="2025-03-01")
    assert periods(moved, a_registration(), a_cancellation(cancelled_on="2025-04-01")) == [
        (BIDDER.name, "2023-01-10", "2025-02-28"),
        (RIVAL.name, "2025-03-01", "2025-03-31"),
    ]


def test_the_earliest_cancellation_ends_a_registration() -> None:
    cancelled = [a_cancellation(cancelled_on=day) for day in ("2025-05-01", "2025-04-01")]
    assert periods(a_registration(valid_to="2026-01-01"), *cancelled) == [(BIDDER.name, "2023-01-10", "2025-03-31")]


def test_a_registration_may_begin_anew_after_a_cancellation() -> None:
    anew = a_registration(valid_from="2025-06-01")
    assert periods(a_registration(), a_cancellation(cancelled_on="2025-04-01"), anew) == [
        (BIDDER.name, "2023-01-10", "2025-03-31"),
        (BIDDER.name, "2025-06-01", None),
    ]


# --- months and days


def test_months_are_counted_across_years_and_short_months() -> None:
    assert shifted_month("2025-01", -1) == "2024-12"
    assert shifted_month("2024-12", 2) == "2025-02"
    assert months_before(date(2025, 3, 31), 1) == date(2025, 2, 28)
    assert months_before(date(2024, 2, 29), 12) == date(2023, 2, 28)


# --- what the comparison shows


def test_the_comparison_lists_every_lookback_month_with_its_payers() -> None:
    paid = a_payment(month="2025-04", paid_on="2025-06-19"), a_payment(payer=RIVAL, month="2025-04")
    case = a_case(*paid, closed=payments_closed(["2025-03", "2025-04"]))
    march, april, may = payer_by_month(case)
    assert [(row.month, row.due, len(row.payers)) for row in (march, april, may)] == [
        ("2025-03", True, 0),
        ("2025-04", True, 2),
        ("2025-05", False, 0),
    ]
    assert {(row.payer, row.paid_after_opening, row.match.outcome.value) for row in april.payers} == {
        (BIDDER.name, True, "same"),
        (RIVAL.name, False, "different"),
    }


def test_a_party_reads_the_name_of_no_payer_but_the_bidder_not_even_of_a_partner_in_its_consortium() -> None:
    together = an_appointment(consortium=(BIDDER, THIRD))
    paid = [a_payment(payer=payer, month="2025-04") for payer in (BIDDER, THIRD, RIVAL)]
    registered = [a_registration(employer=employer, certificate_no=employer.name) for employer in (BIDDER, THIRD)]
    case = a_case(together, *paid, *registered, policy=Policy(consortium_leads="any"))
    rows = [row for month in payer_by_month(case, for_a_party=True) for row in month.payers]
    assert {
        (row.payer, row.payer_uscc, row.match.outcome.value, row.match.detail, row.fact is None) for row in rows
    } == {
        (BIDDER.name, BIDDER.uscc, "same", rows[0].match.detail, False),
        (None, None, "same", "", True),
        (None, None, "different", "", True),
    }
    shown = registrations_on_opening(case, for_a_party=True)
    assert {(row.employer, row.match.outcome.value, bool(row.facts)) for row in shown} == {
        (BIDDER.name, "same", True),
        (None, "same", False),
    }


def test_the_comparison_shows_registrations_and_certificates_as_of_the_opening() -> None:
    case = a_case(
        a_registration(valid_to="2025-06-18"),
        a_registration(certificate_no="粤2", valid_from="2025-06-19"),
        a_licence(),
        a_licence_change(),
        a_safety_certificate(),
    )
    (registration,) = registrations_on_opening(case)
    assert (registration.employer, registration.valid_to) == (BIDDER.name, OPENED_ON)
    assert [(row.kind, row.status, row.valid) for row in certificates_on_opening(case)] == [
        ("safety-production-licence", "suspended", False),
        ("safety-assessment-b", "valid", True),
    ]


def test_days_on_site_are_counted_by_project_and_month_in_shanghai() -> None:
    checks = [
        a_check_in(checked_at="2025-07-31T15:59:00Z"),
        a_check_in(checked_at="2025-07-31T16:00:00Z"),
        a_check_in(checked_at="2025-08-01T18:00:00+08:00", direction="out", method="manual"),
        a_check_in(person=SOMEONE_ELSE),
    ]
    project = "2506-440100-04-01-100001"
    assert days_on_site(LEAD.person_id, in_order(checks)) == (
        SiteMonth(project, "2025-07", days_on_site=1, check_ins=1, manual=0),
        SiteMonth(project, "2025-08", days_on_site=1, check_ins=2, manual=1),
    )


# --- laws


@given(WORLDS, st.randoms(use_true_random=False))
def test_findings_do_not_depend_on_the_order_of_arrival(world: tuple[FactData, ...], chance: Any) -> None:
    facts = [recorded(data, id=f"{index}", position=index + 1) for index, data in enumerate(world)]
    places = list(range(len(facts)))
    chance.shuffle(places)
    moved = [
        RecordedFact(facts[place].fact, position + 1, datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=position))
        for position, place in enumerate(places)
    ]
    assert findings(moved) == findings(facts)


@given(WORLDS)
def test_findings_are_decided_by_content_and_not_by_identity(world: tuple[FactData, ...]) -> None:
    count = len(world)
    forward = findings(recorded(data, id=f"{index:03d}") for index, data in enumerate(world))
    backward = findings(recorded(data, id=f"{count - index:03d}") for index, data in enumerate(world))
    assert [(found.rule, found.subject, found.outcome, found.explanation) for found in forward] == [
        (found.rule, found.subject, found.outcome, found.explanation) for found in backward
    ]


@given(WORLDS)
def test_facts_that_do_not_concern_an_appointment_never_change_its_findings(world: tuple[FactData, ...]) -> None:
    facts = in_order(world)
    policy = Policy()
    for appointment in [data for data in world if isinstance(data, LeadAppointed)]:
        kept = [fact for fact in facts if Horizon.of(appointment, policy).holds(fact.data)]
        subject = f"{appointment.bidder.key}|"
        assert [f for f in findings(kept) if subject in f.subject] == [
            f for f in findings(facts) if subject in f.subject
        ]
        # Closed deliveries are asked for by area and period, and not read among the facts of a subject.
        assert {fact.kind for fact in kept} <= RELEVANT_KINDS | {DeliveryClosed.KIND}


@given(WORLDS, FACTS)
def test_a_retracted_fact_leaves_what_would_be_without_it(world: tuple[FactData, ...], wrong: FactData) -> None:
    facts = in_order(world)
    mistaken = recorded(wrong, id="mistake")
    assert findings([mistaken, *facts, recorded(a_correction(mistaken))]) == findings(facts)


@given(WORLDS, FACTS, FACTS)
def test_a_replacement_counts_as_if_it_had_been_said_at_once(
    world: tuple[FactData, ...], wrong: FactData, right: FactData
) -> None:
    if isinstance(right, LeadAppointed) or right.KIND in ("lead-candidacy", "lead-appointed"):
        return
    facts = in_order(world)
    mistaken = recorded(wrong, id="mistake")
    corrected = findings([*facts, mistaken, recorded(a_correction(mistaken, right), id="right")])
    assert corrected == findings([*facts, recorded(right, id="right")])


@given(WORLDS, st.datetimes(datetime(2025, 6, 1), datetime(2025, 9, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - hypothesis wants naive bounds
def test_time_alone_changes_no_finding(world: tuple[FactData, ...], now: datetime) -> None:
    facts = in_order(world)
    assert findings(facts, now=now) == findings(facts, now=LONG_AFTER)


@given(WORLDS)
def test_no_explanation_names_a_person(world: tuple[FactData, ...]) -> None:
    for found in findings(in_order(world)):
        assert LEAD.person_id not in found.explanation.zh + found.explanation.en


def test_equal_findings_may_rest_on_facts_recorded_at_different_places() -> None:
    first = findings([recorded(an_appointment(), id="a", position=1), recorded(a_payment(), id="b", position=2)])
    second = findings([recorded(an_appointment(), id="a", position=90), recorded(a_payment(), id="b", position=80)])
    assert first == second
    assert hash(first) == hash(second)
    assert first[0].facts[0].position != second[0].facts[0].position


# --- cost


def test_judging_a_case_with_sixty_payments_takes_well_under_a_millisecond() -> None:
    schemes = ("pension", "medical", "unemployment", "injury", "maternity")
    months = [shifted_month("2025-05", -back) for back in range(12)]
    many = [a_payment(month=month, scheme=scheme) for month in months for scheme in schemes]
    facts = standing(in_order([an_appointment(), *many, a_registration(), a_licence(), a_safety_certificate()]))

    def once() -> float:
        begun = time.perf_counter()
        (case,) = appointment_cases(facts, (), policies=PolicyBook(), now=LONG_AFTER)
        assert len(judge(case)) == 13
        return time.perf_counter() - begun

    assert min(once() for _ in range(200)) < 0.001


@pytest.mark.parametrize("months", [1, 3, 12])
def test_the_horizon_follows_the_lookback_of_the_policy(months: int) -> None:
    policy = Policy(lookback_months=months)
    first = shifted_month("2025-06", -months)
    horizon = Horizon.of(an_appointment(), policy)
    assert horizon.holds(a_payment(month=first))
    assert not horizon.holds(a_payment(month=shifted_month(first, -1)))


def test_judging_is_suspect_again_after_a_correction_of_the_clearing_fact() -> None:
    rival, clearing = recorded(a_payment(payer=RIVAL)), recorded(a_payment())
    facts = [recorded(an_appointment()), rival, clearing]
    e101 = {found.rule: found.outcome for found in findings([*facts, recorded(a_correction(clearing))])}["E101"]
    assert e101 is FindingOutcome.MISMATCH
