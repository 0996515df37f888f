"""What a source may say: outside its bounds a message is quarantined, names what is missing, and moves nothing."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from domain.facts.insurance import InsuranceStated
from domain.sources.bounds import Channel
from infra.rebuilding import Rebuilding
from projections.boards.clue_board import CLUES
from streams.intake.prepared import HandedIn
from streams.intake.quarantine import Status
from streams.node.commands import Resubmit
from tests.builders import RIVAL, a_bid_opening, a_payment, an_exemption, payments
from tests.monitor import OPERATOR, SOURCE, Monitor, as_bytes, correction, said
from tests.source_builders import GRANTED

BUREAU = "urn:test:bureau"
STRANGER = "urn:test:stranger"
OPENING = said(a_bid_opening(), "opening")
PAID_BY_RIVAL = tuple(said(data, f"paid-{data.month}") for data in payments(RIVAL))


def by(source: str, data: Any, id: str = "m1", **given: Any) -> dict[str, Any]:
    return said(data, id, source=source, **given)


def refused(monitor: Monitor, *messages: dict[str, Any]) -> set[tuple[str, str]]:
    """Field and text of what is not permitted in the messages, of which nothing is recorded."""
    receipt = monitor.send(*messages)
    assert receipt.accepted == 0
    errors = [error for refusal, _ in receipt.quarantined for error in refusal.errors]
    assert {error.code for error in errors} == {"not_permitted"}
    return {(error.field, error.message) for error in errors}


@pytest.fixture
def bureau(monitor: Monitor) -> Monitor:
    """A bureau may send the payments of one city."""
    monitor.register(BUREAU, bounds=GRANTED)
    return monitor


def test_no_token_of_another_source_raises_an_opening_about_anybody(bureau: Monitor) -> None:
    assert refused(bureau, by(BUREAU, a_bid_opening())) == {("type", "this source may not send bid-opened")}
    assert bureau.rows(CLUES) == []


def test_a_made_up_exemption_of_an_unregistered_source_withdraws_no_clue(bureau: Monitor) -> None:
    bureau.send(*PAID_BY_RIVAL, OPENING)
    before = bureau.open_clues()
    assert "E101" in {clue.rule for clue in before}
    assert refused(bureau, by(STRANGER, an_exemption())) == {("source", "nobody has registered this source")}
    assert bureau.open_clues() == before


def test_a_bureau_takes_back_its_own_facts_and_no_others(bureau: Monitor) -> None:
    bureau.send(by(BUREAU, a_payment(), "mine"), said(a_payment(), "theirs"))
    foreign = {**correction("c1", "theirs"), "source": BUREAU}
    assert refused(bureau, foreign) == {("data.retracts.source", "a source corrects only what it said itself")}
    own = {**correction("c2", "mine"), "source": BUREAU}
    own["data"]["retracts"]["source"] = BUREAU
    assert bureau.send(own).accepted == 1


def test_a_grant_lets_one_source_take_back_what_another_said(bureau: Monitor) -> None:
    bureau.send(said(a_payment(), "theirs"))
    bureau.register(BUREAU, bounds=replace(GRANTED, corrects=(SOURCE,)))
    assert bureau.send({**correction("c1", "theirs"), "source": BUREAU}).accepted == 1


def test_a_correction_puts_nothing_in_place_that_its_source_may_not_say(bureau: Monitor) -> None:
    bureau.register(BUREAU, bounds=replace(GRANTED, areas=("4403",)))
    bureau.send(by(BUREAU, a_payment(), "mine"))
    said_instead = {**correction("c1", "mine", a_bid_opening()), "source": BUREAU}
    said_instead["data"]["retracts"]["source"] = BUREAU
    fields = {field for field, _ in refused(bureau, said_instead)}
    assert fields == {"data.replacement.type", "data.replacement.data.jurisdiction"}


@pytest.mark.parametrize(("area", "accepted"), [("440106", 1), ("440100", 1), ("440300", 0), ("省直统筹", 0)])
def test_a_source_speaks_of_the_areas_that_it_was_granted(monitor: Monitor, area: str, accepted: int) -> None:
    monitor.register(BUREAU, bounds=replace(GRANTED, types=("insurance-stated",)))
    stated = InsuranceStated.model_validate(
        {"person": {"person_id": "a" * 64}, "months": ["2025-05"], "payments": [], "area": area}
    )
    receipt = monitor.send(by(BUREAU, stated))
    assert receipt.accepted == accepted
    told = [error for refusal, _ in receipt.quarantined for error in refusal.errors]
    # The name of a pool is free text, which no error repeats.
    named = area if area.isdigit() else "this area"
    assert [(error.field, error.message) for error in told] == [
        ("data.area", f"this source may say nothing about {named}")
    ][: 1 - accepted]


def test_a_grant_begins_and_ends_on_its_days(monitor: Monitor) -> None:
    today = monitor.clock.moment.date()
    monitor.register(BUREAU, bounds=replace(GRANTED, valid_from=today, valid_to=today))
    assert monitor.send(by(BUREAU, a_payment(), "today")).accepted == 1
    monitor.clock.pass_by(days=1)
    outside = {("source", "the grant of this source is not in force on this day")}
    assert refused(monitor, by(BUREAU, a_payment(), "tomorrow")) == outside
    monitor.register(BUREAU, bounds=replace(GRANTED, valid_from=date(2099, 1, 1)))
    assert refused(monitor, by(BUREAU, a_payment(), "tomorrow")) == outside


def test_what_was_recorded_stays_when_the_grant_ends(bureau: Monitor) -> None:
    bureau.send(by(BUREAU, a_payment(), "before"))
    bureau.end_source(BUREAU, "停用")
    assert refused(bureau, by(BUREAU, a_payment(), "after")) == {("source", "the grant of this source has ended")}
    assert [fact["id"] for fact in bureau.facts()] == ["before"]
    assert Rebuilding(bureau.installation).rebuild() == len(bureau.ledger())


def test_a_source_of_another_channel_is_refused(bureau: Monitor) -> None:
    bureau.register(BUREAU, bounds=replace(GRANTED, channel=Channel.HTTP))

    def accepted(channel: Channel | None, id: str) -> int:
        batch = replace(bureau.prepared(by(BUREAU, a_payment(), id)), handed_in=HandedIn(channel))
        return bureau.shard.commit([batch])[0].accepted

    found = [accepted(channel, str(channel)) for channel in (Channel.HTTP, Channel.KAFKA, None)]
    assert found == [1, 0, 0]


def test_the_others_of_a_batch_are_recorded(bureau: Monitor) -> None:
    receipt = bureau.send(
        OPENING, by(BUREAU, a_payment(), "p1"), by(STRANGER, a_payment()), by(BUREAU, a_bid_opening())
    )
    assert receipt.accepted == 2
    assert [refusal.index for refusal, _ in receipt.quarantined] == [2, 3]


def test_a_message_is_taken_in_as_it_was_sent_once_its_source_is_granted(monitor_anywhere: Monitor) -> None:
    monitor = monitor_anywhere
    message = by(STRANGER, a_payment())
    named = {**message["data"], "person": {"name": "张三", "id_number": "11010119900307002X"}}
    sent = [as_bytes({**message, "data": named})]
    batch = replace(monitor.intake.prepare(sent), handed_in=HandedIn(messages=sent))
    monitor.shard.commit([batch])
    (entry,) = monitor.quarantined()
    performer, again = monitor.installation.performer(), Resubmit(entry.quarantine_id, None, OPERATOR)
    assert performer.perform(monitor.shard, again).accepted == 0
    assert [each.times_received for each in monitor.quarantined()] == [2]
    monitor.register(STRANGER)
    assert performer.perform(monitor.shard, again).accepted == 1
    assert [each.status for each in monitor.quarantined()] == [Status.RESOLVED]
    (fact,) = monitor.facts()
    assert fact["submittedby"] == OPERATOR.submitter
    assert monitor.send(*sent).duplicates == 1


def test_an_operator_sends_nothing_again_as_another_source(bureau: Monitor) -> None:
    bureau.send(by(STRANGER, a_payment()))
    (entry,) = bureau.quarantined()
    command = Resubmit(entry.quarantine_id, as_bytes(said(a_payment(), "forged")), OPERATOR)
    (rejection,) = bureau.installation.performer().perform(bureau.shard, command).rejected
    assert [error.code for error in rejection.errors] == ["foreign_source"]


def test_a_failed_change_of_the_registry_grants_nothing(bureau: Monitor) -> None:
    def fails(connection: Any, at: Any) -> None:
        bureau.installation.decisions.register_source(connection, STRANGER, GRANTED, OPERATOR, at=at)
        raise LookupError

    with pytest.raises(LookupError):
        bureau.shard.decide(fails)
    assert refused(bureau, by(STRANGER, a_payment())) == {("source", "nobody has registered this source")}
