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


def of(*facts: FactData, policy: Policy | None = None) -> list[LeadInsured]:
    """The statements that follow from an appointment and ``facts``."""
    said = says(in_order((APPOINTED, *facts)), policy)
    return [follow_up.data for follow_up in said if isinstance(follow_up.data, LeadInsured)]


def heard(facts: Sequence[RecordedFact]) -> list[RecordedFact]:
    """``facts`` with what was outstanding about them, said and recorded."""
    new = [
        recorded(each.data, id=each.id, source="urn:tender-monitor:follow-ups", position=1_000 + len(facts) + number)
        for number, each in enumerate(says(facts))
    ]
    return [*facts, *new]


def standing_payers(facts: Sequence[RecordedFact]) -> list[str]:
    return [fact.data.payer.name for fact in standing_statements(facts) if isinstance(fact.data, LeadInsured)]


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


def test_the_next_month_of_the_same_payer_changes_nothing() -> None:
    facts = heard(in_order((APPOINTED, *payments(RIVAL, ["2025-03"]))))
    assert says([*facts, recorded(a_payment(payer=RIVAL), position=2_000)]) == ()


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
    (taken_back,) = says([*facts, clearing])
    assert outstanding(SUBJECT, cases(facts[:2])[0], [*facts, long_ago, elsewhere]) == ()
    (case,) = cases([*facts, clearing])
    assert outstanding(SUBJECT, case, [*facts, clearing, long_ago, elsewhere]) == (taken_back,)
    assert taken_back.cause == clearing


def test_it_is_the_same_message_whatever_came_first() -> None:
    straight = heard(in_order((APPOINTED, *payments(RIVAL, ["2025-04"]))))
    (message,) = says(in_order((APPOINTED, a_payment(payer=RIVAL, month="2025-04"))))
    assert [fact.id for fact in standing_statements(straight)] == [message.id]
    assert message.id == message.data.model_dump()["statement"]


def test_an_appointment_that_is_gone_takes_back_what_was_said_of_it() -> None:
    facts = heard(in_order((APPOINTED, *payments(RIVAL))))
    (taken_back,) = says([*facts, recorded(a_correction(facts[0]), position=3_000)])
    assert isinstance(taken_back.data, LeadInsured)
    assert (taken_back.data.turn, taken_back.data.stands) == (1, False)
    assert taken_back.cause.position == 3_000


def test_a_rename_takes_it_back() -> None:
    facts = heard(in_order((APPOINTED, *payments(a_firm("广州旧名建设有限公司")))))
    assert standing_payers(facts) == ["广州旧名建设有限公司"]
    assert standing_payers(heard([*facts, recorded(a_renaming(), position=3_000)])) == []


def test_a_message_happened_with_the_fact_that_came_last() -> None:
    opened_last = (recorded(a_payment(payer=RIVAL), position=1), recorded(APPOINTED, position=2))
    (message,) = says(opened_last)
    assert message.cause is opened_last[1]
    paid_last = (recorded(APPOINTED, position=1), recorded(a_payment(payer=RIVAL), position=2))
    (message,) = says(paid_last)
    assert message.cause == paid_last[1]


def test_when_the_sources_recorded_it_is_known_where_all_say_so() -> None:
    moment = "2025-06-19T08:00:00+08:00"
    facts = (recorded(APPOINTED, recordedtime=moment), recorded(a_payment(payer=RIVAL)))
    assert says(facts)[0].recordedtime is None
    facts = (recorded(APPOINTED, recordedtime=moment), recorded(a_payment(payer=RIVAL), recordedtime=moment))
    assert says(facts)[0].recordedtime is not None
