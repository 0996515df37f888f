"""From notices to the rows that go out, on real databases."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select, update

from alerts.content import Content
from alerts.fan_out import FanOut, Listener
from alerts.inbox import put, row_of, tell
from alerts.outgoing import OUTGOING, State
from alerts.recipients import Occasion, Recipient
from domain.access import Actor, Role
from domain.clues.clue import Clue
from infra.storage.database import Database
from tests.clue_builders import (
    BY_BIDDER,
    BY_RIVAL,
    BY_TENDERER,
    ELSEWHERE,
    OPENING,
    PROVINCE,
    SUPERVISOR,
    a_clue,
    consistent,
    hours_later,
    judged,
)


@dataclass
class People:
    """Who listens now."""

    there: list[Listener] = field(default_factory=list)

    def listeners(self) -> Sequence[Listener]:
        return list(self.there)


def an_account(name: str, *actors: Actor) -> Listener:
    return Listener("mail", name, actors)


@pytest.fixture
def people() -> People:
    return People()


@pytest.fixture
def fan_out(database: Database, people: People) -> FanOut:
    made = FanOut(database, people, lambda: OPENING, address="https://monitor.example/")
    made.hand_on()
    return made


def told_of(database: Database, clue: Clue, *events: Any) -> None:
    with database.transaction() as connection:
        tell(connection, [(clue, event) for event in events])


def raised(database: Database, **given: Any) -> Clue:
    clue = judged(None, a_clue().finding, at=OPENING, **given)
    assert clue is not None
    told_of(database, clue, *clue.collect_events())
    return clue


def withdrawn(database: Database, clue: Clue) -> None:
    judged(clue, consistent("paid-2"), at=hours_later(2))
    told_of(database, clue, *clue.collect_events())


def rows(database: Database) -> list[tuple[str, str | None, str]]:
    columns = OUTGOING.c.channel, OUTGOING.c.account_id, OUTGOING.c.occasion
    with database.read() as connection:
        return sorted((str(one), other, str(third)) for one, other, third in connection.execute(select(*columns)))


def test_whom_a_clue_concerns_is_written_to_and_nobody_else(
    database: Database, people: People, fan_out: FanOut
) -> None:
    people.there = [
        an_account("city", SUPERVISOR),
        an_account("province", PROVINCE),
        an_account("elsewhere", ELSEWHERE),
        an_account("bidder", BY_BIDDER),
        an_account("rival", BY_RIVAL),
        an_account("tenderer", BY_TENDERER),
        Listener("wecom-city", jurisdiction="4401"),
        Listener("feishu-elsewhere", jurisdiction="4403"),
        Listener("dingtalk-all"),
    ]
    raised(database)
    assert not fan_out.hand_on()
    heard = [("mail", name, "raised") for name in ("bidder", "city", "province")]
    assert rows(database) == sorted([*heard, ("wecom-city", None, "raised"), ("dingtalk-all", None, "raised")], key=str)


def test_a_letter_names_rule_lot_and_page_and_no_person(database: Database, people: People, fan_out: FanOut) -> None:
    people.there = [an_account("city", SUPERVISOR)]
    clue = raised(database)
    fan_out.hand_on()
    with database.read() as connection:
        content = str(connection.execute(select(OUTGOING.c.content)).scalar_one())
    assert f"https://monitor.example/clues/{clue.id}" in content
    assert '"rule": "E101"' in content
    assert str(clue.context.person_id) not in content


def test_handing_on_again_changes_nothing(database: Database, people: People, fan_out: FanOut) -> None:
    people.there = [an_account("city", SUPERVISOR)]
    raised(database)
    for _ in range(3):
        fan_out.hand_on()
    assert rows(database) == [("mail", "city", "raised")]
    other = FanOut(database, people, lambda: OPENING, address="")
    other.hand_on()
    assert rows(database) == [("mail", "city", "raised")]


def test_an_end_is_told_to_exactly_those_who_were_told_of_the_clue(
    database: Database, people: People, fan_out: FanOut
) -> None:
    people.there = [
        an_account("city", SUPERVISOR),
        an_account("unreached", SUPERVISOR),
        an_account("leaves", SUPERVISOR),
    ]
    clue = raised(database)
    fan_out.hand_on()
    with database.transaction() as connection:
        unreached = update(OUTGOING).where(OUTGOING.c.account_id == "unreached")
        connection.execute(unreached.values(state=State.FAILED))
    people.there = [an_account("city", SUPERVISOR), an_account("unreached", SUPERVISOR), an_account("new", SUPERVISOR)]
    withdrawn(database, clue)
    fan_out.hand_on()
    ended = [account for _, account, occasion in rows(database) if occasion == "withdrawn"]
    assert ended == ["city", "leaves"]


def test_a_clue_that_moves_to_another_place_has_ended_for_the_first_alone(
    database: Database, people: People, fan_out: FanOut
) -> None:
    people.there = [
        an_account("city", SUPERVISOR),
        an_account("province", PROVINCE),
        an_account("elsewhere", ELSEWHERE),
    ]
    clue = raised(database)
    fan_out.hand_on()
    at = [("440100", Occasion.HANDED_OVER), ("440300", Occasion.RAISED)]
    with database.transaction() as connection:
        notices = [
            row_of(clue.id, 2, Recipient(Role.SUPERVISOR, place), occasion, Content.of(clue).text(), hours_later(2))
            for place, occasion in at
        ]
        put(connection, notices)
    fan_out.hand_on()
    assert [account for _, account, occasion in rows(database) if occasion == "withdrawn"] == ["city"]
    assert ("mail", "elsewhere", "raised") in rows(database)


def test_who_listens_in_two_places_gets_one_letter(database: Database, people: People, fan_out: FanOut) -> None:
    people.there = [an_account("both", SUPERVISOR, PROVINCE)]
    raised(database)
    fan_out.hand_on()
    assert rows(database) == [("mail", "both", "raised")]


def test_what_was_told_before_there_were_channels_is_sent_to_nobody(database: Database, people: People) -> None:
    people.there = [an_account("city", SUPERVISOR)]
    raised(database)
    late = FanOut(database, people, lambda: OPENING, address="")
    late.hand_on()
    late.hand_on()
    assert rows(database) == []
