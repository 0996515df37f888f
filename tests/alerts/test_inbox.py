"""The inbox on real databases, and the laws of telling."""

import itertools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from eventsourcing.persistence import StoredEvent
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, delete, insert, select
from sqlalchemy.exc import IntegrityError

from alerts.addressing import is_addressed
from alerts.inbox import inbox, last_notice_id, sent, tell, told, told_after
from alerts.readings import mark_clue_read, mark_read
from alerts.recipients import Occasion, Recipient
from alerts.tables import METADATA, NOTICES
from domain.access import Actor, Role
from domain.clues.clue import COMMANDS, Clue
from domain.errors import NotAllowed
from infra.storage.database import Database
from tests.builders import BIDDER, RIVAL, TENDERER
from tests.clue_builders import (
    BY_BIDDER,
    BY_RIVAL,
    BY_TENDERER,
    CONTEXT,
    ELSEWHERE,
    OPENING,
    PROVINCE,
    SUPERVISOR,
    a_clue,
    a_finding,
    consistent,
    hours_later,
    judged,
    replay,
    stored,
)

unhurried = settings(deadline=None)
NEVER_TOLD = (Role.SOURCE, Role.INVESTIGATOR, Role.AUDITOR, Role.OPERATOR)
THE_TENDERER = Recipient(Role.TENDERER, TENDERER.key)


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.transaction() as connection:
        METADATA.create_all(connection)
        yield connection


@contextmanager
def an_empty_database() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        METADATA.create_all(connection)
        yield connection
    engine.dispose()


def recorded(connection: Connection, clue: Clue | None) -> Clue:
    """As the shard does: what is pending is recorded, and told."""
    assert clue is not None
    events: Any = clue.collect_events()
    tell(connection, [(clue, event) for event in events])
    return clue


def rows(connection: Connection) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.execute(select(NOTICES).order_by(NOTICES.c.notice_id))]


def a_told_clue(connection: Connection, **given: Any) -> Clue:
    return recorded(connection, judged(None, a_finding(), at=OPENING, **given))


def test_each_reader_finds_the_own_notices_only(connection: Connection) -> None:
    a_told_clue(connection, candidate=True)

    found = {
        reader.name: [notice.occasion for notice in inbox(connection, reader)]
        for reader in (SUPERVISOR, PROVINCE, ELSEWHERE, BY_BIDDER, BY_RIVAL, BY_TENDERER)
    }

    assert found == {
        SUPERVISOR.name: [Occasion.RAISED],
        PROVINCE.name: [Occasion.RAISED],
        ELSEWHERE.name: [],
        BY_BIDDER.name: [Occasion.RAISED],
        BY_RIVAL.name: [],
        BY_TENDERER.name: [Occasion.CANDIDATE],
    }


@pytest.mark.parametrize(
    "reader",
    [
        *(Actor(role, "…", jurisdiction="440100", uscc=BIDDER.uscc) for role in NEVER_TOLD),
        Actor(Role.SUPERVISOR, "…"),
        Actor(Role.SUPERVISOR, "…", jurisdiction=""),
        Actor(Role.SUPERVISOR, "…", jurisdiction="0000"),
        Actor(Role.SUPERVISOR, "…", jurisdiction="44%"),
        Actor(Role.BIDDER, "…"),
        Actor(Role.TENDERER, "…", uscc=BIDDER.uscc),
        Actor(Role.BIDDER, "…", uscc=TENDERER.uscc),
    ],
)
def test_who_is_not_addressed_finds_nothing(connection: Connection, reader: Actor) -> None:
    a_told_clue(connection, candidate=True)

    assert inbox(connection, reader) == []


def test_whose_a_notice_is_is_told_alike_by_the_query_and_without_one(connection: Connection) -> None:
    """Who is woken by a notice is decided by the one, what is sent by the other."""
    a_told_clue(connection, candidate=True)
    newest, recipients = told_after(connection, 0)
    assert (newest, len(recipients)) == (last_notice_id(connection), 3)
    places, codes = (None, "44", "440100", "4403", "0000", "44%"), (None, BIDDER.uscc, TENDERER.uscc)
    for role, place, code in itertools.product(Role, places, codes):
        reader = Actor(role, "…", jurisdiction=place, uscc=code)
        found = {notice.recipient for notice in inbox(connection, reader)}
        assert found == {recipient for recipient in recipients if is_addressed(reader, recipient)}, reader


def test_what_was_told_is_told_since_a_number(connection: Connection) -> None:
    clue = a_told_clue(connection)
    before = last_notice_id(connection)
    assert told_after(connection, before) == (before, [])
    recorded(connection, judged(clue, a_finding(says="乙"), at=hours_later(1)))
    newest, recipients = told_after(connection, before)
    assert (newest, {recipient.role for recipient in recipients}) == (before + 2, {Role.SUPERVISOR, Role.BIDDER})


def test_up_to_a_number_only_unread_notices_are_asked_for(connection: Connection) -> None:
    clue = a_told_clue(connection)
    for hour in range(1, 4):
        recorded(connection, judged(clue, a_finding(says=f"第{hour}次"), at=hours_later(hour)))
    numbers = [notice.notice_id for notice in inbox(connection, BY_BIDDER)]
    for number in numbers[1:3]:
        mark_read(connection, number, BY_BIDDER, at=hours_later(9))

    def asked(unread_to: int) -> list[int]:
        return [notice.notice_id for notice in inbox(connection, BY_BIDDER, unread_to=unread_to)]

    assert asked(0) == numbers
    assert asked(numbers[1]) == [numbers[0], numbers[2], numbers[3]]
    assert asked(last_notice_id(connection)) == [numbers[0], numbers[3]]


def test_notices_are_numbered_in_the_order_of_telling_and_read_on_from_a_number(connection: Connection) -> None:
    clue = a_told_clue(connection)
    for hour, words in enumerate(("甲", "乙", "丙"), start=1):
        recorded(connection, judged(clue, a_finding(says=words), at=hours_later(hour)))

    numbers = [notice.notice_id for notice in inbox(connection, BY_BIDDER)]

    assert len(numbers) == 4
    assert [row[0] for row in rows(connection)] == list(range(1, 9))
    assert last_notice_id(connection) == 8
    assert [notice.notice_id for notice in inbox(connection, BY_BIDDER, after=numbers[1])] == numbers[2:]
    assert [notice.notice_id for notice in inbox(connection, BY_BIDDER, after=numbers[0], limit=2)] == numbers[1:3]


def test_a_notice_keeps_the_revision_it_told_of(connection: Connection) -> None:
    clue = a_told_clue(connection)
    recorded(connection, judged(clue, consistent(), at=hours_later(3)))

    first, second = inbox(connection, BY_BIDDER)

    assert (first.clue_id, first.revision, first.created_at) == (clue.id, 1, OPENING)
    assert (second.clue_id, second.revision, second.created_at) == (clue.id, 2, hours_later(3))
    assert sent(connection, clue.id)[-2:] == [second, *inbox(connection, SUPERVISOR, after=3)]


def test_a_row_is_unique_by_clue_revision_recipient_and_channel(connection: Connection) -> None:
    a_told_clue(connection)
    row = connection.execute(select(NOTICES)).mappings().first()
    assert row is not None

    with pytest.raises(IntegrityError), connection.begin_nested():
        connection.execute(insert(NOTICES), {**row, "notice_id": 99})
    connection.execute(insert(NOTICES), {**row, "notice_id": 99, "channel": "webhook"})


def test_reading_is_noted_once_and_survives_a_rebuild(connection: Connection) -> None:
    clue = judged(None, a_finding(), at=OPENING)
    assert clue is not None
    ledger = stored(clue.collect_events())
    _rebuild(connection, ledger)
    (notice,) = inbox(connection, BY_BIDDER)

    assert mark_read(connection, notice.notice_id, BY_BIDDER, at=hours_later(1))
    assert mark_read(connection, notice.notice_id, BY_BIDDER, at=hours_later(2))
    _rebuild(connection, ledger)

    (notice,) = inbox(connection, BY_BIDDER)
    assert notice.read_at == hours_later(1)


def test_whoever_opens_a_clue_has_read_the_own_notices_about_it_and_no_others(connection: Connection) -> None:
    clue = a_told_clue(connection)
    recorded(connection, judged(clue, consistent(), at=hours_later(1)))
    another = recorded(connection, judged(None, a_finding(rule="E102"), at=OPENING))
    mark_clue_read(connection, clue.id, SUPERVISOR, at=hours_later(2))
    mark_clue_read(connection, clue.id, SUPERVISOR, at=hours_later(3))

    read = [(notice.clue_id, notice.read_at) for notice in inbox(connection, SUPERVISOR)]
    assert read == [(clue.id, hours_later(2)), (clue.id, hours_later(2)), (another.id, None)]
    assert {notice.read_at for notice in inbox(connection, BY_BIDDER)} == {None}


@pytest.mark.parametrize("reader", [BY_RIVAL, BY_TENDERER, ELSEWHERE])
def test_nobody_marks_a_notice_of_somebody_else(connection: Connection, reader: Actor) -> None:
    a_told_clue(connection)

    assert not any(mark_read(connection, number, reader, at=OPENING) for number in (1, 2, 3))
    assert all(notice.read_at is None for notice in inbox(connection, BY_BIDDER))


def test_a_notice_document_is_plain_json_with_words_in_both_languages(connection: Connection) -> None:
    clue = a_told_clue(connection)
    (notice,) = inbox(connection, SUPERVISOR)
    document = notice.document(person="张＊")

    assert document["clue_id"] == str(clue.id)
    assert document["occasion"] == "raised"
    assert document["recipient"] == {"role": "supervisor", "key": "440100"}
    assert document["bidder"] == BIDDER.name
    assert document["created_at"] == "2025-06-18T01:30:00.000000+00:00"
    assert document["read_at"] is None
    assert "张＊" in document["body"]["zh"]
    assert document["subject"]["en"].startswith("New clue: ")


def test_no_row_holds_an_explanation_which_may_name_a_rival(connection: Connection) -> None:
    finding = a_finding(says=f"社保由{RIVAL.name}缴纳")
    recorded(connection, judged(None, finding, candidate=True))

    assert RIVAL.name not in str(rows(connection))


def test_several_events_at_once_are_refused(connection: Connection) -> None:
    clue = a_clue()
    judged(clue, a_finding(says="甲"))
    judged(clue, a_finding(says="乙"))

    with pytest.raises(ValueError, match="every single event"):
        recorded(connection, clue)


FINDINGS = st.sampled_from([a_finding(), a_finding("april"), a_finding(says="另一句"), consistent(), None])
JUDGEMENTS = st.tuples(FINDINGS, st.booleans())
DECISIONS = st.sampled_from(sorted(COMMANDS))


def _live(connection: Connection, happenings: Iterable[Any]) -> list[Any]:
    """All events of one clue, told as they happen, and whether each left it open with a candidate."""
    clue: Clue | None = None
    history: list[Any] = []
    for hour, happening in enumerate(happenings):
        if not isinstance(happening, str):
            clue = judged(clue, happening[0], candidate=happening[1], at=hours_later(hour))
        elif clue is not None:
            actor = BY_BIDDER if happening == "explain" else SUPERVISOR
            try:
                COMMANDS[happening](clue, actor, "有劳动合同", at=hours_later(hour))
            except NotAllowed:
                continue
        if clue is not None:
            events: Any = clue.collect_events()
            tell(connection, [(clue, event) for event in events])
            history.append((list(events), clue.status, clue.candidate))
    return history


def _told_to_each(connection: Connection) -> dict[Recipient, list[Occasion]]:
    told_to: dict[Recipient, list[Occasion]] = {}
    for row in connection.execute(select(NOTICES).order_by(NOTICES.c.notice_id)):
        recipient = Recipient(Role(row.recipient_role), row.recipient_key)
        told_to.setdefault(recipient, []).append(Occasion(row.occasion))
    return told_to


@unhurried
@given(st.lists(JUDGEMENTS, max_size=10))
def test_the_tenderer_is_told_if_and_only_if_candidacy_and_open_clue_met(happenings: list[Any]) -> None:
    with an_empty_database() as connection:
        history = _live(connection, happenings)
        met = any(candidate and status.is_open for _, status, candidate in history)

        assert (THE_TENDERER in _told_to_each(connection)) == met


def test_a_tenderer_told_only_of_the_end_hears_that_the_clue_is_investigated_again() -> None:
    again = [(a_finding(says="另一句"), False), (a_finding(), False), (a_finding(), True), "investigate"]
    with an_empty_database() as connection:
        history = _live(connection, [(a_finding(), False), "investigate", "confirm", *again])
        assert _told_to_each(connection)[THE_TENDERER] == [Occasion.CONFIRMED, Occasion.CANDIDATE]
        assert history[-1][1].is_open


@unhurried
@given(st.lists(st.one_of(JUDGEMENTS, DECISIONS), max_size=14))
def test_everyone_told_is_told_the_end_exactly_once(happenings: list[Any]) -> None:
    with an_empty_database() as connection:
        history = _live(connection, happenings)
        for recipient, occasions in _told_to_each(connection).items():
            ends = [occasion.is_end for occasion in occasions]

            # Who hears of a clue only at its end hears more where it is investigated again.
            assert not ends[0] or occasions == [Occasion.CONFIRMED] or happenings.count("investigate") > 1
            assert not any(one and following for one, following in itertools.pairwise(ends))
            if not history[-1][1].is_open:
                # Of a decided clue a supervisor still hears that its evidence changed.
                assert ends[-1] or occasions[-1] is Occasion.EVIDENCE_CHANGED
            elif recipient != THE_TENDERER:
                assert not ends[-1]


@unhurried
@given(st.lists(st.one_of(JUDGEMENTS, DECISIONS), max_size=14))
def test_nobody_else_ever_hears_anything(happenings: list[Any]) -> None:
    with an_empty_database() as connection:
        _live(connection, happenings)
        keys = {(recipient.role, recipient.key) for recipient in _told_to_each(connection)}

        assert keys <= {("supervisor", CONTEXT.jurisdiction), ("bidder", BIDDER.key), ("tenderer", TENDERER.key)}


@unhurried
@given(st.lists(st.one_of(JUDGEMENTS, DECISIONS), max_size=14))
def test_a_rebuild_from_the_ledger_gives_the_same_rows(happenings: list[Any]) -> None:
    with an_empty_database() as connection:
        history = _live(connection, happenings)
        live = rows(connection)
        _rebuild(connection, stored(event for events, _, _ in history for event in events))

        assert rows(connection) == live


def test_told_is_the_last_thing_each_heard(connection: Connection) -> None:
    clue = a_told_clue(connection)
    recorded(connection, judged(clue, a_finding(), candidate=True))
    recorded(connection, judged(clue, consistent(), candidate=True))

    assert set(told(connection, [clue.id])[clue.id].values()) == {Occasion.WITHDRAWN}
    assert len(told(connection, [clue.id])[clue.id]) == 3


def _rebuild(connection: Connection, ledger: Iterable[StoredEvent]) -> None:
    connection.execute(delete(NOTICES))
    for event, clue in replay(ledger):
        tell(connection, [(clue, event)])
