"""What the laws draw: random histories reach each outcome of each rule, by fixed seeds.

A law that holds over histories in which a rule never speaks says nothing about that rule.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import deepcopy
from typing import Any, Final, TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from domain.approval import approval_case
from domain.approval.department import department_month
from domain.employers import Renames
from domain.evidence import AppointmentCase, RecordedFact, appointment_cases, standing
from domain.evidence.lot import insured_lead_cases, lot_case, unidentified_lead_cases
from domain.evidence.payer import payer_cases
from domain.evidence.site_history import SiteHistory
from domain.facts.approvals import ApprovalRecorded
from domain.facts.bidding import BidOpened, LeadAppointed
from domain.facts.employers import EmployerRenamed
from domain.facts.insurance import LeadInsured
from domain.facts.messages import MESSAGES
from domain.facts.unread import LEAD_UNIDENTIFIED
from domain.follow_ups.appointments import appointing, standing_of_lot
from domain.follow_ups.decided_cases import case_decided
from domain.follow_ups.insured_leads import standing_statements, statements_about
from domain.policy import PolicyBook
from domain.rule import RULEBOOK, Finding, judge
from tests import approval_builders
from tests.builders import LEAD, LONG_AFTER, SOMEONE_ELSE, asking_of, in_order, recorded, won_of
from tests.lead_strategies import UNREAD, policies, told
from tests.monitor import Message
from tests.projections.judging.test_approvals import histories as histories_of_cases
from tests.projections.judging.test_sites import histories as histories_of_sites
from tests.projections.judging.test_won_lots import histories as histories_of_won_lots
from tests.site_builders import findings_of
from tests.streams.test_cross_bid_laws import histories as histories_of_lots

T = TypeVar("T")
_BOOK: Final = PolicyBook()
_MOST_SEEDS: Final = 20
_DRAWN: Final = settings(max_examples=200, database=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck])
LEADS: Final = {
    "C301": {"consistent", "mismatch high", "no_evidence"},
    "C302": {"consistent", "mismatch high", "no_evidence"},
    "C303": {"consistent", "mismatch medium", "no_evidence"},
    "D904": {"suspect medium"},
    "D903": {"consistent", "suspect medium", "no_evidence"},
    "E101": {"consistent", "exempt", "mismatch high", "suspect medium", "suspect low", "no_evidence"},
    "E102": {"consistent", "exempt", "mismatch medium", "suspect low", "no_evidence"},
    "E103": {"consistent", "mismatch high", "suspect low", "no_evidence"},
    "E104": {"consistent", "exempt", "suspect medium", "no_evidence"},
    "E105": {"consistent", "exempt", "suspect medium", "suspect low", "no_evidence"},
    "E106": {"consistent", "exempt", "mismatch high", "suspect medium", "no_evidence"},
    "E107": {"consistent", "suspect low", "no_evidence"},
    "E108": {"consistent", "mismatch high", "suspect low", "no_evidence"},
    "L201": {"consistent", "exempt", "mismatch high", "no_evidence"},
}
WON: Final = {
    "E109": {"exempt", "mismatch medium"},
    "L202": {"consistent", "mismatch high"},
    "L203": {"consistent", "suspect medium", "no_evidence"},
}
STAFF: Final = {"E110": {"consistent", "suspect low", "no_evidence"}}
LOTS: Final = {
    "T401": {"mismatch high", "suspect low"},
    "T402": {"mismatch high"},
    "T403": {"mismatch high", "suspect low"},
    "T404": {"suspect medium"},
    "T405": {"suspect medium"},
}
SITES: Final = {
    "S501": {"consistent", "mismatch high", "mismatch medium", "no_evidence"},
    "S502": {"consistent", "mismatch high", "mismatch medium"},
    "S503": {"consistent", "exempt", "mismatch high", "mismatch medium"},
    "S504": {"consistent", "mismatch high", "suspect low", "no_evidence"},
    "S505": {"consistent", "suspect low", "no_evidence"},
}
CASES: Final = {
    "A601": {"consistent", "mismatch medium", "suspect low", "no_evidence"},
    "A602": {"consistent", "suspect medium", "no_evidence"},
    "A603": {"consistent", "mismatch high", "no_evidence"},
    "A604": {"consistent", "suspect medium", "no_evidence"},
    "A605": {"consistent", "suspect medium", "no_evidence"},
    "A606": {"consistent", "mismatch medium", "no_evidence"},
    "A607": {"consistent", "suspect low"},
    "A608": {"consistent", "suspect low"},
}
NEVER_JUDGED_LIVE: Final = {"D901", "D902"}
"""Rules about sources, and the indicators R003 to R058: they are judged when somebody asks, and keep nothing."""


def missing(
    expected: dict[str, set[str]], strategy: st.SearchStrategy[T], look: Callable[[T], Iterable[Finding]]
) -> dict[str, set[str]]:
    """Which outcomes of which rules are not drawn, with the severity of clues."""
    left = {code: {*outcomes} for code, outcomes in expected.items()}

    # Hypothesis draws constants of the program too, so that a seed draws other examples after a change. A rare
    # outcome may need a few seeds.
    for number in range(_MOST_SEEDS):

        @seed(number)
        @_DRAWN
        @given(strategy)
        def draw(history: T) -> None:
            for found in look(history):
                name = f"{found.outcome} {found.severity}" if found.severity else str(found.outcome)
                left.get(found.rule, set()).discard(name)

        draw()
        if not any(left.values()):
            break
    return {code: outcomes for code, outcomes in left.items() if outcomes}


def test_each_outcome_of_each_rule_about_leads_is_drawn() -> None:
    drawn = st.tuples(told(), policies)
    assert missing(LEADS | STAFF, drawn, lambda history: _about_leads(in_order(history[0]), history[1])) == {}


def test_each_outcome_of_each_rule_about_won_lots_is_drawn() -> None:
    assert missing(WON, histories_of_won_lots(), _after_award) == {}


def test_each_outcome_of_each_rule_about_lots_and_payers_is_drawn() -> None:
    assert missing(LOTS, histories_of_lots(), _about_lots) == {}


def test_each_outcome_of_each_rule_about_sites_is_drawn() -> None:
    assert missing(SITES, histories_of_sites(), _on_sites) == {}


def test_each_outcome_of_each_rule_about_approval_cases_is_drawn() -> None:
    assert missing(CASES, histories_of_cases(), _of_cases) == {}


def test_no_rule_that_is_judged_live_is_left_out() -> None:
    live = {code for code in RULEBOOK if not code.startswith("R")} - NEVER_JUDGED_LIVE
    assert live == {*LEADS, *STAFF, *WON, *LOTS, *SITES, *CASES}


def _about_leads(facts: Sequence[RecordedFact], policies: PolicyBook) -> Iterator[Finding]:
    for case in _appointments(facts, policies):
        yield from judge(case)
    for lot in _lots(facts):
        of_lot = standing_of_lot(lot, facts)
        opened = lot_case(of_lot, policies=policies)
        assert opened is not None
        for unidentified in unidentified_lead_cases(opened, of_lot):
            yield from judge(unidentified)


def _standing(messages: Iterable[Message]) -> tuple[RecordedFact, ...]:
    """The standing facts of messages that all came at once."""
    said = [_as_intake_records(message) for message in messages if isinstance(message, dict)]
    parsed = [MESSAGES[message["type"]].model_validate(message) for message in said]
    return tuple(standing([RecordedFact(fact, number, LONG_AFTER) for number, fact in enumerate(parsed, 1)]))


def _as_intake_records(message: dict[str, Any]) -> dict[str, Any]:
    """With a note in the place of each lead that is missing."""
    recorded = deepcopy(message)
    content = recorded["data"]["replacement"] or {} if "replacement" in recorded["data"] else recorded
    for bid in content.get("data", {}).get("bids", ()):
        if "lead" not in bid:
            bid[LEAD_UNIDENTIFIED] = UNREAD.model_dump(mode="json")
    return recorded


def _renames(facts: Iterable[RecordedFact]) -> Renames:
    return Renames.of(fact.data for fact in facts if isinstance(fact.data, EmployerRenamed))


def _lots(facts: Iterable[RecordedFact]) -> list[str]:
    return sorted({fact.data.lot for fact in facts if isinstance(fact.data, BidOpened)})


def _followed(facts: Sequence[RecordedFact]) -> list[RecordedFact]:
    """What follows for leads from the facts about lots."""
    return [each.as_recorded() for lot in _lots(facts) for each in appointing(standing_of_lot(lot, facts))]


def _appointments(facts: Sequence[RecordedFact], policies: PolicyBook) -> Iterator[AppointmentCase]:
    """The cases of all leads, as the shard makes them from its follow-ups."""
    followed = _followed(facts)
    people = {fact.data.person.subject for fact in followed if isinstance(fact.data, LeadAppointed)}
    for person in sorted(people):
        own = [fact for fact in (*facts, *followed) if person in fact.data.subjects]
        yield from appointment_cases(
            own,
            facts,
            _renames(facts),
            project_facts=facts,
            policies=policies,
            now=LONG_AFTER,
            asking=asking_of(facts),
        )


def _after_award(messages: Iterable[Message]) -> Iterator[Finding]:
    facts = _standing(messages)
    followed = _followed(facts)
    if any(isinstance(fact.data, LeadAppointed) and fact.data.person == LEAD for fact in followed):
        case = won_of([*facts, *followed])
        yield from judge(case) if case else ()


def _about_lots(messages: Iterable[Message]) -> Iterator[Finding]:
    facts = _standing(messages)
    said = [each.as_recorded() for case in _appointments(facts, _BOOK) for each in statements_about(case)]
    statements = standing_statements(said)
    for lot in _lots(facts):
        case = lot_case(standing_of_lot(lot, facts), policies=_BOOK)
        assert case is not None
        of_lot = [fact for fact in statements if isinstance(fact.data, LeadInsured) and fact.data.lot == lot]
        yield from judge(case)
        for lead in insured_lead_cases(case, of_lot, _renames(facts)):
            yield from judge(lead)
    for payer in payer_cases(statements, _renames(facts), policies=_BOOK):
        yield from judge(payer)


def _on_sites(messages: Iterable[Message]) -> Iterator[Finding]:
    facts = _standing(messages)
    for person in (LEAD, SOMEONE_ELSE):
        own = [fact for fact in facts if person.subject in fact.data.subjects]
        history = SiteHistory.of(person.person_id, own, facts, policies=_BOOK, now=LONG_AFTER)
        yield from findings_of(history, asking_of(facts))


def _of_cases(messages: Iterable[Message]) -> Iterator[Finding]:
    facts, now = _standing(messages), approval_builders.LONG_AFTER
    ids = sorted({fact.data.case_id for fact in facts if isinstance(fact.data, ApprovalRecorded)})
    of_case = {each: [fact for fact in facts if f"case:{each}" in fact.data.subjects] for each in ids}
    asking = asking_of(facts)
    of_ids = (approval_case(each, of_case[each], policies=_BOOK, now=now, asking=asking) for each in ids)
    cases = [case for case in of_ids if case]
    for case in cases:
        yield from judge(case)
    decisions = [data for case in cases if (data := case_decided(case))]
    for subject in sorted({data.subject for data in decisions}):
        told = [recorded(data) for data in decisions if data.subject == subject]
        month = department_month(subject, told, policies=_BOOK, now=now)
        yield from judge(month) if month else ()
