"""Random people give random commands at random times: whatever they try, the laws of an investigation hold.

What is legal, who may do what and how terms are counted is written here a second time, from the contract and the
announced holidays, and not taken from the code.
"""

from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

import pytest

from domain.approval.lights import Light, Margin
from domain.errors import NotAllowed, NotEntitled, NotFound
from domain.evidence.days import day_in_shanghai
from domain.investigating import Investigating
from domain.investigation.conclusion import Conclusion, Outcome
from domain.investigation.investigation import Investigation, open_investigation
from domain.investigation.numbering import open_register
from domain.investigation.officer import Officer
from domain.investigation.parts import File, PauseGround, Term
from domain.investigation.steps import State
from tests.examples import examples
from tests.investigation_builders import (
    ABOUT,
    APPROVER,
    AT,
    BY_BIDDER,
    BY_RIVAL,
    CALENDAR,
    DEPUTY,
    ELSEWHERE,
    HANDLER,
    HEAD,
    OF_THE_BIDDER,
    OFFICE,
    REVIEWER,
    SUPERIOR,
    account,
    colleague,
    content,
    replay_of,
)

HOLIDAYS_2026: Final = frozenset(
    date(2026, month, day)
    for month, days in {
        1: (1, 2, 3),
        2: range(15, 24),
        4: (4, 5, 6),
        5: range(1, 6),
        6: (19, 20, 21),
        9: (25, 26, 27),
        10: range(1, 8),
    }.items()
    for day in days
)
WORKED_2026: Final = frozenset(
    date(2026, month, day) for month, day in ((1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10))
)
LAST_DAY: Final = date(2026, 12, 31)

LEGAL: Final[dict[str, str]] = {
    "open": "open handled merged transferred",
    "handled": "handled open proposed merged transferred",
    "proposed": "proposed handled open decided",
    "decided": "decided served",
    "served": "served objected closed handled open",
    "objected": "objected decided",
    "closed": "closed handled open",
    "transferred": "transferred",
    "merged": "merged",
}
OFFICERS: Final = (HEAD, HANDLER, DEPUTY, APPROVER, REVIEWER, SUPERIOR, ELSEWHERE, OF_THE_BIDDER, BY_BIDDER, BY_RIVAL)
CONCLUSIONS: Final = (
    Conclusion(Outcome.NOT_SUBSTANTIATED),
    Conclusion(Outcome.SUBSTANTIATED, facts=(("urn:test", "1"),)),
    Conclusion(Outcome.SUBSTANTIATED),
    Conclusion(Outcome.LAWFUL_EXCEPTION, ground="retired", document_no="文1", until=date(2027, 1, 1)),
    Conclusion(Outcome.DATA_ERROR, source="urn:test"),
    Conclusion(Outcome.TRANSFERRED, addressee="公安机关"),
    Conclusion(Outcome.DATA_ERROR, ground="retired", source="urn:test"),
)
MOST_COMMANDS: Final = 30


class Office:
    """All investigations that one case may become, and what was done to each."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.now = AT + timedelta(days=random.randrange(200), hours=random.randrange(24))
        self.policy = Investigating(
            four_eyes=random.random() < 0.5,
            heads=frozenset({account(1)}) if random.random() < 0.5 else frozenset(),
            decide_days=random.choice([1, 5, 30]),
            objection_days=random.choice([1, 10]),
        )
        self.ids = iter(UUID(int=number) for number in range(1, 1_000))
        self.clues = [f"c{number}" for number in range(random.randrange(4))]
        self.register = open_register(OFFICE, 2026, at=self.now)
        first = open_investigation(
            next(self.ids), ABOUT, self.clues, random.choice([HEAD, None]), None, self.policy, at=self.now
        )
        self.all = [first]
        self.events: dict[UUID, list[Any]] = {first.id: list(first.collect_events())}
        self.by: dict[UUID, list[tuple[str, Officer | None]]] = {first.id: []}

    def try_something(self) -> None:
        case = self.random.choice(self.all)
        self.now += timedelta(minutes=self.random.choice([1, 60, 24 * 60, 24 * 60, 6 * 24 * 60]))
        before = case.state, case.version
        name, officer, command = self._command(case)
        try:
            new = command()
        except (NotAllowed, NotEntitled, NotFound):
            assert (case.state, case.version) == before, "a command that is refused does nothing"
            return
        if isinstance(new, Investigation):
            self.all.append(new)
            self.events[new.id], self.by[new.id] = [], []
        assert case.state in LEGAL[before[0]].split(), f"{name}: {before[0]} → {case.state}"
        if case.version != before[1]:
            self._check_entitled(case, name, officer)
            self.by[case.id].append((name, officer))
        self._collect()
        self._check_state(case)

    def _collect(self) -> None:
        for case in self.all:
            self.events[case.id] += case.collect_events()

    def _command(self, case: Investigation) -> tuple[str, Officer | None, Any]:
        random, policy, at = self.random, self.policy, self.now
        officer = random.choice(OFFICERS)
        if random.random() < 0.5 and (charge := case.in_charge(at)) is not None:
            officer = next(each for each in OFFICERS if charge in each.names)
        why = random.choice(["说明理由", "说明理由", "说明理由", " "])
        one, other = (colleague(random.randrange(1, 6)) for _ in range(2))
        conclusion = random.choice(CONCLUSIONS)
        day = at.date() + timedelta(days=random.randrange(-1, 3))
        number, clue = random.randrange(1, 4), random.choice([*self.clues, "new"])
        system = random.choice([officer, None])
        commands: dict[str, Any] = {
            "number": lambda: self._give_number(case),
            "assign": lambda: case.assign(one, random.choice([other, None]), system, policy, at=at),
            "hand-over": lambda: case.hand_over(one, other, officer, why, policy, at=at),
            "recuse": lambda: case.recuse(officer, why, policy, at=at),
            "be-absent": lambda: case.be_absent(day, day + timedelta(days=number - 1), officer, policy, at=at),
            "request-explanation": lambda: case.request_explanation(officer, why, policy, at=at, days=number),
            "explain": lambda: case.explain(number, BY_BIDDER, why, policy, at=at),
            "request-assistance": lambda: case.request_assistance("社保局", officer, why, policy, at=at),
            "answer": lambda: case.answer(number, ("urn:test", "7"), officer, policy, at=at),
            "note": lambda: case.note(officer, why, policy, at=at),
            "file": lambda: case.add_file(File("0" * 64, number, "application/pdf"), officer, policy, at=at),
            "link": lambda: case.link(random.choice(self.all).id, officer, policy, at=at),
            "pause": lambda: case.pause_clock(PauseGround.EXPERTISE, officer, why, policy, at=at),
            "resume": lambda: case.resume(officer, policy, at=at),
            "propose": lambda: case.propose(conclusion, officer, why, policy, at=at),
            "return": lambda: case.send_back(officer, why, policy, at=at),
            "decide": lambda: case.decide(officer, policy, at=at),
            "serve": lambda: case.serve(system, policy, at=at),
            "object": lambda: case.object(BY_BIDDER, why, policy, CALENDAR, at=at),
            "review": lambda: case.review(random.choice([None, conclusion]), officer, why, policy, at=at),
            "close": lambda: case.close(system, policy, CALENDAR, at=at),
            "reopen": lambda: case.reopen(officer, why, policy, at=at),
            "take-in": lambda: self._new_clue(case),
            "evidence-changed": lambda: case.evidence_has_changed(clue, policy, stands=True, at=at),
            "merge": lambda: case.merge_into(random.choice(self.all), officer, why, policy, at=at),
            "split": lambda: case.split([clue], next(self.ids), officer, why, policy, at=at),
            "transfer": lambda: case.transfer(
                next(self.ids), random.choice([OFFICE, "440300"]), officer, why, policy, policy_there=policy, at=at
            ),
        }
        # The next step of the way is tried more often, or few would ever come to an end.
        onward = {
            State.OPEN: "assign",
            State.HANDLED: "propose",
            State.PROPOSED: "decide",
            State.DECIDED: "serve",
            State.SERVED: random.choice(["object", "close"]),
            State.OBJECTED: "review",
        }
        name = onward.get(case.state, "reopen") if random.random() < 0.4 else random.choice(list(commands))
        by = {"number": None, "take-in": None, "evidence-changed": None, "explain": BY_BIDDER, "object": BY_BIDDER}
        actor = system if name in ("assign", "serve", "close") else by.get(name, officer)
        return name, actor, commands[name]

    def _give_number(self, case: Investigation) -> None:
        case.give_number(f"〔2026〕{self.register.give(case.id.hex, at=self.now)}", self.policy, at=self.now)

    def _new_clue(self, case: Investigation) -> None:
        clue = f"c{len(self.clues)}"
        case.take_in(clue, self.policy, at=self.now)
        self.clues.append(clue)

    def _check_entitled(self, case: Investigation, name: str, officer: Officer | None) -> None:
        assert officer not in (OF_THE_BIDDER, BY_RIVAL), f"{name} by a stranger"
        office = officer.actor.jurisdiction if officer else None
        assert office in (None, "440000", case.about.office), f"{name} by another office"
        if officer is BY_BIDDER:
            assert name in ("explain", "object", "file")
        elif officer is not None and name != "recuse":
            assert not officer.names & case.recused
        if name == "decide" and self.policy.four_eyes and officer is not None:
            (proposer,) = [who for what, who in self.by[case.id] if what == "propose"][-1:]
            assert proposer is not None
            assert not proposer.names & officer.names
        if name == "review" and officer is not None:
            earlier = [who for what, who in self.by[case.id] if what in ("propose", "decide") and who]
            assert not any(each.names & officer.names for each in earlier)

    def _check_state(self, case: Investigation) -> None:
        every = sorted(clue for each in self.all for clue in each.clues)
        assert every == sorted(self.clues), "each clue is in one investigation"
        if case.state in (State.HANDLED, State.PROPOSED):
            assert case.handler is not None
            assert case.in_charge(self.now) in (case.handler, case.deputy)
        if case.state is State.OPEN:
            assert case.in_charge(self.now) is None
        if not case.state.is_running:
            assert all(term.stopped is not None for term in case.terms)
        if case.state in (State.DECIDED, State.SERVED, State.OBJECTED, State.CLOSED):
            assert case.conclusion is not None
            case.conclusion.must_be_complete()

    def check_in_the_end(self) -> None:
        for case in self.all:
            assert content(replay_of(self.events[case.id])) == content(case)
            for term in case.terms:
                self._check_term(case, term)
        assert sorted(self.register.serials.values()) == list(range(1, len(self.register.serials) + 1))
        numbers = [case.number for case in self.all if case.number]
        assert len(set(numbers)) == len(numbers) == len(self.register.serials)

    def _check_term(self, case: Investigation, term: Term) -> None:
        pauses = [(pause.began, pause.ended) for pause in case.pauses] if term.name == "decide" else []
        wanted = last_day(term.started, term.stopped, term.limit, pauses)
        clock = term.clock(tuple(case.pauses), CALENDAR, OFFICE)
        assert clock.deadline is not None or wanted is None
        if clock.deadline is not None:
            assert clock.deadline.on == wanted
        if wanted is not None:
            late = day_in_shanghai(term.stopped or self.now) > wanted
            assert (clock.light(self.now, Margin()) is Light.RED) == late


def is_working_day(day: date) -> bool:
    return day in WORKED_2026 or (day.weekday() < 5 and day not in HOLIDAYS_2026)


def last_day(
    started: datetime, stopped: datetime | None, limit: int, pauses: list[tuple[datetime, datetime | None]]
) -> date | None:
    """Day by day; None where it is in 2027, or where a pause that has not ended keeps it from coming."""
    spans = [
        (day_in_shanghai(max(began, started)), day_in_shanghai(ended) if ended else None)
        for began, ended in pauses
        if (ended is None or ended > started) and (stopped is None or began < stopped)
    ]
    day, left = day_in_shanghai(started), limit
    while day <= LAST_DAY:
        held = [ended for began, ended in spans if began < day and (ended is None or day <= ended)]
        left -= is_working_day(day) and not held and day > day_in_shanghai(started)
        if left == 0:
            # Of a day on which a pause begins not all is over: the limit passes on the day on which the pause ends.
            following = [ended for began, ended in spans if began == day and (ended is None or ended > day)]
            if not following:
                return day
            if following[0] is None:
                return None
            day = following[0]
            continue
        day += timedelta(days=1)
    return None


def lived_through(seed: int) -> Office:
    office = Office(Random(seed))
    for _ in range(office.random.randrange(5, MOST_COMMANDS)):
        office.try_something()
    office.check_in_the_end()
    return office


def test_the_calendar_of_this_test_is_that_of_the_announcement() -> None:
    days = (date(2026, 1, 1) + timedelta(days=number) for number in range(365))
    assert all(is_working_day(day) == CALENDAR.is_working(day) for day in days)


def test_random_commands_keep_every_law_and_reach_every_state() -> None:
    offices = [lived_through(seed) for seed in range(examples(300))]
    reached = {State(taken.state) for office in offices for case in office.all for taken in case.history}
    assert reached == set(State)


@pytest.mark.long
def test_a_hundred_thousand_random_sequences_keep_every_law() -> None:
    for seed in range(100_000):
        lived_through(seed)
