"""Each evasion and each honest look-alike through the door: live, late, shuffled, doubled and after a correction."""

import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from domain.facts.bidding import (
    AwardAnnounced,
    Bid,
    BidOpened,
    Candidate,
    CandidatesAnnounced,
    Lead,
    LeadAppointed,
    LeadCandidacy,
)
from domain.facts.fact import FactData, Org
from infra.settings import Settings
from tests.builders import LEAD, SOMEONE_ELSE, a_bid, a_firm, a_payment
from tests.domain.test_evasions import EVASIONS, HONEST, History, told
from tests.monitor import Message, Monitor, correction, said

ALL = {**EVASIONS, **HONEST}
NUMBERS = {LEAD.person_id: "440106199003078513", SOMEONE_ELSE.person_id: "440106195503078511"}
"""The first was born in 1990."""
ABOUT_LEADS = ("C", "D903", "E", "L")
"""Other rules judge what an evasion does not tell of: lots, and whole months on a site."""


def at_the_door(data: FactData, id: str) -> Message:
    message = said(data, id)
    _name_people(message["data"])
    return message


def _name_people(data: Any) -> None:
    """With name and ID number, as sources send them; what intake adds itself is left out."""
    if isinstance(data, list):
        for each in data:
            _name_people(each)
    elif isinstance(data, dict):
        data.pop("of_retirement_age", None)
        for name, value in data.items():
            if isinstance(value, dict) and value.get("person_id") in NUMBERS:
                data[name] = {"name": "诸葛青云", "id_number": NUMBERS[value["person_id"]]}
            else:
                _name_people(value)


def from_outside(facts: Iterable[FactData]) -> list[FactData]:
    """The openings, candidates and awards from which the follow-ups of a history follow."""
    facts = list(facts)
    rivals = [_rival(key) for fact in facts if isinstance(fact, LeadAppointed) for key in fact.rivals]
    return [_cause(fact, rivals) for fact in facts]


def _rival(key: str) -> Bid:
    return a_bid(bidder=Org(name=f"投标人{key}", uscc=key), person=SOMEONE_ELSE, certificate_no="粤9")


def _cause(fact: FactData, rivals: Sequence[Bid]) -> FactData:
    if isinstance(fact, LeadAppointed):
        lead = Lead(person=fact.person, certificate_no=fact.certificate_no, qualification=fact.qualification)
        of_bid = {"person", "bidder", "consortium", "certificate_no", "qualification", "rivals"}
        of_opening = fact.model_dump(exclude=of_bid)
        return BidOpened(**of_opening, bids=(Bid(bidder=fact.bidder, consortium=fact.consortium, lead=lead), *rivals))
    if isinstance(fact, LeadCandidacy):
        tender_id, lot_id, at = fact.tender_id, fact.lot_id, fact.announced_at
        if fact.rank is None:
            return AwardAnnounced(tender_id=tender_id, lot_id=lot_id, awarded_at=at, bidder=fact.bidder)
        candidates = (Candidate(rank=fact.rank, bidder=fact.bidder),)
        return CandidatesAnnounced(tender_id=tender_id, lot_id=lot_id, announced_at=at, candidates=candidates)
    return fact


def messages(history: History) -> list[Message]:
    facts = from_outside(fact.data for fact in told(history))
    return [at_the_door(data, f"m{number}") for number, data in enumerate(facts)]


def found(folder: Path, history: History, *batches: Sequence[Message]) -> frozenset[tuple[str, str, str]]:
    """What is open about the lead of the history after these batches; a rival's lead is nobody's business here."""
    bidder = next(fact.data.bidder.key for fact in told(history) if isinstance(fact.data, LeadAppointed))
    policies = Settings.model_validate({"data": folder, "policy": {"default": history.policy}})
    monitor = Monitor(policies)
    for batch in batches:
        monitor.send(*batch)
        monitor.clock.pass_by(hours=1)
    clues = {(clue.rule, clue.outcome, clue.severity) for clue in monitor.open_clues() if clue.bidder == bidder}
    monitor.close()
    return frozenset(clue for clue in clues if clue[0].startswith(ABOUT_LEADS))


@pytest.mark.parametrize("name", ALL)
def test_it_is_found_or_not_however_its_messages_arrive(name: str, tmp_path: Path) -> None:
    history = ALL[name]
    sent = messages(history)
    live = [[message] for message in sent]
    late = [sent[:1], sent[1:]] if len(sent) > 1 else [sent]
    shuffled = [[message] for message in random.Random(7).sample(sent, len(sent))]
    wrong = at_the_door(a_payment(payer=a_firm("湛江误录建设有限公司", 33)), "wrong")
    corrected: list[list[Message]] = [[*sent, wrong], [correction("mended", "wrong")]]
    ways: dict[str, list[list[Message]]] = {
        "live": live,
        "late": late,
        "shuffled": shuffled,
        "doubled": [sent, sent],
        "corrected": corrected,
    }
    assert {way: found(tmp_path / way, history, *batches) for way, batches in ways.items()} == dict.fromkeys(
        ways, history.found
    )
