"""Ways to slip through the comparison that were tried, and honest people it accused: each by name.

Every history is judged in several orders of arrival, with every fact doubled, and after a wrong fact
that was corrected: the verdict is the same each time.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from domain.evidence import RecordedFact
from domain.facts.fact import FactData, Org
from domain.policy import Policy
from domain.rule import RULEBOOK, judge
from tests.builders import (
    BIDDER,
    BRANCH,
    RIVAL,
    SOMEONE_ELSE,
    THIRD,
    a_bid,
    a_bid_opening,
    a_cancellation,
    a_candidacy,
    a_check_in,
    a_correction,
    a_firm,
    a_licence,
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
    payments,
    payments_closed,
    recorded,
    won_of,
)
from tests.domain.rules.test_lead_not_identified import an_opening, without_lead
from tests.site_builders import a_lead_change, a_start, a_stop, an_acceptance, an_inspection

AGENT = a_firm("广州众才人力资源服务有限公司", 31)
INSTITUTE = a_firm("广州市市政设计研究院", 32)
OLD_NAME = a_firm("广州旧名建设有限责任公司")
RARE = a_firm("广州宏垚盛建设有限公司")
LOSSY = a_firm("广州宏?盛建设有限公司")
SOUND = (a_registration(), a_licence(), a_safety_certificate())


@dataclass(frozen=True)
class History:
    """Facts about the default lead, and what must be found: rule, outcome and severity."""

    facts: Sequence[FactData]
    found: frozenset[tuple[str, str, str]]
    policy: Policy = field(default_factory=Policy)


def caught(*facts: FactData, by: set[tuple[str, str, str]]) -> History:
    return History(facts, frozenset(by))


def honest(*facts: FactData, policy: Policy | None = None, doubts: set[tuple[str, str, str]] | None = None) -> History:
    """``doubts`` of low severity may remain."""
    return History(facts, frozenset(doubts or ()), policy or Policy())


EVASIONS = {
    "the bidder pays one month of work-injury insurance after a rival's pension months": caught(
        an_appointment(rivals=(RIVAL.uscc,)),
        *payments(RIVAL),
        a_payment(scheme="injury"),
        *SOUND,
        by={("E101", "mismatch", "high"), ("E102", "mismatch", "medium")},
    ),
    "the bidder pays back over a stranger after the opening": caught(
        *payments(THIRD),
        a_payment(paid_on="2025-07-05"),
        *SOUND,
        by={("E101", "suspect", "medium"), ("E104", "suspect", "medium"), ("E106", "mismatch", "high")},
    ),
    "the lead is said to have retired at 31": caught(
        *payments(THIRD),
        an_exemption(ground="retired", payer=None, of_retirement_age=False),
        *SOUND,
        by={("D903", "suspect", "medium"), ("E101", "mismatch", "high"), ("E102", "mismatch", "medium")},
    ),
    "a university exemption with another payer": caught(
        *payments(THIRD),
        an_exemption(ground="university", payer=INSTITUTE),
        *SOUND,
        by={("D903", "suspect", "medium"), ("E101", "mismatch", "high"), ("E102", "mismatch", "medium")},
    ),
    "the payer moves away the month after the award": caught(
        a_candidacy(rank=None),
        *payments(),
        *payments(THIRD, ["2025-07"]),
        *SOUND,
        by={("E109", "mismatch", "medium")},
    ),
    "payments stop after the award": caught(
        a_candidacy(rank=None),
        *payments(),
        *payments_closed(["2025-07", "2025-08"]),
        *SOUND,
        by={("E109", "mismatch", "medium")},
    ),
    "payments stop after the award, by the answer to an enquiry": caught(
        a_candidacy(rank=None),
        *payments(),
        a_statement(months=("2025-07", "2025-08")),
        *SOUND,
        by={("E109", "mismatch", "medium")},
    ),
    "another person runs the site by the project's own record": caught(
        a_candidacy(rank=None),
        *payments(),
        a_start(lead=SOMEONE_ELSE),
        *SOUND,
        by={("L202", "mismatch", "high")},
    ),
    "another person runs the site in the role of the lead": caught(
        a_candidacy(rank=None),
        *payments(),
        a_start(),
        a_check_in(person=SOMEONE_ELSE, trade="项目负责人"),
        a_check_in(person=SOMEONE_ELSE, trade="项目负责人", checked_at="2025-08-04T08:00:00+08:00"),
        *SOUND,
        by={("L202", "mismatch", "high")},
    ),
    "the bid is won with a first-class lead and handed to a second-class one": caught(
        *payments(),
        a_start(),
        a_lead_change(),
        a_registration(person=SOMEONE_ELSE, certificate_no="粤2", qualification="二级注册建造师（市政公用工程）"),
        *SOUND,
        by={("L203", "suspect", "medium")},
    ),
    "another valid certificate beside the expired one that the bid names": caught(
        *payments(),
        a_registration(valid_to="2025-01-01"),
        a_registration(certificate_no="粤1442020202199999"),
        a_licence(),
        a_safety_certificate(),
        by={("C302", "mismatch", "high")},
    ),
    "a second-class constructor where the tender requires a first-class one": caught(
        an_appointment(required_qualification="一级注册建造师（市政公用工程）"),
        *payments(),
        a_registration(qualification="二级注册建造师（市政公用工程）"),
        a_licence(),
        a_safety_certificate(),
        by={("C303", "mismatch", "medium")},
    ),
    "a rival paid until the month before the opening": caught(
        an_appointment(rivals=(RIVAL.uscc,)),
        *payments(RIVAL, ["2025-03", "2025-04"]),
        a_payment(),
        *SOUND,
        by={("E101", "suspect", "medium")},
    ),
}

HONEST = {
    "work-injury insurance bought per project by another firm": honest(
        *payments(), a_payment(payer=THIRD, scheme="injury"), *SOUND
    ),
    "an agent with a code where agents are accepted": honest(
        *payments(AGENT), *SOUND, policy=Policy(agent_payers="accept")
    ),
    "an agent with a code is asked about and not accused": honest(
        *payments(AGENT), *SOUND, doubts={("E101", "suspect", "low"), ("E102", "suspect", "low")}
    ),
    "May is paid on 20 June, within the lawful term": honest(a_payment(paid_on="2025-06-20"), *SOUND),
    "hired and insured in the month of the opening": honest(
        a_payment(month="2025-06"), *SOUND, doubts={("E105", "suspect", "low")}
    ),
    "the registration moves to the bidder on the day of the opening": honest(
        *payments(),
        a_registration(employer=THIRD, certificate_no="粤1442020202199999", valid_to="2025-06-18"),
        a_registration(valid_from="2025-06-18"),
        a_licence(),
        a_safety_certificate(),
    ),
    "an exemption whose workplace is a branch of the registration employer": honest(
        *payments(RIVAL), an_exemption(workplace=BRANCH), *SOUND
    ),
    "a renamed firm that is known by name only, in another legal form": honest(
        *payments(a_firm("广州旧名建设有限公司")), a_renaming(old_name=OLD_NAME.name, on="2025-12-01"), *SOUND
    ),
    "a lead of the leader of a consortium": honest(
        an_appointment(bidder=Org(name=f"{BIDDER.name}、{RIVAL.name}联合体")), *payments(), a_registration()
    ),
    "the lead moves on after the project is accepted": honest(
        a_candidacy(rank=None), *payments(), a_start(), an_acceptance(), *payments(THIRD, ["2025-09"]), *SOUND
    ),
    "payments stop after the award where nothing was closed": honest(
        a_candidacy(rank=None), *payments(), a_start(), *SOUND
    ),
    "payments stop after the award while the project is stopped": honest(
        a_candidacy(rank=None),
        *payments(),
        a_start(),
        a_stop(on="2025-07-02"),
        *payments_closed(["2025-07", "2025-08"]),
        *SOUND,
    ),
    "the lead moves on after handing over with consent": honest(
        a_candidacy(rank=None),
        *payments(),
        a_start(),
        a_lead_change(),
        a_registration(person=SOMEONE_ELSE, certificate_no="粤1442020202100002"),
        *payments(THIRD, ["2025-09"]),
        *SOUND,
    ),
    "a lead who lost the bid moves on": honest(
        a_candidacy(rank=2), *payments(), a_start(contractor=RIVAL), *payments(THIRD, ["2025-07"]), *SOUND
    ),
    "a person who only visits the site": honest(
        a_candidacy(rank=None),
        *payments(),
        a_start(),
        a_check_in(person=SOMEONE_ELSE),
        a_check_in(person=SOMEONE_ELSE, checked_at="2025-08-04T08:00:00+08:00"),
        an_inspection(person=SOMEONE_ELSE),
        *SOUND,
    ),
    "the lead of another firm on the same site": honest(
        a_candidacy(rank=None),
        *payments(),
        a_start(),
        a_start(contractor=RIVAL, lead=SOMEONE_ELSE),
        a_check_in(person=SOMEONE_ELSE, trade="项目经理"),
        a_check_in(person=SOMEONE_ELSE, trade="项目经理", checked_at="2025-08-04T08:00:00+08:00"),
        *SOUND,
    ),
    "a cancelled certificate that the bid does not name": honest(
        *payments(),
        *SOUND,
        a_registration(certificate_no="粤1442020202199999"),
        a_cancellation(certificate_no="粤1442020202199999"),
    ),
    "a lost rare character in the payer's name": honest(
        an_appointment(bidder=RARE),
        *payments(LOSSY),
        a_registration(employer=RARE),
        doubts={("E101", "suspect", "low"), ("E102", "suspect", "low")},
    ),
}


def clues_of(facts: Sequence[RecordedFact], policy: Policy) -> frozenset[tuple[str, str, str]]:
    (case,) = cases(facts, policy=policy)
    won = won_of(facts, policy=policy)
    found = (each for each in (*judge(case), *(judge(won) if won else ())) if each.outcome.makes_clue)
    return frozenset((each.rule, str(each.outcome), str(each.severity)) for each in found)


def told(history: History) -> list[RecordedFact]:
    facts = history.facts
    named = any(fact.KIND == "lead-appointed" for fact in facts)
    closed = (*payments_closed(), a_register_closed())
    return list(in_order((*(facts if named else (an_appointment(), *facts)), *closed)))


@pytest.mark.parametrize("name", [*EVASIONS, *HONEST])
def test_it_is_judged_alike_in_every_order_doubled_and_after_a_correction(name: str) -> None:
    history = {**EVASIONS, **HONEST}[name]
    facts = told(history)
    wrong = recorded(a_payment(payer=a_firm("湛江误录建设有限公司", 33)), id="wrong")
    for seed in range(5):
        shuffled = random.Random(seed).sample(facts, len(facts))
        assert clues_of(shuffled, history.policy) == history.found
    assert clues_of([*facts, *facts], history.policy) == history.found
    assert clues_of([*facts, wrong, recorded(a_correction(wrong))], history.policy) == history.found


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_lead_is_never_told_more_than_a_doubt_of_low_severity(name: str) -> None:
    assert {severity for _, _, severity in HONEST[name].found} <= {"low"}


@pytest.mark.parametrize("name", EVASIONS)
def test_an_evasion_is_a_clue_of_medium_severity_at_least(name: str) -> None:
    assert {severity for _, _, severity in EVASIONS[name].found} & {"medium", "high"}


def test_a_bad_id_number_in_one_bid_is_asked_about_and_hides_no_other_bid() -> None:
    """The opening is recorded, so the rivals' leads are judged; the bidder gains a clue that the supervisor sees."""
    (found,) = (finding for case in without_lead(an_opening()) for finding in judge(case))
    assert (found.rule, found.outcome, found.severity) == ("D904", "suspect", "medium")
    assert not RULEBOOK["D904"].supervisors_only


def test_a_typing_error_in_an_id_number_accuses_nobody_and_leaves_nothing_once_it_is_mended() -> None:
    wrong = recorded(an_opening())
    mended = recorded(a_correction(wrong, a_bid_opening(bids=(a_bid(), a_bid(bidder=RIVAL)))))
    for facts in ((wrong, mended), (mended, wrong), (wrong, wrong, mended, mended)):
        assert without_lead(*facts) == ()
