"""Laws of replays: what they tell does not depend on how facts were cut into batches, nor on what they remember."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.evidence import standing
from domain.evidence.site_history import SiteHistory, months_told_of
from domain.facts.attendance import AttendanceRecorded
from domain.facts.bidding import LotFact
from domain.facts.fact import FactData
from domain.policy import PolicyBook
from domain.rule import Finding, judge
from infra.settings import Settings
from projections.questions.replay import Step
from projections.questions.replayed import lot_replay, person_replay
from tests.builders import LEAD, SOMEONE_ELSE, in_order
from tests.examples import examples
from tests.monitor import START, Clock, Message, Monitor
from tests.site_builders import ELSEWHERE, PROJECT, a_start, an_inspection, checked
from tests.streams.test_laws import LAW, histories

Told = tuple[tuple[str, ...], frozenset[tuple[str, str, str, str]]]
"""The ids of a step's facts, and what was found."""


PEOPLE = (LEAD, SOMEONE_ELSE)


@dataclass(frozen=True)
class Replayed:
    """``lots`` and ``people`` step by step; ``named`` are the lots in which people are known to have been named."""

    lots: list[list[Told]]
    people: list[list[Told]]
    named: list[set[str]]


def replayed(batches: Sequence[Sequence[Message]]) -> Replayed:
    """Of two lots and two people."""
    with TemporaryDirectory() as folder:
        monitor = Monitor(Settings(data=Path(folder)), Clock(START))
        for batch in batches:
            monitor.send(*batch)
            monitor.clock.pass_by(hours=1)
        policies, until = monitor.settings.policy, START + timedelta(days=30)
        with monitor.read() as connection:
            about = (connection, monitor.as_of, policies)
            lots = [lot_replay(*about, f"lot:T-2025-001/{number}", until=until) for number in (1, 2)]
            people = [person_replay(*about, each.person_id, until=until) for each in PEOPLE]
            recorded = [monitor.as_of.recorded(connection, each.subject) for each in PEOPLE]
            found = Replayed(
                lots=[list(map(told, steps)) for steps in lots],
                people=[list(map(told, steps)) for steps in people],
                named=[{each.data.lot for each in facts if isinstance(each.data, LotFact)} for facts in recorded],
            )
        monitor.close()
    return found


def told(step: Step) -> Told:
    found = ((each.rule, each.subject, each.discriminator, each.explanation.zh) for each in step.findings)
    return tuple(each.fact.id for each in step.facts), frozenset(found)


@settings(LAW, max_examples=examples(12))
@given(st.data())
def test_facts_of_one_file_are_replayed_as_if_each_had_come_by_itself(data: st.DataObject) -> None:
    """Except of a person whom an opening named that did not stand at the end of its batch: it is not found by them."""
    messages = data.draw(histories())
    alone, together = replayed([[message] for message in messages]), replayed([messages])
    assert together.lots == alone.lots
    for place in range(len(PEOPLE)):
        assert together.people[place] == alone.people[place] or together.named[place] < alone.named[place]


check_ins: st.SearchStrategy[AttendanceRecorded] = st.builds(
    lambda moment, project, direction, method, trade: checked(
        f"{moment:%m-%d %H:%M}", project, direction, method=method, trade=trade
    ),
    st.integers(0, 67 * 24 * 6).map(lambda tens: datetime(2025, 7, 28, tzinfo=UTC) + timedelta(minutes=10 * tens)),
    st.sampled_from([PROJECT, PROJECT, ELSEWHERE]),
    st.sampled_from(["in", "out"]),
    st.sampled_from(["face", "manual"]),
    st.sampled_from([None, None, None, "建筑电工"]),
)
others: st.SearchStrategy[FactData] = st.one_of(
    st.builds(
        lambda day, project: a_start(on=day, project_code=project),
        st.dates(date(2025, 7, 1), date(2025, 9, 1)),
        st.sampled_from([PROJECT, ELSEWHERE]),
    ),
    st.builds(lambda present: an_inspection(present=present), st.booleans()),
)


def by_month(facts: Sequence[FactData], months: frozenset[str] | None = None) -> dict[str, set[Finding]]:
    stand = standing(in_order(facts))
    now = datetime(2025, 10, 20, tzinfo=UTC)
    history = SiteHistory.of(LEAD.person_id, stand, stand, policies=PolicyBook(), now=now, months=months)
    found: dict[str, set[Finding]] = {}
    for site in history.site_cases():
        found.setdefault(site.month, set()).update(judge(site))
    for movements in history.movements_cases():
        found.setdefault(movements.month, set()).update(judge(movements))
    return {month: findings for month, findings in found.items() if findings}


@settings(LAW, max_examples=examples(200))
@given(st.lists(check_ins, max_size=12), st.lists(others, max_size=3), check_ins.filter(lambda one: one.trade is None))
def test_a_check_in_changes_what_is_found_in_no_months_but_those_it_tells_of(
    before: list[AttendanceRecorded], others: list[FactData], came: AttendanceRecorded
) -> None:
    """And of these the facts that tell of them say all there is to say."""
    months = months_told_of([came])
    facts = [*others, *before, came]
    after, asked = by_month(facts), by_month(facts, months)
    assert asked == {month: findings for month, findings in after.items() if month in months}
    earlier = by_month([*others, *before])
    assert {month: found for month, found in earlier.items() if month not in months} == {
        month: found for month, found in after.items() if month not in months
    }
