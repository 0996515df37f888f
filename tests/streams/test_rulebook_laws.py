"""Laws of order over everything that the rules about leads read, under any policy.

The strategies are measured: each outcome of each rule is drawn, and each rule is silent in some histories.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import event, given
from hypothesis import strategies as st

from domain.policy import PolicyBook
from infra.settings import Settings
from tests.lead_strategies import histories, policies, put_keys
from tests.monitor import START, Clock, Message, Monitor
from tests.streams.test_cross_bid_laws import CrossBidEnd
from tests.streams.test_laws import BEFORE_DUE, LAW, arrivals, assert_same

Outcomes = frozenset[tuple[str, str, str | None]]
EXPECTED = {
    *(("C301", outcome) for outcome in ("consistent", "mismatch", "no_evidence")),
    *(("C302", outcome) for outcome in ("consistent", "mismatch", "no_evidence")),
    *(("C303", outcome) for outcome in ("consistent", "mismatch", "no_evidence")),
    *(("D903", outcome) for outcome in ("consistent", "suspect medium", "no_evidence")),
    *(("E101", outcome) for outcome in ("consistent", "exempt", "mismatch", "no_evidence", "suspect low")),
}


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
        monitor.installation.rebuild()
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
