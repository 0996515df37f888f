"""What is known of one person on site, laid out as cases; any order of the facts gives the same findings."""

from datetime import UTC, datetime

from hypothesis import event, given, settings
from hypothesis import strategies as st

from domain.evidence import RecordedFact
from domain.evidence.contradictions import Travel, apart, smallest_contradiction
from domain.evidence.site import MovementsCase
from domain.evidence.site_history import SiteHistory
from domain.facts.fact import FactData
from domain.policy import Policy, PolicyBook
from tests.builders import LEAD, SOMEONE_ELSE, a_correction, in_order, recorded
from tests.site_builders import (
    ELSEWHERE,
    PROJECT,
    a_start,
    an_acceptance,
    an_inspection,
    an_operators_certificate,
    checked,
    findings_of,
    history,
    stayed,
)
from tests.site_strategies import check_ins, site_facts

DUE = datetime(2025, 9, 6, tzinfo=UTC)


@st.composite
def told(draw: st.DrawFn) -> list[RecordedFact]:
    """Facts, some of them taken back."""
    facts = list(in_order(draw(st.lists(site_facts, max_size=25))))
    retracted = draw(st.lists(st.sampled_from(facts), max_size=3, unique_by=id)) if facts else []
    replacements = [draw(st.one_of(st.none(), site_facts)) for _ in retracted]
    corrections = [recorded(a_correction(*pair)) for pair in zip(retracted, replacements, strict=True)]
    return [*facts, *corrections]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_order_of_the_facts_gives_the_same_findings(data: st.DataObject) -> None:
    facts = data.draw(told())
    found = findings_of(history([a_led(), *facts]))
    event(f"{len({finding.rule for finding in found})} rules speak")
    again = data.draw(st.permutations([a_led(), *facts]))
    assert findings_of(history(again)) == found


@settings(max_examples=200, deadline=None)
@given(st.lists(check_ins, max_size=14))
def test_the_smallest_contradiction_contradicts_itself_and_nothing_smaller_is_left_out(made: list[FactData]) -> None:
    travel = Travel(120, 1, 200)
    for case in history([a_led(), *in_order(made)]).movements_cases():
        found = smallest_contradiction(case, travel, DUE - datetime(2025, 9, 5, 8, tzinfo=UTC))
        pairs = [pair for pair in _pairs(case) if pair[0].project_code != pair[1].project_code]
        too_far = [
            (one, other)
            for one, other in pairs
            if (kilometres := apart(one, other)) is not None and other.at - one.at < travel.takes(kilometres)
        ]
        event("too far" if too_far else "overlap" if found else "nothing")
        assert (found is not None and len(found.check_ins) == 2) == bool(too_far)
        if found and not too_far:
            assert len(found.check_ins) == 3
            assert len({check_in.project_code for check_in in found.check_ins}) == 2


def _pairs(case: MovementsCase) -> list[tuple]:  # type: ignore[type-arg]
    ordered = case.check_ins
    return [(one, other) for place, other in enumerate(ordered) for one in ordered[:place] if other.month == case.month]


def a_led() -> RecordedFact:
    return recorded(a_start(project_code="2501-440100-04-01-000009"), id="led", position=10_000)


def months_of(known: SiteHistory) -> list[tuple[str, str]]:
    return [(case.project_code, case.month) for case in known.site_cases()]


def test_a_lead_has_a_case_for_every_month_in_charge_up_to_now() -> None:
    known = history(in_order([a_start(), an_acceptance(on="2025-08-15")]), now=DUE)
    assert months_of(known) == [(PROJECT, "2025-07"), (PROJECT, "2025-08")]
    assert months_of(history(in_order([a_start()]), now=DUE))[-1] == (PROJECT, "2025-09")


def test_a_month_with_check_ins_or_an_inspection_is_a_case_too() -> None:
    known = history(in_order([an_inspection(present=False), *stayed("07-04"), *stayed("07-05", project=ELSEWHERE)]))
    assert months_of(known) == [(ELSEWHERE, "2025-07"), (PROJECT, "2025-07"), (PROJECT, "2025-08")]


def test_only_who_leads_failed_an_inspection_or_works_in_a_trade_is_watched() -> None:
    assert not history(in_order([*stayed("08-04"), an_inspection(), an_operators_certificate()])).is_watched
    assert history(in_order([a_start()])).is_watched
    assert history(in_order([an_inspection(answered=False)])).is_watched
    assert history(in_order([checked("08-04 08:00", trade="建筑电工")])).is_watched
    assert not history(in_order([a_start(lead=SOMEONE_ELSE), *stayed("08-04")])).is_watched


def test_time_alone_matters_when_a_month_in_charge_is_over() -> None:
    lead, begun = in_order([a_start()]), datetime(2025, 8, 31, 15, 59, tzinfo=UTC)
    over = datetime(2025, 8, 31, 16, tzinfo=UTC)
    assert history(lead, now=begun).next_due == over
    assert history(lead, now=over).next_due == datetime(2025, 9, 30, 16, tzinfo=UTC)
    ended = in_order([a_start(), an_acceptance()])
    assert history(ended, now=datetime(2025, 9, 30, 16, tzinfo=UTC)).next_due is None
    to_come = in_order([a_start(on="2025-11-10")])
    assert history(to_come, now=over).next_due == datetime(2025, 11, 30, 16, tzinfo=UTC)


def test_time_alone_matters_when_a_month_with_check_ins_is_over() -> None:
    operator, over = in_order([checked("08-04 08:00", trade="建筑电工")]), datetime(2025, 8, 31, 16, tzinfo=UTC)
    assert history(operator, now=datetime(2025, 8, 31, 15, 59, tzinfo=UTC)).next_due == over
    assert history(operator, now=over).next_due is None


def test_the_policy_is_that_of_the_projects_jurisdiction() -> None:
    book = PolicyBook(jurisdictions={"440300": Policy(award_months=9)})
    facts = in_order([a_start(), a_start(project_code=ELSEWHERE), *stayed("08-04"), checked("08-04 18:00", ELSEWHERE)])
    known = SiteHistory.of(LEAD.person_id, facts, facts, policies=book, now=DUE)
    assert {case.project_code: case.policy.award_months for case in known.site_cases()} == {
        PROJECT: 36,
        ELSEWHERE: 9,
    }
    (movements,) = known.movements_cases()
    assert (movements.project_code, movements.policy.award_months) == (PROJECT, 36)
