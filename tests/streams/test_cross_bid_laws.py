"""Cross-bid clues: the order of arrival, the cut into batches, repetition and restarts change nothing.

Small random histories of a few lots whose leads a broker, an agent, a rival or the bidder
insures, with prices, shared staff, renames, exemptions and corrections at will.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from domain.facts.bidding import Bid, Candidate, CandidatesAnnounced
from domain.facts.fact import FactData, Org
from infra.rebuilding import Rebuilding
from infra.settings import Settings
from projections.boards.cross_bid_board import LOT_SUBJECTS, PAYER_SUBJECTS
from tests.builders import (
    BIDDER,
    BRANCH,
    FOURTH,
    RIVAL,
    THIRD,
    a_bid,
    a_bid_opening,
    a_firm,
    a_payment,
    a_registration,
    a_renaming,
    an_exemption,
)
from tests.cross_bid_builders import person, staff
from tests.examples import examples
from tests.monitor import Message, Monitor, correction, said
from tests.streams.test_laws import LAW, End, arrivals, assert_same

BROKER = a_firm("广州中间人科技有限公司", 77)
PAYERS = (BROKER, a_firm(BROKER.name), a_firm("广州旧中间人有限公司"), a_firm("广州众才人力资源服务有限公司"), RIVAL)
FORMER = a_firm("广州旧名建设有限公司")
ANNOUNCED_AT = datetime.fromisoformat("2025-06-25T10:00:00+08:00")
RENAMES = (
    a_renaming(),
    a_renaming(uscc=BROKER.uscc, old_name="广州旧中间人有限公司", new_name=BROKER.name),
    a_renaming(uscc=RIVAL.uscc, old_name=BROKER.name, new_name=RIVAL.name),
)

people = st.sampled_from([person(number) for number in range(4)])
bidders: st.SearchStrategy[Org] = st.sampled_from([BIDDER, RIVAL, THIRD, FORMER, BRANCH])
payers: st.SearchStrategy[Org] = st.sampled_from([BROKER, BROKER, *PAYERS, BIDDER])


def bids() -> st.SearchStrategy[tuple[Bid, ...]]:
    bid = st.builds(
        lambda lead, bidder, price, named: a_bid(person=lead, bidder=bidder, price=price, staff=staff(*named)),
        people,
        bidders,
        st.sampled_from(["100.00", "101", "102.00", "103", None]),
        st.lists(people, max_size=1),
    )
    return st.one_of(st.lists(bid, min_size=1, max_size=4).map(tuple), _in_steps())


@st.composite
def _in_steps(draw: st.DrawFn) -> tuple[Bid, ...]:
    """Prices that rise by one step, or nearly."""
    apart = draw(st.permutations([BIDDER, RIVAL, THIRD, FOURTH]))
    prices = [100, 101, 102, draw(st.sampled_from([103, 104]))]
    return tuple(
        a_bid(person=person(number), bidder=bidder, price=str(price))
        for number, (bidder, price) in enumerate(zip(apart, prices, strict=True))
    )


openings: st.SearchStrategy[FactData] = st.builds(
    lambda lot, bids, day, place: a_bid_opening(
        lot_id=lot, bids=bids, opened_at=f"{day}T09:30:00+08:00", jurisdiction=place
    ),
    st.sampled_from(["1", "2", "3"]),
    bids(),
    st.sampled_from(["2025-06-18", "2025-06-18", "2025-06-19"]),
    st.sampled_from(["440103", "440105"]),
)
paid: st.SearchStrategy[FactData] = st.builds(
    lambda lead, payer, month, scheme: a_payment(person=lead, payer=payer, month=month, scheme=scheme),
    people,
    payers,
    st.sampled_from(["2025-04", "2025-05", "2025-06"]),
    st.sampled_from(["pension", "pension", "medical", "maternity"]),
)
others: st.SearchStrategy[FactData] = st.one_of(
    st.builds(
        lambda lot, bidder: CandidatesAnnounced(
            tender_id="T-2025-001",
            lot_id=lot,
            announced_at=ANNOUNCED_AT,
            candidates=(Candidate(rank=1, bidder=bidder),),
        ),
        st.sampled_from(["1", "2"]),
        bidders,
    ),
    st.sampled_from(RENAMES),
    st.builds(lambda lead, unit: an_exemption(person=lead, workplace=unit), people, bidders),
    st.builds(lambda lead, unit: a_registration(person=lead, employer=unit), people, bidders),
)
facts = st.one_of(openings, paid, paid, others)


@st.composite
def histories(draw: st.DrawFn) -> Sequence[Message]:
    """An opening whose three leads are insured by somebody, more facts, and corrections of any of them."""
    leads = [(person(number), bidder) for number, bidder in enumerate((BIDDER, RIVAL, THIRD))]
    first = a_bid_opening(bids=tuple(a_bid(person=lead, bidder=bidder) for lead, bidder in leads))
    insured = [a_payment(person=lead, payer=draw(payers), month="2025-04") for lead, _ in leads]
    told: list[FactData] = [first, *insured, *draw(st.lists(facts, max_size=6))]
    messages = [said(data, f"m{number}") for number, data in enumerate(told)]
    for number in range(len(told), len(told) + draw(st.integers(0, 3))):
        replacement = draw(st.one_of(st.none(), facts))
        messages.append(correction(f"m{number}", f"m{draw(st.integers(0, number - 1))}", replacement))
    for message in messages:
        _leave_leads_out(draw, message["data"])
    return messages


def _leave_leads_out(draw: st.DrawFn, data: dict[str, Any]) -> None:
    """Of some bids, so that they are recorded without an identified lead."""
    content = data["replacement"]["data"] if "replacement" in data else data
    for bid in content.get("bids", ()):
        if draw(st.integers(0, 5)) == 0:
            del bid["lead"]


class CrossBidEnd(End):
    """With the tables of lots and payers."""

    def __init__(self, monitor: Monitor) -> None:
        super().__init__(monitor)
        for table in (LOT_SUBJECTS, PAYER_SUBJECTS):
            self.tables[table.name] = sorted(map(tuple, monitor.rows(table)))


def the_end_of(batches: Sequence[Sequence[Message]], *, restarts: bool = False, rebuilt: bool = False) -> CrossBidEnd:
    with TemporaryDirectory() as folder:
        monitor = Monitor(Settings(data=Path(folder)))
        for batch in batches:
            monitor.send(*batch)
            if restarts:
                monitor.reopen()
        if rebuilt:
            Rebuilding(monitor.installation).rebuild()
        end = CrossBidEnd(monitor)
        monitor.close()
    return end


@settings(LAW, max_examples=examples(40))
@given(st.data())
def test_any_order_and_any_batches_end_the_same(data: st.DataObject) -> None:
    messages = data.draw(histories())
    as_told = the_end_of([[message] for message in messages])
    for clue in as_told.clues:
        event(clue.rule)
    assert_same(as_told, the_end_of(data.draw(arrivals(messages))))


@settings(LAW, max_examples=examples(20))
@given(st.data())
def test_a_rebuild_equals_what_was_lived_through_with_restarts(data: st.DataObject) -> None:
    batches = data.draw(arrivals(data.draw(histories())))
    assert_same(the_end_of(batches), the_end_of(batches, restarts=True, rebuilt=True))
