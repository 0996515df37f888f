"""Lists of clues in each order, page by page."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import Connection

from domain.clues.clue import Clue
from domain.rule import Severity
from infra.storage.database import Database
from projections.boards import clue_board
from projections.questions.clue_order import Sort
from projections.questions.clue_queries import Count, Filters, ShownClue, clues, counts
from tests.clue_builders import ELSEWHERE, OPENING, SUPERVISOR, a_finding, judged
from tests.monitor import AUDITOR

EVERYTHING = Filters()


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.transaction() as connection:
        yield connection


def raised(number: int, severity: Severity, *, candidate: bool = False) -> Clue:
    """One clue a minute, and two in every third."""
    clue = judged(
        None,
        a_finding(subject=str(number), severity=severity),
        candidate=candidate,
        at=OPENING + timedelta(minutes=number - (number % 3 == 0)),
    )
    assert clue is not None
    return clue


def pages(connection: Connection, sort: Sort, limit: int, filters: Filters = EVERYTHING) -> Iterator[ShownClue]:
    """The whole list, by its pages."""
    cursor = None
    while True:
        page = clues(connection, AUDITOR, filters, sort=sort, cursor=cursor, limit=limit)
        yield from page.items
        if page.next is None:
            return
        assert len(page.items) == limit
        assert [each for each in Sort if each.has(page.next)] == [sort]
        cursor = page.next


@pytest.fixture
def many(connection: Connection) -> Connection:
    """More than a hundred new slight clues, raised after a few grave ones."""
    grave = [
        raised(1, Severity.HIGH),
        raised(2, Severity.MEDIUM, candidate=True),
        raised(4, Severity.HIGH, candidate=True),
    ]
    clue_board.put(connection, [*grave, *(raised(number, Severity.LOW) for number in range(100, 220))])
    return connection


def test_the_gravest_come_first_however_many_newer_ones_there_are(many: Connection) -> None:
    first = clues(many, AUDITOR, sort=Sort.GRAVEST, limit=4).items
    assert [(clue.candidate, clue.severity) for clue in first] == [
        (True, "high"),
        (True, "medium"),
        (False, "high"),
        (False, "low"),
    ]


def test_the_newest_come_first_unless_another_order_is_asked_for(many: Connection) -> None:
    found = [clue.raised_at for clue in clues(many, AUDITOR, limit=200).items]
    assert found == sorted(found, reverse=True)


def test_counts_are_true_however_many_clues_there_are(many: Connection) -> None:
    assert counts(many, AUDITOR) == {"raised": Count(clues=123, candidates=2)}
    assert counts(many, SUPERVISOR) == {"raised": Count(clues=123, candidates=2)}
    assert counts(many, ELSEWHERE) == {}


@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize("limit", [1, 7, 60])
def test_pages_together_are_the_list_in_its_order(connection: Connection, sort: Sort, limit: int) -> None:
    chance = Random(7)
    severities = list(Severity)
    clue_board.put(
        connection,
        [raised(number, chance.choice(severities), candidate=chance.random() < 0.3) for number in range(60)],
    )
    whole = [clue.clue_id for clue in clues(connection, AUDITOR, sort=sort, limit=1_000).items]
    found = list(pages(connection, sort, limit))
    assert [clue.clue_id for clue in found] == whole
    assert len(set(whole)) == 60
    keys = [_key(sort, clue) for clue in found]
    assert keys == sorted(keys, reverse=True)


def _key(sort: Sort, clue: ShownClue) -> tuple[object, ...]:
    match sort:
        case Sort.GRAVEST:
            return clue.candidate, Severity(clue.severity).rank, clue.raised_at
        case Sort.CHANGED:
            return (clue.revised_at,)
        case Sort.RAISED:
            return (clue.raised_at,)


def test_a_list_may_hold_several_statuses(connection: Connection) -> None:
    waiting, seen, gone = (raised(number, Severity.HIGH) for number in (1, 2, 4))
    seen.acknowledge(SUPERVISOR, at=OPENING + timedelta(hours=1))
    gone.investigate(SUPERVISOR, at=OPENING + timedelta(hours=1))
    clue_board.put(connection, [waiting, seen, gone])
    found = pages(connection, Sort.CHANGED, 1, Filters(statuses=("raised", "acknowledged")))
    assert [clue.clue_id for clue in found] == [str(seen.id), str(waiting.id)]
