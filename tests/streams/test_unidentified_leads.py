"""A bid without an identified lead, from the door to the clue and back, in whatever order everything comes."""

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import pytest

from alerts.inbox import sent
from domain.evidence.recorded import EVERYTHING, Knowledge
from domain.facts.bidding import Candidate, CandidatesAnnounced
from domain.facts.fact import Org
from domain.policy import PolicyBook
from domain.rule import FindingOutcome
from infra.rebuilding import Rebuilding
from infra.settings import Settings
from projections.boards.clue_board import CLUES
from projections.questions.comparison import comparison
from projections.questions.replayed import lot_replay
from streams.cluster.placement import Placement
from streams.intake.quarantine import Status
from streams.node.commands import Resubmit
from streams.node.node import IngestReceipt
from tests.builders import BIDDER, RIVAL, THIRD, a_payment, a_registration, a_renaming, payments
from tests.monitor import OPERATOR, SUPERVISOR, Message, Monitor, as_bytes, correction, said
from tests.opening_builders import (
    OTHER_NUMBER,
    THIRD_NUMBER,
    WRONG_NUMBER,
    an_opening_at_the_door,
    with_wrong_number,
)
from tests.streams.intake.test_intake import ID_NUMBER, NAME
from tests.streams.test_shards import Arrival, found_by_one, found_by_several

ANNOUNCED = said(
    CandidatesAnnounced(
        tender_id="T-2025-001",
        lot_id="1",
        announced_at=datetime.fromisoformat("2025-06-25T10:00:00+08:00"),
        candidates=(Candidate(rank=1, bidder=RIVAL),),
    ),
    "candidates",
)


def insured(number: str, payer: Org) -> list[dict[str, Any]]:
    """The look-back months of a person by ID number, paid by ``payer``, and a registration with it."""
    person = {"name": NAME, "id_number": number}
    facts = [said(each, f"{number[-4:]}-{each.month}") for each in payments(payer)]
    facts.append(said(a_registration(employer=payer), f"{number[-4:]}-registered"))
    for fact in facts:
        fact["data"]["person"] = dict(person)
    return facts


EVIDENCE = [*insured(ID_NUMBER, BIDDER), *insured(OTHER_NUMBER, THIRD)]
"""The first lead belongs to its bidder; the second, once the number is right, to a stranger."""


def corrected(id: str = "fixed", of: str = "b1") -> dict[str, Any]:
    message = correction(id, of)
    opening = an_opening_at_the_door()
    message["data"]["replacement"] = {"type": opening["type"], "data": opening["data"]}
    return message


def found(monitor: Monitor) -> set[tuple[str, str | None]]:
    """The open clues of bidders by name, but for certificates, about which nobody sent anything."""
    names = {BIDDER.uscc: "bidder", RIVAL.uscc: "rival", THIRD.uscc: "third", None: None}
    return {(clue.rule, names[clue.bidder]) for clue in monitor.open_clues() if clue.rule[0] in "DET"}


@contextmanager
def a_monitor() -> Iterator[Monitor]:
    with TemporaryDirectory() as folder:
        opened = Monitor(Settings(data=Path(folder) / "data"))
        try:
            yield opened
        finally:
            opened.close()


def test_the_other_bids_of_the_lot_are_judged_and_the_unknown_lead_is_asked_about(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.send(*EVIDENCE, *insured(THIRD_NUMBER, BIDDER))
    monitor_anywhere.send(with_wrong_number(an_opening_at_the_door()))
    assert {("D904", "rival"), ("E101", "third"), ("E108", "third")} <= found(monitor_anywhere)
    assert {bidder for _, bidder in found(monitor_anywhere)} <= {"rival", "third", None}


def test_the_bidder_and_the_supervisor_are_asked_and_nobody_else(monitor: Monitor) -> None:
    monitor.clock.moment = datetime.fromisoformat("2025-06-18T12:00:00+08:00")
    receipt = monitor.send(with_wrong_number(an_opening_at_the_door()))
    (judgement,) = (each for each in receipt.judgements if each.findings and each.findings[0].rule == "D904")
    assert judgement.context.bidder == RIVAL
    with monitor.read() as connection:
        (clue,) = (row for row in monitor.rows(CLUES) if row.rule == "D904")
        told = {(notice.recipient.role, notice.recipient.key) for notice in sent(connection, clue.clue_id)}
    assert told == {("bidder", RIVAL.uscc), ("supervisor", "440100")}


def test_a_correction_withdraws_the_question_and_judges_the_lead_as_if_it_had_come_at_first(
    monitor_anywhere: Monitor,
) -> None:
    monitor = monitor_anywhere
    monitor.send(*EVIDENCE)
    monitor.send(with_wrong_number(an_opening_at_the_door()))
    monitor.send(corrected())
    clues = {row.rule: row for row in monitor.rows(CLUES) if row.bidder_key == RIVAL.uscc}
    assert clues["D904"].status == "withdrawn"
    assert clues["D904"].history[-1]["caused_by"].endswith("#fixed")
    assert {rule for rule, row in clues.items() if row.status == "raised"} >= {"E101", "E108"}
    assert [entry.status for entry in monitor.quarantined()] == [Status.RESOLVED]


def test_an_honest_typing_error_is_asked_for_and_nothing_remains_after_the_correction(monitor: Monitor) -> None:
    monitor.send(*insured(OTHER_NUMBER, RIVAL))
    monitor.send(with_wrong_number(an_opening_at_the_door()))
    assert {rule for rule, bidder in found(monitor) if bidder == "rival"} == {"D904"}
    monitor.send(corrected())
    assert {rule for rule, bidder in found(monitor) if bidder == "rival"} == set()


def test_a_winning_candidate_without_identified_lead_is_marked_whenever_it_is_announced(monitor: Monitor) -> None:
    monitor.send(with_wrong_number(an_opening_at_the_door()))
    monitor.send(ANNOUNCED)
    (late,) = (row for row in monitor.rows(CLUES) if row.rule == "D904")
    with a_monitor() as other:
        other.send(ANNOUNCED)
        other.send(with_wrong_number(an_opening_at_the_door()))
        (early,) = (row for row in other.rows(CLUES) if row.rule == "D904")
    assert late.candidate
    assert early.candidate


@pytest.mark.parametrize("seed", range(4))
def test_a_candidate_under_a_former_name_is_marked_whatever_comes_last(seed: int) -> None:
    """The rename may be the last thing that is heard of."""
    under_old_name = deepcopy(ANNOUNCED)
    under_old_name["data"]["candidates"][0]["bidder"] = {"name": "深圳旧名市政工程有限公司"}
    renamed = a_renaming(uscc=RIVAL.uscc, old_name="深圳旧名市政工程有限公司", new_name=RIVAL.name)
    messages = [with_wrong_number(an_opening_at_the_door()), under_old_name, said(renamed, "renamed")]
    with a_monitor() as monitor:
        for message in random.Random(seed).sample(messages, 3):
            monitor.send(message)
        assert [row.candidate for row in monitor.rows(CLUES) if row.rule == "D904"] == [True]
        assert Rebuilding(monitor.installation).rebuild() == len(monitor.ledger())


def test_a_person_among_the_staff_of_a_bid_without_lead_is_still_compared(monitor: Monitor) -> None:
    opening = with_wrong_number(an_opening_at_the_door())
    staff = {"person": {"name": NAME, "id_number": ID_NUMBER}, "role": "安全员"}
    opening["data"]["bids"][1]["staff"] = [staff]
    monitor.send(opening)
    assert ("T401", None) in found(monitor)


HISTORY: list[Message] = [*EVIDENCE, with_wrong_number(an_opening_at_the_door()), corrected(), ANNOUNCED]


@pytest.mark.parametrize("seed", range(6))
def test_whatever_the_order_and_however_often_it_comes_it_ends_the_same(seed: int) -> None:
    order = random.Random(seed)
    messages = order.sample(HISTORY * 2, 2 * len(HISTORY))
    with a_monitor() as plain, a_monitor() as shuffled:
        plain.send(*EVIDENCE, an_opening_at_the_door("fixed"), ANNOUNCED)
        while messages:
            cut = order.randint(1, 4)
            shuffled.send(*messages[:cut])
            del messages[:cut]
        assert found(shuffled) == found(plain)
        of_rival = {(row.rule, row.candidate) for row in shuffled.rows(CLUES) if row.status == "raised"}
        assert of_rival == {(row.rule, row.candidate) for row in plain.rows(CLUES) if row.status == "raised"}


@pytest.mark.parametrize("seed", range(6))
def test_without_a_correction_the_question_stands_whatever_the_order(seed: int) -> None:
    messages = random.Random(seed).sample([*EVIDENCE, HISTORY[-3], ANNOUNCED], len(EVIDENCE) + 2)
    with a_monitor() as monitor:
        monitor.send_each(*messages)
        assert found(monitor) == {("D904", "rival")}


@pytest.mark.parametrize("upto", [len(HISTORY) - 2, len(HISTORY)])
def test_a_rebuild_equals_what_was_judged_live(monitor: Monitor, upto: int) -> None:
    monitor.send_each(*HISTORY[:upto])
    assert Rebuilding(monitor.installation).rebuild() == len(monitor.ledger())


def test_a_comparison_shows_the_bid_without_a_lead_as_it_was_known_then(monitor: Monitor) -> None:
    monitor.send(with_wrong_number(an_opening_at_the_door()))
    before = monitor.clock.moment
    monitor.clock.pass_by(days=1)
    monitor.send(corrected())

    def rows(knowledge: Knowledge) -> dict[str, tuple[bool, FindingOutcome]]:
        with monitor.read() as connection:
            shown = comparison(
                connection, monitor.as_of, SUPERVISOR, "T-2025-001", "1", knowledge=knowledge, now=monitor.clock()
            )
        return {bid.bidder: (bid.lead_unidentified, bid.outcome) for bid in shown.bids}

    assert rows(Knowledge(known_at=before))[RIVAL.name] == (True, FindingOutcome.SUSPECT)
    assert rows(EVERYTHING)[RIVAL.name][0] is False
    assert len(rows(EVERYTHING)) == len(rows(Knowledge(known_at=before))) == 3


def resubmit(monitor: Monitor, body: Message | None, entry: int = 0) -> IngestReceipt:
    quarantine_id = sorted(monitor.quarantined(), key=lambda each: each.number)[entry].quarantine_id
    command = Resubmit(quarantine_id, None if body is None else as_bytes(body), OPERATOR)
    return monitor.installation.performer().perform(monitor.shard, command)


@pytest.mark.parametrize(
    "body",
    [
        an_opening_at_the_door(),
        {"person": {"name": NAME, "id_number": OTHER_NUMBER}, "certificate_no": "粤1442020202100001"},
        {"name": NAME, "id_number": OTHER_NUMBER},
    ],
    ids=["the whole message", "the lead", "the person"],
)
def test_sending_the_unread_part_again_fills_it_in(monitor_anywhere: Monitor, body: dict[str, Any]) -> None:
    monitor = monitor_anywhere
    monitor.send(*EVIDENCE)
    monitor.send(with_wrong_number(an_opening_at_the_door()))
    receipt = resubmit(monitor, body)
    assert (receipt.accepted, receipt.rejected) == (1, ())
    with a_monitor() as plain:
        plain.send(*EVIDENCE, an_opening_at_the_door())
        assert found(monitor) == found(plain)
    assert [entry.status for entry in monitor.quarantined()] == [Status.RESOLVED]
    assert resubmit(monitor, body) == IngestReceipt(duplicates=1)


def test_what_still_cannot_be_read_changes_nothing_and_says_so(monitor: Monitor) -> None:
    monitor.send(with_wrong_number(an_opening_at_the_door()))
    ledger, before = monitor.ledger(), monitor.quarantined()
    for body in (None, with_wrong_number(an_opening_at_the_door()), {"name": NAME, "id_number": WRONG_NUMBER}):
        (refused,) = resubmit(monitor, body).rejected
        assert (refused.quarantine_id, refused.partial) == (before[0].quarantine_id, True)
        assert [(error.field, error.code) for error in refused.errors] == [
            ("data.bids[1].lead.person.id_number", "check_digit")
        ]
    assert monitor.quarantined() == before
    assert monitor.ledger() == ledger


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "unreadable"),
        ({**an_opening_at_the_door(), "source": "urn:test:other"}, "foreign_source"),
        (said(a_payment(), "p"), "other_type"),
    ],
)
def test_what_completes_nothing_is_refused_with_a_reason(monitor: Monitor, body: Message, code: str) -> None:
    monitor.send(with_wrong_number(an_opening_at_the_door()))
    (refused,) = resubmit(monitor, body).rejected
    assert [error.code for error in refused.errors] == [code]
    assert [entry.status for entry in monitor.quarantined()] == [Status.OPEN]


def test_several_unread_parts_may_be_filled_in_one_after_the_other(monitor: Monitor) -> None:
    both = with_wrong_number(with_wrong_number(an_opening_at_the_door(), 1), 2)
    monitor.send(both)
    (refused,) = resubmit(monitor, {"name": NAME, "id_number": OTHER_NUMBER}).rejected
    assert [error.code for error in refused.errors] == ["several_parts"]
    receipt = resubmit(monitor, with_wrong_number(an_opening_at_the_door(), 2))
    assert (receipt.accepted, [each.partial for each in receipt.rejected]) == (1, [True])
    assert [entry.status for entry in monitor.quarantined()] == [Status.RESUBMITTED, Status.OPEN]
    assert {bidder for rule, bidder in found(monitor) if rule == "D904"} == {"third"}
    third = an_opening_at_the_door()["data"]["bids"][2]["lead"]
    assert resubmit(monitor, third, 1).accepted == 1
    assert {bidder for rule, bidder in found(monitor) if rule == "D904"} == set()
    openings = [json.loads(state) for _, _, state in monitor.ledger() if b'"bids":' in state]
    assert len(openings) == 3


def test_a_correction_by_the_source_leaves_nothing_to_fill_in(monitor: Monitor) -> None:
    monitor.send(with_wrong_number(an_opening_at_the_door()))
    monitor.send(corrected())
    assert resubmit(monitor, an_opening_at_the_door()) == IngestReceipt(duplicates=1)


def test_the_lead_of_an_opening_from_the_past_is_filled_in_quietly(monitor: Monitor) -> None:
    monitor.clock.moment = datetime.fromisoformat("2025-06-18T12:00:00+08:00")
    monitor.send(*EVIDENCE)
    monitor.send(with_wrong_number(an_opening_at_the_door(history="true")))
    resubmit(monitor, an_opening_at_the_door())
    with monitor.read() as connection:
        told = [
            notice
            for row in monitor.rows(CLUES)
            for notice in sent(connection, UUID(row.clue_id))
            if notice.recipient.role in ("bidder", "tenderer")
        ]
    assert {row.rule for row in monitor.rows(CLUES)} >= {"D904", "E101"}
    assert told == []


def test_what_was_filled_in_was_not_known_to_the_source_when_it_recorded_the_opening(monitor: Monitor) -> None:
    then = "2025-06-18T12:30:00+08:00"
    monitor.send(with_wrong_number(an_opening_at_the_door(recordedtime=then)))
    resubmit(monitor, an_opening_at_the_door(recordedtime=then))
    corrections = [fact for fact in monitor.facts() if fact["type"].endswith("fact-corrected.v1")]
    assert corrections
    assert not any("recordedtime" in fact for fact in corrections)


def test_the_clock_is_not_asked(monitor: Monitor) -> None:
    """What is recorded of a completed message is the time that its source gave."""
    monitor.send(with_wrong_number(an_opening_at_the_door()))
    resubmit(monitor, an_opening_at_the_door(time="2025-06-19T12:00:00+08:00"))
    times = {fact["id"]: fact["time"] for fact in monitor.facts() if fact["type"].endswith("fact-corrected.v1")}
    assert "2025-06-19T12:00:00+08:00" in times.values()


def test_an_opening_that_comes_after_its_correction_leaves_nothing_to_fill_in(monitor: Monitor) -> None:
    monitor.send(corrected())
    monitor.send(with_wrong_number(an_opening_at_the_door()))
    assert [entry.status for entry in monitor.quarantined()] == [Status.RESOLVED]
    assert "D904" not in {row.rule for row in monitor.rows(CLUES)}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("mended", [False, True])
def test_shards_find_what_one_shard_finds_whoever_gets_what(seed: int, mended: bool) -> None:
    order = random.Random(seed)
    history = HISTORY if mended else [*EVIDENCE, HISTORY[-3], ANNOUNCED]
    arrivals: list[Arrival] = []
    for message in order.sample(history * 2, 2 * len(history)):
        arrivals += [(order.randrange(2), [message]), *([order.randrange(2)] if order.random() < 0.5 else [])]
    found = found_by_several(Placement(4, 2), arrivals)
    assert found == found_by_one(history)
    assert ("D904" in {clue.rule for clue in found}) is not mended


def test_a_replay_of_the_lot_names_the_correction_that_answered_the_question(tmp_path: Path) -> None:
    history: list[Message] = [with_wrong_number(an_opening_at_the_door()), corrected()]
    opened = Monitor(Settings(data=tmp_path))
    opened.send_each(*history)
    with opened.read() as connection:
        found = lot_replay(
            connection, opened.as_of, PolicyBook(), "lot:T-2025-001/1", until=opened.clock.pass_by(days=1)
        )
        steps = [
            (
                [each.fact.id for each in step.facts],
                {each.rule for each in step.findings} & {"D904"},
            )
            for step in found
        ]
    opened.close()
    assert steps[:2] == [(["b1"], {"D904"}), (["fixed"], set())]
