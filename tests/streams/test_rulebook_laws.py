"""Laws of order over everything that the rules about leads read, under any policy.

The strategies are measured: each outcome of each rule is drawn, and each rule is silent in some histories.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import event, given
from hypothesis import strategies as st

from domain.evidence import AppointmentCase, StaffCase
from domain.evidence.recorded import EVERYTHING
from domain.facts.bidding import BidOpened
from domain.facts.deliveries import DeliveryClosed
from domain.policy import PolicyBook
from domain.rule import RULEBOOK, judge
from infra.rebuilding import Rebuilding
from infra.settings import Settings
from tests.lead_strategies import PEOPLE, histories, policies, put_keys
from tests.monitor import START, Clock, Message, Monitor, OpenClue
from tests.streams.test_cross_bid_laws import CrossBidEnd
from tests.streams.test_laws import BEFORE_DUE, LAW, arrivals, assert_same

FIRST = (BidOpened.type_name().removesuffix(".v1"), DeliveryClosed.type_name().removesuffix(".v1"))
"""What :func:`one_by_one` mostly sends first."""
OF_LEADS = (AppointmentCase, StaffCase)


def the_end_of(
    batches: Sequence[Sequence[Message]],
    policy: PolicyBook,
    *,
    begun: datetime = START,
    restarts: bool = False,
) -> CrossBidEnd:
    """Sent an hour apart from ``begun`` on; then all is due, is sent again, and is derived again from the ledger."""
    with TemporaryDirectory() as folder:
        put_keys(Path(folder))
        monitor = Monitor(Settings(data=Path(folder), policy=policy), Clock(begun))
        for batch in batches:
            assert all(refusal.partial for refusal, _ in monitor.send(*batch).quarantined)
            monitor.clock.pass_by(hours=1)
            if restarts:
                monitor.reopen()
        monitor.clock.moment = START + timedelta(days=2)
        # What is due, and then the summary of what history changed.
        while monitor.shard.let_time_pass():
            monitor.clock.pass_by(hours=1)
        recorded = monitor.ledger()
        monitor.send(*(message for batch in batches for message in batch))
        assert monitor.ledger() == recorded
        Rebuilding(monitor.installation).rebuild()
        end = CrossBidEnd(monitor)
        monitor.close()
    return end


@LAW
@given(st.data())
def test_any_order_any_batches_any_pace_and_repetition_end_the_same(data: st.DataObject) -> None:
    messages, policy = data.draw(histories()), data.draw(policies)
    expected = the_end_of([messages], policy)
    for clue in expected.clues:
        event(f"{clue.rule} {clue.outcome} {clue.severity}")
    begun, restarts = data.draw(st.sampled_from([BEFORE_DUE, START])), data.draw(st.booleans())
    assert_same(expected, the_end_of(data.draw(arrivals(messages)), policy, begun=begun, restarts=restarts))


@LAW
@given(st.data())
def test_after_each_message_stands_what_a_reader_finds_then(data: st.DataObject) -> None:
    """A message that is not seen to concern a lead is found here, before a later one has the lead judged anew."""
    messages, policy = data.draw(one_by_one()), data.draw(policies)
    with TemporaryDirectory() as folder:
        put_keys(Path(folder))
        monitor = Monitor(Settings(data=Path(folder), policy=policy))
        before: frozenset[OpenClue] = frozenset()
        for message in messages:
            monitor.send(message)
            standing, found = _standing(monitor), _found(monitor)
            assert not standing ^ found, message
            for clue in before ^ standing:
                event(f"{clue.rule} {clue.outcome} {clue.severity}")
            before = standing
        monitor.close()


@st.composite
def one_by_one(draw: st.DrawFn) -> list[Message]:
    """A history in any order; mostly what was opened and what is complete are known when the rest comes."""
    messages: list[Message] = draw(st.permutations(draw(histories())))
    if draw(st.integers(0, 3)):
        messages.sort(key=lambda message: isinstance(message, dict) and not message["type"].startswith(FIRST))
    return messages


def _standing(monitor: Monitor) -> frozenset[OpenClue]:
    """The open clues about leads and staff, without their ids; the code of a bidder may come from elsewhere."""
    of_leads = (clue for clue in monitor.open_clues() if RULEBOOK[clue.rule].case_type in OF_LEADS)
    return frozenset(replace(clue, clue_id="", bidder=None) for clue in of_leads)


def _found(monitor: Monitor) -> frozenset[OpenClue]:
    """What the clues should be by all that is recorded."""
    with monitor.read() as connection:
        cases = [
            case
            for person in PEOPLE
            for case in monitor.as_of.cases(
                connection, person.person_id, knowledge=EVERYTHING, now=monitor.clock.moment
            )
        ]
    return frozenset(
        OpenClue(
            "",
            finding.rule,
            case.appointment.person.person_id,
            None,
            finding.outcome,
            str(finding.severity),
            finding.explanation.zh + finding.explanation.en,
            frozenset((fact.source, fact.id) for fact in finding.facts),
        )
        for case in cases
        for finding in judge(case)
        if finding.outcome.makes_clue
    )
