"""Parties that an opening names without a code: joined with the code that another fact gives, told then, and listed.

Each test is about one firm by name. Who signs in under its code sees and hears what concerns it, whichever fact
came first.
"""

import random
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from alerts.inbox import Notice, inbox
from alerts.recipients import Occasion
from alerts.undeliverable import undeliverable
from domain.access import Actor, Role
from domain.facts.bidding import AwardAnnounced, Candidate, CandidatesAnnounced
from domain.facts.fact import FactData, Org
from infra.rebuilding import Rebuilding
from projections.questions import clue_queries
from streams.cluster.placement import Placement
from tests.builders import (
    BIDDER,
    FOURTH,
    RIVAL,
    SOMEONE_ELSE,
    TENDERER,
    a_bid,
    a_bid_opening,
    a_firm,
    a_licence,
    a_registration,
    a_renaming,
    payments,
)
from tests.monitor import START, Clock, Monitor, correction, said
from tests.shards import Shards

DAYS_AGO = START - timedelta(days=10)
MONTHS = ("2025-08", "2025-09", "2025-10")
NAMED = Org(name=BIDDER.name)
TENDERER_NAMED = Org(name=TENDERER.name)
BY_BIDDER = Actor(Role.BIDDER, "宏图建设", uscc=BIDDER.uscc)
BY_TENDERER = Actor(Role.TENDERER, "交投集团", uscc=TENDERER.uscc)
SUPERVISOR = Actor(Role.SUPERVISOR, "广州市监管处", jurisdiction="440100")
OTHER_CODE = a_firm(BIDDER.name, 77)
"""Another firm of the same name."""


def opened(**given: Any) -> FactData:
    given = {"bids": (a_bid(bidder=NAMED),), "tenderer": TENDERER_NAMED, "opened_at": DAYS_AGO, **given}
    return a_bid_opening(**given)


def elsewhere(bidder: Org = BIDDER, tenderer: Org = TENDERER, *, lot: str = "9") -> FactData:
    """Another lot, whose opening names both with their codes."""
    bids = (a_bid(bidder=bidder, person=SOMEONE_ELSE, certificate_no="粤9"),)
    return a_bid_opening(lot_id=lot, bids=bids, tenderer=tenderer, opened_at=DAYS_AGO)


def announced(bidder: Org = NAMED, lot: str = "1") -> FactData:
    return CandidatesAnnounced(
        tender_id="T-2025-001",
        lot_id=lot,
        announced_at=START - timedelta(days=1),
        candidates=(Candidate(rank=1, bidder=bidder),),
    )


OPENING = said(opened(), "opening")
PAID = tuple(said(data, f"paid-{data.month}") for data in payments(RIVAL, MONTHS))
CANDIDATES = said(announced(), "candidates")
ELSEWHERE = said(elsewhere(), "elsewhere")


def notices(monitor: Monitor, reader: Actor) -> list[Notice]:
    with monitor.read() as connection:
        return inbox(connection, reader)


def told(monitor: Monitor, reader: Actor) -> set[tuple[str | None, Occasion]]:
    """Rules and occasions, of the lot named without codes."""
    return {(each.content.rule, each.occasion) for each in notices(monitor, reader) if each.content.lot_id == "1"}


def seen(monitor: Monitor, reader: Actor) -> set[str]:
    """The rules of the clues that the reader finds in its list, of the lot named without codes."""
    with monitor.read() as connection:
        listed = clue_queries.clues(connection, reader).items
    return {clue.rule for clue in listed if clue.lot_id == "1" and clue.status != "withdrawn"}


def not_delivered(monitor: Monitor) -> set[tuple[str, str | None]]:
    with monitor.read() as connection:
        found = undeliverable(connection, SUPERVISOR)
    return {(str(each.recipient.role), each.content.rule) for each in found if each.content.lot_id == "1"}


def test_without_a_code_nobody_hears_and_the_notices_are_listed(monitor: Monitor) -> None:
    monitor.send(OPENING, *PAID, CANDIDATES)

    assert notices(monitor, BY_BIDDER) == notices(monitor, BY_TENDERER) == []
    assert {("bidder", "E101"), ("tenderer", "E101")} <= not_delivered(monitor)


@pytest.mark.parametrize(
    "giving",
    [
        elsewhere(),
        announced(BIDDER),
        AwardAnnounced(tender_id="T-2025-001", lot_id="1", awarded_at=START, bidder=BIDDER),
        announced(BIDDER, lot="7"),
        a_licence(),
        a_renaming(),
        a_renaming(old_name=BIDDER.name, new_name="广州新名建设有限公司"),
        a_registration(),
        payments(BIDDER, MONTHS[:1])[0],
        elsewhere(a_firm("广州宏图建设工程有限责任公司", 1)),
        elsewhere(Org(name="广州新名建设有限公司", uscc=BIDDER.uscc, aliases=(BIDDER.name,))),
    ],
    ids=lambda data: data.KIND,
)
@pytest.mark.parametrize("first", [True, False], ids=["known before", "known later"])
def test_a_bidder_is_joined_with_the_code_that_another_fact_gives(
    monitor: Monitor, giving: FactData, *, first: bool
) -> None:
    of_lot, code = (OPENING, *PAID), (said(giving, "code"),)
    for messages in (code, of_lot) if first else (of_lot, code):
        monitor.send(*messages)

    heard = told(monitor, BY_BIDDER)
    assert {rule for rule, _ in heard} >= seen(monitor, BY_BIDDER) != set()
    assert {occasion for _, occasion in heard} <= {Occasion.RAISED, Occasion.REVISED, Occasion.WITHDRAWN}
    assert "bidder" not in {role for role, _ in not_delivered(monitor)}


@pytest.mark.parametrize("first", [True, False], ids=["known before", "known later"])
def test_a_tenderer_is_joined_too_and_hears_of_its_candidates(monitor: Monitor, *, first: bool) -> None:
    of_lot = (OPENING, *PAID, CANDIDATES)
    for messages in ((ELSEWHERE,), of_lot) if first else (of_lot, (ELSEWHERE,)):
        monitor.send(*messages)

    assert ("E101", Occasion.CANDIDATE) in told(monitor, BY_TENDERER)
    assert "E101" in seen(monitor, BY_TENDERER)
    assert not_delivered(monitor) == set()


def test_in_any_order_the_same_parties_know_the_same_clues(monitor: Monitor, tmp_path: Path) -> None:
    messages = [OPENING, *PAID[:1], CANDIDATES, ELSEWHERE]
    found = set()
    for number, order in enumerate(permutations(messages)):
        other = Monitor(monitor.settings.model_copy(update={"data": tmp_path / str(number)}))
        other.send_each(*order, *order[:2])
        found.add((frozenset(seen(other, BY_BIDDER)), frozenset(seen(other, BY_TENDERER)), other.open_clues()))
        assert not_delivered(other) == set()
        Rebuilding(other.installation).rebuild()
        other.close()
    assert len(found) == 1


def test_a_name_with_two_codes_is_not_joined(monitor: Monitor) -> None:
    monitor.send(ELSEWHERE, said(elsewhere(OTHER_CODE, lot="8"), "another"))
    monitor.send(OPENING, *PAID)

    assert told(monitor, BY_BIDDER) == set()
    assert seen(monitor, BY_BIDDER) == set()
    assert ("bidder", "E101") in not_delivered(monitor)


def test_a_second_code_that_comes_later_ends_the_joining(monitor: Monitor) -> None:
    monitor.send(ELSEWHERE, OPENING, *PAID)
    assert "E101" in seen(monitor, BY_BIDDER)
    monitor.send(said(elsewhere(OTHER_CODE, lot="8"), "another"))

    assert seen(monitor, BY_BIDDER) == set()
    assert ("E101", Occasion.HANDED_OVER) in told(monitor, BY_BIDDER)


def test_a_correction_of_one_of_two_codes_joins_the_other(monitor: Monitor) -> None:
    monitor.send(ELSEWHERE, said(elsewhere(OTHER_CODE, lot="8"), "another"), OPENING, *PAID)
    monitor.send(correction("corrected", "another"))

    assert ("E101", Occasion.RAISED) in told(monitor, BY_BIDDER)
    assert "E101" in seen(monitor, BY_BIDDER)
    Rebuilding(monitor.installation).rebuild()


def test_a_correction_that_comes_before_what_it_retracts_leaves_no_code(monitor: Monitor) -> None:
    monitor.send(correction("corrected", "elsewhere"))
    monitor.send(ELSEWHERE)
    monitor.send(OPENING, *PAID)

    assert told(monitor, BY_BIDDER) == set()
    Rebuilding(monitor.installation).rebuild()


def test_a_firm_of_a_like_name_is_not_joined(monitor: Monitor) -> None:
    """Probably the same is not the same."""
    monitor.send(said(elsewhere(a_firm("广州宏图建设工程股份有限公司", 1)), "alike"), OPENING, *PAID)

    assert told(monitor, BY_BIDDER) == set()
    assert ("bidder", "E101") in not_delivered(monitor)


def test_a_rival_hears_nothing_of_a_firm_that_is_joined(monitor: Monitor) -> None:
    monitor.send(ELSEWHERE, OPENING, *PAID, CANDIDATES)

    assert told(monitor, Actor(Role.BIDDER, "泰和市政", uscc=RIVAL.uscc)) == set()
    assert told(monitor, Actor(Role.BIDDER, "云海建筑", uscc=FOURTH.uscc)) == set()


def test_a_withdrawn_clue_is_not_told_when_the_code_becomes_known(monitor: Monitor) -> None:
    monitor.send(OPENING, *PAID)
    monitor.send(correction("corrected", "opening"))
    monitor.send(ELSEWHERE)

    assert told(monitor, BY_BIDDER) == set()
    assert not_delivered(monitor) == set()


def test_a_confirmation_is_delivered_when_the_code_becomes_known(monitor: Monitor) -> None:
    monitor.send(OPENING, *PAID)
    clue_id = monitor.clues()["E101"].clue_id
    monitor.decide(clue_id, "investigate")
    monitor.decide(clue_id, "confirm", "工资与社保均由他单位发放")
    monitor.send(ELSEWHERE)

    assert ("E101", Occasion.CONFIRMED) in told(monitor, BY_BIDDER)


def test_history_that_gives_the_code_delivers_what_was_undeliverable(monitor: Monitor) -> None:
    monitor.send(OPENING, *PAID)
    monitor.send({**ELSEWHERE, "history": "true"})

    assert ("E101", Occasion.RAISED) in told(monitor, BY_BIDDER)


def test_a_code_delivers_nothing_of_what_history_raised(monitor: Monitor) -> None:
    monitor.send(*({**message, "history": "true"} for message in (OPENING, *PAID)))
    monitor.send(ELSEWHERE)

    assert told(monitor, BY_BIDDER) == set()
    assert "E101" in seen(monitor, BY_BIDDER)
    assert not_delivered(monitor) == set()


OLD_NAME = "广州旧名建设有限公司"
RENAMED = said(a_renaming(old_name=OLD_NAME, on="2025-11-25"), "renamed")


@pytest.mark.parametrize("bidder", [BIDDER, NAMED], ids=["with code", "by name"])
@pytest.mark.parametrize("seed", range(4))
def test_a_candidate_under_its_old_name_is_joined_by_the_renaming(monitor: Monitor, bidder: Org, seed: int) -> None:
    bids = (a_bid(bidder=bidder), a_bid(bidder=FOURTH, person=SOMEONE_ELSE, certificate_no="粤9"))
    opening = said(opened(bids=bids, tenderer=TENDERER), "opening")
    old = said(announced(Org(name=OLD_NAME)), "old")
    messages = [opening, *PAID, old, RENAMED]
    monitor.send_each(*random.Random(seed).sample(messages, len(messages)))

    assert ("E101", Occasion.CANDIDATE) in told(monitor, BY_TENDERER)
    Rebuilding(monitor.installation).rebuild()


def test_without_the_renaming_a_candidate_under_another_name_is_nobody_here(monitor: Monitor) -> None:
    opening = said(opened(bids=(a_bid(),), tenderer=TENDERER), "opening")
    monitor.send(opening, *PAID, said(announced(Org(name=OLD_NAME)), "old"))

    assert told(monitor, BY_TENDERER) == set()


def test_a_renaming_that_is_retracted_and_said_again_makes_the_candidate_again(monitor: Monitor) -> None:
    opening = said(opened(bids=(a_bid(),), tenderer=TENDERER), "opening")
    monitor.send(opening, *PAID, said(announced(Org(name=OLD_NAME)), "old"), RENAMED)
    assert monitor.clues()["E101"].candidate
    monitor.send(correction("wrong", "renamed"))
    assert not monitor.clues()["E101"].candidate
    monitor.send({**RENAMED, "id": "renamed-again"})
    assert monitor.clues()["E101"].candidate
    Rebuilding(monitor.installation).rebuild()


@pytest.mark.parametrize("placement", [Placement(4, 2), Placement(9, 3)])
@pytest.mark.parametrize("seed", range(4))
def test_several_shards_join_what_one_joins(tmp_path: Path, placement: Placement, seed: int) -> None:
    clock, chance = Clock(), random.Random(seed)
    shards = Shards(tmp_path, tmp_path / "keys", placement, clock)
    messages = [OPENING, *PAID, said(announced(Org(name=OLD_NAME)), "old"), RENAMED, ELSEWHERE]
    for message in chance.sample(messages, len(messages)):
        shards.send(chance.randrange(placement.shards), message)
        if chance.random() < 0.5:
            shards.carry(chance.randrange(placement.shards))
    shards.carry_all()
    (row,) = [row for row in shards.clue_rows() if row.rule == "E101" and row.lot_id == "1"]
    occasions = set()
    for installation in shards.installations:
        with installation.database.read() as connection:
            occasions |= {notice.occasion for notice in inbox(connection, BY_TENDERER) if notice.content.lot_id == "1"}
        Rebuilding(installation).rebuild()
    shards.close()
    assert (row.bidder_key, row.tenderer_key, row.candidate) == (BIDDER.uscc, TENDERER.uscc, True)
    assert Occasion.CANDIDATE in occasions


def test_either_database_joins_a_party_with_its_code_and_is_rebuilt_alike(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.send(OPENING, *PAID, CANDIDATES)
    assert {("bidder", "E101"), ("tenderer", "E101")} <= not_delivered(monitor_anywhere)
    monitor_anywhere.send(ELSEWHERE)

    assert ("E101", Occasion.RAISED) in told(monitor_anywhere, BY_BIDDER)
    assert not_delivered(monitor_anywhere) == set()
    Rebuilding(monitor_anywhere.installation).rebuild()


def test_a_clue_in_peoples_hands_keeps_the_code_when_its_evidence_is_gone(monitor: Monitor) -> None:
    """What is no clue any more is still about the same parties."""
    monitor.send(ELSEWHERE, OPENING, *PAID)
    clue_id = monitor.clues()["E101"].clue_id
    monitor.decide(clue_id, "investigate")
    monitor.send(*(correction(f"corrected-{message['id']}", str(message["id"])) for message in PAID))

    assert monitor.clues()["E101"].evidence_changed
    assert "E101" in seen(monitor, BY_BIDDER)
    Rebuilding(monitor.installation).rebuild()


def test_where_there_is_no_clue_nobody_asks_for_the_code_of_a_party(monitor: Monitor) -> None:
    """Each opening has leads by the dozen, and nearly all of them are in order."""
    asked: list[str] = []
    engine = monitor.installation.database.engine
    event.listen(engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
    in_order = opened(bids=(a_bid(bidder=BIDDER),))
    monitor.send(said(in_order, "in order"), *(said(data, f"own-{data.month}") for data in payments(BIDDER, MONTHS)))
    before = [statement for statement in asked if "min(named_parties.code)" in statement]
    monitor.send(*PAID)

    assert before == []
    assert any("min(named_parties.code)" in statement for statement in asked)
