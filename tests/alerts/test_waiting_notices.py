"""Notices that wait for data: what is told in the end is what was told at once, without what came and went."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, select

from alerts.recipients import Occasion, Recipient
from alerts.tables import METADATA, NOTICES
from alerts.waiting_notices import WaitingNotices
from domain.access import Role
from domain.clues.clue import COMMANDS, Clue
from domain.errors import NotAllowed
from tests.alerts.test_inbox import DECISIONS, JUDGEMENTS
from tests.builders import BIDDER
from tests.clue_builders import BY_BIDDER, OPENING, SUPERVISOR, a_finding, consistent, hours_later, judged

THE_SUPERVISOR = Recipient(Role.SUPERVISOR, "440100")
THE_BIDDER = Recipient(Role.BIDDER, BIDDER.key)
RAISED, WORSE, GONE = a_finding(), a_finding(says="另一句"), consistent()

Happening = tuple[Any, bool] | str
"""A judgement with the candidacy, or what somebody decides."""


class Desk:
    """One clue and its notices; with ``restarts`` what waits is read from the table before each batch."""

    def __init__(self, connection: Connection, *, restarts: bool = False) -> None:
        self._connection = connection
        self._restarts = restarts
        self._events: list[Any] = []
        self._waiting = self._opened()
        self.clue: Clue | None = None

    def _opened(self) -> WaitingNotices:
        waiting = WaitingNotices(lambda _, last: self._events[:last])
        waiting.load(self._connection)
        return waiting

    def happens(self, happening: Happening, hour: int, told_through: datetime | None) -> None:
        """As a batch does: what follows is recorded and told or waits, then what waited is told."""
        if self._restarts:
            self._waiting = self._opened()
        if isinstance(happening, str):
            self._decided(happening, hour)
        self._waiting.begin(told_through)
        if not isinstance(happening, str):
            finding, candidate = happening
            self.clue = judged(self.clue, finding, candidate=candidate, at=hours_later(hour))
            self._follow()
        self._waiting.release(self._connection, hours_later(hour), settles=lambda _: False)

    def pass_time(self, hour: int, told_through: datetime) -> None:
        """A batch in which nothing happens to the clue."""
        self._waiting.begin(told_through)
        self._waiting.release(self._connection, hours_later(hour), settles=lambda _: False)

    def _decided(self, verb: str, hour: int) -> None:
        if self.clue is not None:
            actor = BY_BIDDER if verb == "explain" else SUPERVISOR
            try:
                COMMANDS[verb](self.clue, actor, "有劳动合同", at=hours_later(hour))
            except NotAllowed:
                return
            self._follow()

    def _follow(self) -> None:
        if self.clue is not None:
            events: Any = self.clue.collect_events()
            self._events += events
            self._waiting.follow(self._connection, [(self.clue, event) for event in events])

    @property
    def since(self) -> datetime | None:
        return self._waiting.since

    def told(self) -> dict[Recipient, list[Occasion]]:
        told: dict[Recipient, list[Occasion]] = {}
        for row in self._connection.execute(select(NOTICES).order_by(NOTICES.c.notice_id)):
            recipient = Recipient(Role(row.recipient_role), row.recipient_key)
            told.setdefault(recipient, []).append(Occasion(row.occasion))
        return told


@contextmanager
def a_desk(**given: Any) -> Iterator[Desk]:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        METADATA.create_all(connection)
        yield Desk(connection, **given)
    engine.dispose()


NEVER = OPENING.replace(year=2000)
"""Told through then, everything waits."""


def waited(*happenings: Happening) -> dict[Recipient, list[Occasion]]:
    """What was told where everything waited until the end."""
    with a_desk() as desk:
        for hour, happening in enumerate(happenings):
            desk.happens(happening, hour, NEVER)
        desk.pass_time(len(happenings), hours_later(len(happenings)))
        return desk.told()


def standing(finding: Any) -> Happening:
    return finding, False


def both(*occasions: Occasion) -> dict[Recipient, list[Occasion]]:
    return {THE_SUPERVISOR: list(occasions), THE_BIDDER: list(occasions)}


def test_of_a_clue_that_was_raised_and_withdrawn_meanwhile_nobody_hears() -> None:
    assert waited(standing(RAISED), standing(GONE)) == {}


def test_a_clue_that_still_stands_is_told_once_as_it_stands() -> None:
    assert waited(standing(RAISED), standing(GONE), standing(WORSE), standing(RAISED)) == both(Occasion.RAISED)


def test_a_clue_that_came_back_as_it_was_is_no_news_to_whoever_knows_it() -> None:
    with a_desk() as desk:
        desk.happens(standing(RAISED), 0, None)
        for hour, finding in enumerate((GONE, WORSE, RAISED), start=1):
            desk.happens(standing(finding), hour, NEVER)
        desk.pass_time(9, hours_later(9))
        assert desk.told() == both(Occasion.RAISED)


def test_a_clue_that_says_something_else_in_the_end_is_told_as_revised_once() -> None:
    with a_desk() as desk:
        desk.happens(standing(RAISED), 0, None)
        for hour, finding in enumerate((GONE, RAISED, WORSE), start=1):
            desk.happens(standing(finding), hour, NEVER)
        desk.pass_time(9, hours_later(9))
        assert desk.told() == both(Occasion.RAISED, Occasion.REVISED)


def test_what_people_decide_is_told_at_once_and_before_it_what_waited_of_the_clue() -> None:
    with a_desk() as desk:
        desk.happens(standing(RAISED), 0, NEVER)
        assert desk.told() == {}
        desk.happens("investigate", 1, NEVER)
        assert desk.told() == {
            THE_SUPERVISOR: [Occasion.RAISED],
            THE_BIDDER: [Occasion.RAISED, Occasion.INVESTIGATION_OPENED],
        }
        assert desk.since is None


def test_a_notice_waits_until_its_moment_is_told_and_no_longer() -> None:
    with a_desk() as desk:
        desk.happens(standing(RAISED), 3, hours_later(2))
        desk.pass_time(4, hours_later(2))
        assert (desk.told(), desk.since) == ({}, hours_later(3))
        desk.pass_time(5, hours_later(3))
        assert (desk.told(), desk.since) == (both(Occasion.RAISED), None)


happenings = st.lists(st.tuples(st.one_of(JUDGEMENTS, DECISIONS), st.integers(0, 4)), max_size=12)
"""What happens, and how many hours its batch is behind with telling."""


def expecting(told: dict[Recipient, list[Occasion]]) -> set[Recipient]:
    return {recipient for recipient, occasions in told.items() if not occasions[-1].is_end}


def lived(
    life: Sequence[tuple[Happening, int]], *, waits: bool, restarts: bool = False
) -> dict[Recipient, list[Occasion]]:
    with a_desk(restarts=restarts) as desk:
        for hour, (happening, behind) in enumerate(life):
            desk.happens(happening, hour, hours_later(hour - behind) if waits else None)
        desk.pass_time(99, hours_later(99))
        assert desk.since is None
        return desk.told()


@settings(deadline=None)
@given(happenings)
def test_whoever_waited_ends_as_whoever_was_told_at_once_and_hears_no_more_often(
    life: list[tuple[Happening, int]],
) -> None:
    at_once, later = lived(life, waits=False), lived(life, waits=True)
    assert expecting(later) == expecting(at_once)
    for recipient, occasions in later.items():
        assert len(occasions) <= len(at_once.get(recipient, ()))
        ends = [occasion.is_end for occasion in occasions]
        assert not any(one and other for one, other in pairwise(ends))


@settings(deadline=None)
@given(happenings)
def test_what_waits_survives_a_restart(life: list[tuple[Happening, int]]) -> None:
    assert lived(life, waits=True, restarts=True) == lived(life, waits=True)
