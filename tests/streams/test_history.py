"""Quiet history: what is loaded from the past is recorded and judged, and pushed to nobody.

The supervisor of a place gets one summary of a load.
"""

import json
import random
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, Table, select

from alerts.inbox import Notice, inbox
from alerts.recipients import Occasion
from alerts.tables import NOTICES
from domain.access import Actor, Role
from domain.facts.bidding import Candidate, CandidatesAnnounced
from infra.installation import Installation
from infra.rebuilding import Rebuilding
from streams.cluster.placement import Placement
from tests.builders import (
    BIDDER,
    RIVAL,
    SOMEONE_ELSE,
    TENDERER,
    THIRD,
    a_bid,
    a_bid_opening,
    a_register_closed,
    payments,
)
from tests.monitor import START, Clock, Message, Monitor, correction, said
from tests.shards import Shards

SUPERVISOR = Actor(Role.SUPERVISOR, "广州市监管处", jurisdiction="440100")
BY_BIDDER = Actor(Role.BIDDER, "宏图建设", uscc=BIDDER.uscc)
BY_TENDERER = Actor(Role.TENDERER, "交投集团", uscc=TENDERER.uscc)
DAYS_AGO = START - timedelta(days=10)
"""The opening of these tests: recent when it is recorded."""
MONTHS = ("2025-08", "2025-09", "2025-10")

OPENING = said(a_bid_opening(opened_at=DAYS_AGO.isoformat()), "opening")
PAID = tuple(said(data, f"paid-{data.month}") for data in payments(RIVAL, MONTHS))
CANDIDATES = said(
    CandidatesAnnounced(
        tender_id="T-2025-001",
        lot_id="1",
        announced_at=START - timedelta(days=1),
        candidates=(Candidate(rank=1, bidder=BIDDER),),
    ),
    "candidates",
)


def as_history(*messages: dict[str, object]) -> list[Message]:
    return [{**message, "history": "true"} for message in messages]


def notices(monitor: Monitor, reader: Actor) -> list[Notice]:
    with monitor.read() as connection:
        return inbox(connection, reader)


def occasions(monitor: Monitor, reader: Actor) -> set[Occasion]:
    return {notice.occasion for notice in notices(monitor, reader)}


def end_of_load(monitor: Monitor) -> None:
    monitor.clock.pass_by(minutes=6)
    while monitor.shard.let_time_pass():
        pass


def test_history_is_judged_and_pushed_to_nobody(monitor: Monitor) -> None:
    monitor.send_each(*as_history(OPENING, *PAID, CANDIDATES))

    assert "E101" in monitor.open_rules()
    assert monitor.rows(NOTICES) == []


def test_the_same_facts_live_are_pushed(monitor: Monitor) -> None:
    monitor.send_each(OPENING, *PAID, CANDIDATES)

    assert Occasion.RAISED in occasions(monitor, BY_BIDDER)
    assert Occasion.CANDIDATE in occasions(monitor, BY_TENDERER)
    assert Occasion.HISTORY_LOADED not in occasions(monitor, SUPERVISOR)


def test_the_supervisor_gets_one_summary_of_a_load(monitor: Monitor) -> None:
    monitor.send_each(*as_history(OPENING, *PAID, CANDIDATES))
    end_of_load(monitor)

    (summary,) = notices(monitor, SUPERVISOR)
    standing = sorted((row.rule, row.severity, 1) for row in monitor.clues().values() if row.status == "raised")
    assert summary.occasion is Occasion.HISTORY_LOADED
    assert summary.content.load is not None
    assert list(summary.content.load.counts) == standing
    assert len(monitor.rows(NOTICES)) == 1


@pytest.mark.parametrize("seed", range(6))
def test_the_summary_is_the_same_in_any_order_of_the_load(monitor: Monitor, seed: int) -> None:
    load = as_history(OPENING, *PAID, CANDIDATES)
    shuffled = random.Random(seed).sample([*load, *load], 2 * len(load))
    monitor.send_each(*shuffled)
    end_of_load(monitor)

    (summary,) = notices(monitor, SUPERVISOR)
    assert summary.content.load is not None
    assert sorted(summary.content.load.counts) == sorted(
        (row.rule, row.severity, 1) for row in monitor.clues().values() if row.status == "raised"
    )


def test_a_second_load_has_a_summary_of_its_own(monitor: Monitor) -> None:
    monitor.send(*as_history(OPENING, *PAID))
    end_of_load(monitor)
    again = said(a_bid_opening(lot_id="2", opened_at=DAYS_AGO.isoformat()), "second")
    monitor.send(*as_history(again))
    end_of_load(monitor)

    first, second = notices(monitor, SUPERVISOR)
    assert first.content.load == second.content.load or second.content.load is not None
    assert first.clue_id != second.clue_id


def test_a_rebuild_tells_the_same(monitor: Monitor) -> None:
    monitor.send_each(*as_history(OPENING, *PAID))
    end_of_load(monitor)
    monitor.send(CANDIDATES)

    Rebuilding(monitor.installation).rebuild()


def test_a_live_announcement_makes_an_old_clue_news_to_all(monitor: Monitor) -> None:
    monitor.send(*as_history(OPENING, *PAID))
    monitor.send(CANDIDATES)

    assert occasions(monitor, BY_TENDERER) == {Occasion.CANDIDATE}
    assert occasions(monitor, BY_BIDDER) == {Occasion.RAISED}
    assert occasions(monitor, SUPERVISOR) == {Occasion.RAISED}


def test_a_live_payment_that_raises_a_clue_about_an_opening_of_the_past_is_news(monitor: Monitor) -> None:
    monitor.send(*as_history(OPENING))
    monitor.send(*PAID)

    assert "E101" in {notice.content.rule for notice in notices(monitor, BY_BIDDER)}


def test_payments_of_the_past_do_not_silence_an_opening_that_comes_live(monitor: Monitor) -> None:
    monitor.send(*as_history(*PAID))
    monitor.send(OPENING)

    assert "E101" in {notice.content.rule for notice in notices(monitor, BY_BIDDER)}


def test_payments_of_the_past_that_come_after_a_live_opening_push_nothing_new(monitor: Monitor) -> None:
    monitor.send(OPENING)
    before = len(monitor.rows(NOTICES))
    monitor.send(*as_history(*PAID))

    told = {notice.content.rule for notice in notices(monitor, BY_BIDDER) if notice.occasion is Occasion.RAISED}
    assert "E101" in monitor.open_rules()
    assert "E101" not in told
    assert before <= len(monitor.rows(NOTICES))


def test_of_a_withdrawal_nobody_is_told_who_was_not_told_of_the_clue(monitor: Monitor) -> None:
    monitor.send(*as_history(OPENING, *PAID))
    monitor.send(correction("corrected", "opening"))

    assert monitor.open_rules() == set()
    assert monitor.rows(NOTICES) == []


def test_history_that_ends_a_clue_is_told_to_those_who_were_told_of_it(monitor: Monitor) -> None:
    monitor.send(OPENING, *PAID)
    told = {(notice.clue_id, notice.recipient) for notice in notices(monitor, BY_BIDDER)}
    monitor.send(*as_history(correction("corrected", "opening")))

    ended = {
        (notice.clue_id, notice.recipient)
        for notice in notices(monitor, BY_BIDDER)
        if notice.occasion is Occasion.WITHDRAWN
    }
    assert told
    assert ended == told


def test_what_a_load_raised_and_withdrew_is_in_no_summary(monitor: Monitor) -> None:
    monitor.send_each(*as_history(OPENING, *PAID, correction("corrected", "opening")))
    end_of_load(monitor)

    assert monitor.rows(NOTICES) == []


def test_history_that_repeats_what_came_live_is_a_duplicate(monitor: Monitor) -> None:
    monitor.send(OPENING)
    receipt = monitor.send(*as_history(OPENING))

    assert (receipt.duplicates, receipt.quarantined) == (1, [])


def test_other_words_under_a_known_id_are_a_conflict_as_history_too(monitor: Monitor) -> None:
    monitor.send(OPENING)
    receipt = monitor.send(*as_history(said(a_bid_opening(title="另一工程"), "opening")))

    assert (receipt.duplicates, len(receipt.quarantined)) == (0, 1)


@pytest.mark.parametrize("written", ["true", True])
def test_the_mark_is_text_or_a_json_boolean(monitor: Monitor, written: object) -> None:
    monitor.send({**OPENING, "history": written}, *({**paid, "history": written} for paid in PAID))

    assert monitor.rows(NOTICES) == []
    assert "E101" in monitor.open_rules()


@pytest.mark.parametrize("written", ["false", False])
def test_a_mark_that_says_no_is_as_none(monitor: Monitor, written: object) -> None:
    monitor.send({**OPENING, "history": written}, *({**paid, "history": written} for paid in PAID))

    assert "E101" in {notice.content.rule for notice in notices(monitor, BY_BIDDER)}


def test_another_mark_is_refused_with_its_field(monitor: Monitor) -> None:
    ((refusal, _),) = monitor.send({**OPENING, "history": "yes"}).quarantined

    assert [(error.field, error.code) for error in refusal.errors] == [("history", "flag")]


def test_an_opening_that_is_old_when_recorded_is_no_news_to_bidder_and_tenderer(monitor: Monitor) -> None:
    old = said(a_bid_opening(opened_at=(START - timedelta(days=91)).isoformat()), "old")
    months = ("2025-06", "2025-07", "2025-08")
    monitor.send(old, *(said(data, f"old-{data.month}") for data in payments(RIVAL, months)), CANDIDATES)

    assert "E101" in {notice.content.rule for notice in notices(monitor, SUPERVISOR)}
    assert notices(monitor, BY_BIDDER) == notices(monitor, BY_TENDERER) == []


def test_an_opening_of_ninety_days_is_told(monitor: Monitor) -> None:
    old = said(a_bid_opening(opened_at=(START - timedelta(days=90)).isoformat()), "old")
    months = ("2025-06", "2025-07", "2025-08")
    monitor.send(old, *(said(data, f"old-{data.month}") for data in payments(RIVAL, months)))

    assert "E101" in {notice.content.rule for notice in notices(monitor, BY_BIDDER)}


def test_an_investigation_of_an_old_opening_is_told_to_the_bidder(monitor: Monitor) -> None:
    old = said(a_bid_opening(opened_at=(START - timedelta(days=91)).isoformat()), "old")
    months = ("2025-06", "2025-07", "2025-08")
    monitor.send(old, *(said(data, f"old-{data.month}") for data in payments(RIVAL, months)))
    monitor.decide(monitor.clues()["E101"].clue_id, "investigate")

    assert occasions(monitor, BY_BIDDER) == {Occasion.INVESTIGATION_OPENED}


def test_a_correction_after_months_does_not_make_an_opening_old(monitor: Monitor) -> None:
    monitor.send(OPENING, *PAID)
    monitor.clock.pass_by(days=200)
    renamed = a_bid_opening(opened_at=DAYS_AGO.isoformat(), title="更正后的标题", bids=(a_bid(),))
    monitor.send(correction("corrected", "opening", renamed))
    monitor.send(CANDIDATES)

    assert Occasion.CANDIDATE in occasions(monitor, BY_TENDERER)


def test_acknowledging_a_clue_of_the_past_tells_nobody(monitor: Monitor) -> None:
    monitor.send(*as_history(OPENING, *PAID))
    monitor.decide(monitor.clues()["E101"].clue_id, "acknowledge")

    assert monitor.rows(NOTICES) == []


def test_an_explanation_of_a_clue_of_the_past_reaches_the_supervisor(monitor: Monitor) -> None:
    monitor.send(*as_history(OPENING, *PAID))
    monitor.decide(monitor.clues()["E101"].clue_id, "explain", "合同与工资单齐全", BY_BIDDER)

    assert occasions(monitor, SUPERVISOR) == {Occasion.EXPLAINED}


@pytest.mark.parametrize("placement", [Placement(4, 2), Placement(9, 3)])
@pytest.mark.parametrize("seed", range(3))
def test_several_shards_push_nothing_and_give_one_summary(tmp_path: Path, placement: Placement, seed: int) -> None:
    clock, chance = Clock(), random.Random(seed)
    load = as_history(*_of_two_people())
    shards = Shards(tmp_path, tmp_path / "keys", placement, clock)
    for message in chance.sample(load, len(load)):
        shards.send(chance.randrange(placement.shards), message)
        if chance.random() < 0.5:
            shards.carry(chance.randrange(placement.shards))
    shards.carry_all()
    told = [row for installation in shards.installations for row in rows(installation, NOTICES)]
    clock.pass_by(minutes=6)
    shards.let_time_pass()

    standing = Counter((row.rule, row.severity) for row in shards.clue_rows())
    (notice,) = [row for installation in shards.installations for row in rows(installation, NOTICES)]
    counts = json.loads(notice.content)["load"]["counts"]
    for installation in shards.installations:
        Rebuilding(installation).rebuild()
    shards.close()
    assert told == []
    assert len(standing) > 1
    assert {(rule, severity): number for rule, severity, number in counts} == dict(standing)


def _of_two_people() -> list[dict[str, Any]]:
    """An opening with two leads, both insured by others and not registered; each may be at home in another shard."""
    bids = (a_bid(), a_bid(bidder=THIRD, person=SOMEONE_ELSE, certificate_no="粤2"))
    opening = said(a_bid_opening(opened_at=DAYS_AGO.isoformat(), bids=bids), "opening")
    paid = [*payments(RIVAL, MONTHS), *payments(RIVAL, MONTHS, person=SOMEONE_ELSE)]
    closed = said(a_register_closed(), "closed")
    return [opening, closed, *(said(data, f"paid-{number}") for number, data in enumerate(paid))]


def rows(installation: Installation, table: Table) -> list[Row[Any]]:
    with installation.database.read() as connection:
        return list(connection.execute(select(table)))


def test_either_database_keeps_history_quiet_and_is_rebuilt_alike(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.send_each(*as_history(OPENING, *PAID, CANDIDATES))
    end_of_load(monitor_anywhere)

    assert len(monitor_anywhere.rows(NOTICES)) == 1
    Rebuilding(monitor_anywhere.installation).rebuild()
