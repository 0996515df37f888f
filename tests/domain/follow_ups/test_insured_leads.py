"""What is said of leads whom another than the bidder insures: said, taken back and said again."""

from collections.abc import Sequence

import pytest

from domain.employers.agents import is_agent
from domain.evidence import RecordedFact, case_subject
from domain.facts.fact import FactData
from domain.facts.insurance import LeadInsured
from domain.follow_ups.follow_up import FollowUp
from domain.follow_ups.insured_leads import outstanding, standing_statements
from domain.policy import Policy
from tests.builders import (
    BIDDER,
    BRANCH,
    RIVAL,
    THIRD,
    a_correction,
    a_firm,
    a_payment,
    a_registration,
    a_renaming,
    an_appointment,
    an_exemption,
    cases,
    in_order,
    payments,
    recorded,
)

APPOINTED = an_appointment()
SUBJECT = case_subject(APPOINTED)
AGENT = a_firm("广州众才人力资源服务有限公司")


def says(facts: Sequence[RecordedFact], policy: Policy | None = None) -> tuple[FollowUp, ...]:
    (case,) = cases(facts, policy=policy) or (None,)
    return outstanding(SUBJECT, case, facts)


def said_of(*facts: FactData, policy: Policy | None = None) -> list[LeadInsured]:
    """All statements that follow from an appointment and ``facts``."""
    said = says(in_order((APPOINTED, *facts)), policy)
    return [follow_up.data for follow_up in said if isinstance(follow_up.data, LeadInsured)]


def of(*facts: FactData, policy: Policy | None = None) -> list[LeadInsured]:
    """Those to payers."""
    return [said for said in said_of(*facts, policy=policy) if said.month is None]


def paid_months(facts: Sequence[RecordedFact]) -> list[tuple[str, str | None, str | None]]:
    """What stands for the lot: payer, scheme and month."""
    said = [fact.data for fact in standing_statements(facts) if isinstance(fact.data, LeadInsured)]
    return [(data.payer.name, data.scheme, data.month) for data in said if data.month]


def heard(facts: Sequence[RecordedFact]) -> list[RecordedFact]:
    """``facts`` with what was outstanding about them, said and recorded."""
    new = [
        recorded(each.data, id=each.id, source="urn:tender-monitor:follow-ups", position=1_000 + len(facts) + number)
        for number, each in enumerate(says(facts))
    ]
    return [*facts, *new]


def standing_payers(facts: Sequence[RecordedFact]) -> list[str]:
    said = [fact.data for fact in standing_statements(facts) if isinstance(fact.data, LeadInsured)]
    return [data.payer.name for data in said if data.month is None]


def test_a_lead_insured_by_the_bidder_costs_no_message() -> None:
    assert of(*payments()) == []
    assert of() == []


def test_another_payer_is_told_of_with_what_is_to_be_judged() -> None:
    (said,) = of(*payments(RIVAL))
    assert (said.payer, said.bidder, said.relation) == (RIVAL, BIDDER, "different")
    assert (said.person, said.lot, said.opened_at) == (APPOINTED.person, APPOINTED.lot, APPOINTED.opened_at)
    assert said.stands
    assert said.subjects == (*RIVAL.subjects, APPOINTED.lot, APPOINTED.person.subject)


def test_a_payer_that_may_be_the_bidders_own_is_told_of_as_that() -> None:
    (said,) = of(*payments(BRANCH))
    assert said.relation == "branch_or_group"


def test_each_current_payer_is_told_of_unless_one_is_the_bidder() -> None:
    assert [said.payer for said in of(a_payment(payer=RIVAL), a_payment(payer=THIRD))] == [RIVAL, THIRD]
    assert of(a_payment(payer=RIVAL), a_payment()) == []


def test_only_the_current_payer_is_told_of() -> None:
    assert of(*payments(RIVAL, ["2025-03", "2025-04"]), a_payment()) == []
    assert of(a_payment(), a_payment(payer=RIVAL, scheme="medical")) == []


def test_a_lead_who_is_exempt_is_not_told_of() -> None:
    assert of(*payments(RIVAL), a_registration(), an_exemption()) == []


@pytest.mark.parametrize(("treatment", "told"), [("accept", 0), ("look", 1), ("refuse", 1)])
def test_agents_are_told_of_where_the_jurisdiction_does_not_accept_them(treatment: str, told: int) -> None:
    policy = Policy.model_validate({"agent_payers": treatment})
    assert len(of(*payments(AGENT), policy=policy)) == told
    assert is_agent(AGENT)
    assert not is_agent(RIVAL)


def test_what_was_said_is_not_said_again() -> None:
    facts = heard(in_order((APPOINTED, *payments(RIVAL))))
    assert says(facts) == ()
    assert standing_payers(facts) == [RIVAL.name]


def test_the_lot_is_told_the_month_and_the_scheme_of_the_current_payment_and_the_payer_is_not() -> None:
    to_payer, to_lot = said_of(*payments(RIVAL, ["2025-03", "2025-04"]))
    assert (to_payer.scheme, to_payer.month) == (None, None)
    assert (to_lot.payer, to_lot.scheme, to_lot.month) == (RIVAL, "pension", "2025-04")
    assert to_lot.subjects == (APPOINTED.lot, APPOINTED.person.subject)
    assert to_lot.statement != to_payer.statement


def test_the_next_month_of_the_same_payer_changes_only_what_the_lot_is_told() -> None:
    facts = heard(in_order((APPOINTED, *payments(RIVAL, ["2025-03"]))))
    facts = [*facts, recorded(a_payment(payer=RIVAL), position=2_000)]
    new, taken_back = (each.data for each in says(facts) if isinstance(each.data, LeadInsured))
    assert (new.month, new.turn) == ("2025-05", 0)
    assert (taken_back.month, taken_back.turn) == ("2025-03", 1)
    assert paid_months(heard(facts)) == [(RIVAL.name, "pension", "2025-05")]


def test_the_lot_is_told_the_same_whatever_month_came_first() -> None:
    months = [a_payment(payer=RIVAL, month=month) for month in ("2025-03", "2025-04", "2025-05")]
    known: list[set[str]] = []
    appointed = recorded(APPOINTED, position=1)
    for order in (months, months[::-1]):
        facts = [appointed]
        for number, paid in enumerate(order):
            facts = heard([*facts, recorded(paid, position=2_000 * (number + 1))])
        known.append({fact.id for fact in standing_statements(facts)})
        assert paid_months(facts) == [(RIVAL.name, "pension", "2025-05")]
    assert known[0] == known[1]


def test_a_month_corrected_away_tells_the_lot_of_the_month_before_once_more() -> None:
    facts = heard(in_order((APPOINTED, *payments(RIVAL, ["2025-04"]))))
    before = standing_statements(facts)
    may = recorded(a_payment(payer=RIVAL), position=2_000)
    facts = heard([*facts, may])
    facts = heard([*facts, recorded(a_correction(may), position=4_000)])
    assert standing_statements(facts) == before
    assert paid_months(facts) == [(RIVAL.name, "pension", "2025-04")]


def test_a_later_payment_of_the_bidder_takes_it_back_and_its_correction_says_it_again() -> None:
    facts = heard(in_order((APPOINTED, *payments(RIVAL, ["2025-04"]))))
    first = standing_statements(facts)
    late = recorded(a_payment(), position=2_000)
    facts = heard([*facts, late])
    assert standing_payers(facts) == []
    facts = heard([*facts, recorded(a_correction(late), position=4_000)])
    assert standing_statements(facts) == first
    assert says(facts) == ()


def test_what_cannot_concern_the_appointment_makes_no_difference() -> None:
    facts = heard(in_order((APPOINTED, *payments(RIVAL, ["2025-04"]))))
    clearing, long_ago = recorded(a_payment(), position=2_000), recorded(a_payment(month="2020-01"), position=3_000)
    elsewhere = recorded(an_appointment(tender_id="T-elsewhere"), position=3_001)
    taken_back = says([*facts, clearing])
    assert outstanding(SUBJECT, cases(facts[:2])[0], [*facts, long_ago, elsewhere]) == ()
    (case,) = cases([*facts, clearing])
    assert outstanding(SUBJECT, case, [*facts, clearing, long_ago, elsewhere]) == taken_back
    assert {each.cause for each in taken_back} == {clearing}


def test_it_is_the_same_message_whatever_came_first() -> None:
    straight = heard(in_order((APPOINTED, *payments(RIVAL, ["2025-04"]))))
    messages = says(in_order((APPOINTED, a_payment(payer=RIVAL, month="2025-04"))))
    assert {fact.id for fact in standing_statements(straight)} == {message.id for message in messages}
    assert all(message.id == message.data.model_dump()["statement"] for message in messages)


def test_an_appointment_that_is_gone_takes_back_what_was_said_of_it() -> None:
    facts = heard(in_order((APPOINTED, *payments(RIVAL))))
    for taken_back in says([*facts, recorded(a_correction(facts[0]), position=3_000)]):
        assert isinstance(taken_back.data, LeadInsured)
        assert (taken_back.data.turn, taken_back.data.stands) == (1, False)
        assert taken_back.cause.position == 3_000


def test_a_rename_takes_it_back() -> None:
    facts = heard(in_order((APPOINTED, *payments(a_firm("广州旧名建设有限公司")))))
    assert standing_payers(facts) == ["广州旧名建设有限公司"]
    assert standing_payers(heard([*facts, recorded(a_renaming(), position=3_000)])) == []


def test_a_message_happened_with_the_fact_that_came_last() -> None:
    opened_last = (recorded(a_payment(payer=RIVAL), position=1), recorded(APPOINTED, position=2))
    assert all(message.cause is opened_last[1] for message in says(opened_last))
    paid_last = (recorded(APPOINTED, position=1), recorded(a_payment(payer=RIVAL), position=2))
    assert all(message.cause == paid_last[1] for message in says(paid_last))


def test_when_the_sources_recorded_it_is_known_where_all_say_so() -> None:
    moment = "2025-06-19T08:00:00+08:00"
    facts = (recorded(APPOINTED, recordedtime=moment), recorded(a_payment(payer=RIVAL)))
    assert says(facts)[0].recordedtime is None
    facts = (recorded(APPOINTED, recordedtime=moment), recorded(a_payment(payer=RIVAL), recordedtime=moment))
    assert says(facts)[0].recordedtime is not None
