"""The console node sees the shards' boards as one, and everything else in the shard that has it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import Connection, Row, select
from sqlalchemy.exc import DBAPIError

from alerts import inbox, readings
from alerts.tables import NOTICES
from domain.access import Actor, Role
from domain.errors import NotFound
from domain.evidence.recorded import EVERYTHING, Knowledge
from domain.facts.fact import OWN_PREFIX, Org, Person
from domain.policy import PolicyBook
from infra.cluster.collected_notices import collect_notices
from infra.cluster.evidence import LedgerOfShards, identities_of_shards
from infra.cluster.united import entered, open_shards, shard_of_clue, shard_of_quarantined
from infra.identity.vault import Vault
from infra.installation import Installation, system_clock
from infra.settings import Settings
from infra.storage.database import Database
from projections.boards.clue_board import CLUES
from projections.decisions import Decisions
from projections.questions.approval_history import CaseDetail, CaseEvent, case_detail, case_history
from projections.questions.as_of import AsOf
from projections.questions.clue_queries import ShownClue, clue, clues
from projections.questions.comparison import comparison
from projections.questions.dossier import DossierEntry, dossier
from projections.questions.replayed import lot_replay
from tests.approval_builders import an_entry
from tests.builders import LEAD, RIVAL, SOMEONE_ELSE, THIRD, a_bid, a_bid_opening, a_registration, payments
from tests.monitor import AUDITOR, OPERATOR, Clock, Message, Monitor, correction, said
from tests.site_builders import a_start, an_inspection

SHARDS = 2
FOURTH_LEAD = Person(person_id="d4" * 32)
SHENZHEN = Actor(Role.SUPERVISOR, "深圳市监管处", jurisdiction="440300")
GUANGZHOU = Actor(Role.SUPERVISOR, "广州市监管处", jurisdiction="440100")
NAMED = {"name": "王小明", "id_number": "11010519491231002X"}


class First(Installation):
    @classmethod
    def open(
        cls, settings: Settings, *, clock: Callable[[], datetime] = system_clock, shard: int | None = 0
    ) -> Installation:
        return super().open(settings, clock=clock, shard=shard)


class Second(First):
    @classmethod
    def open(
        cls, settings: Settings, *, clock: Callable[[], datetime] = system_clock, shard: int | None = 1
    ) -> Installation:
        return super().open(settings, clock=clock, shard=shard)


@dataclass(frozen=True)
class Cluster:
    """Whatever is called by the name of the second lead or lot lives in the second shard."""

    url: str
    parts: tuple[Monitor, ...]
    console: Database

    def as_of(self) -> AsOf:
        ledger = LedgerOfShards(self.console, SHARDS)
        return AsOf(ledger, Decisions(ledger), self.parts[0].settings.policy, at_home)

    def every_clue(self, actor: Actor = AUDITOR, *, limit: int = 100) -> list[ShownClue]:
        """Read page by page."""
        with self.console.read() as connection:
            page = clues(connection, actor, limit=limit)
            found = list(page.items)
            while page.next is not None:
                page = clues(connection, actor, cursor=page.next, limit=limit)
                found += page.items
        return found

    def notices(self) -> list[Row[Any]]:
        """All that is in the console's inbox."""
        with self.console.read() as connection:
            return list(connection.execute(select(NOTICES).order_by(NOTICES.c.notice_id)))


@contextmanager
def at_home(connection: Connection, subject: str) -> Iterator[int]:
    shard = int(subject.endswith((SOMEONE_ELSE.person_id, FOURTH_LEAD.person_id, "T-2/2")))
    with entered(connection, shard):
        yield shard


@pytest.fixture(scope="module")
def cluster(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two shards, each with leads insured by others than their bidders."""
    name = f"shards_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    url, clock = f"{postgres_url.rpartition('/')[0]}/{name}", Clock()
    settings = Settings(data=tmp_path_factory.mktemp("cluster"), database=url)
    with ExitStack() as stack:
        parts = tuple(Monitor(settings, clock, installed=each) for each in (First, Second))
        for part in parts:
            stack.callback(part.close)
        _tell(parts, clock)
        console = open_shards(url, SHARDS)
        stack.callback(console.close)
        yield Cluster(url, parts, console)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _tell(parts: tuple[Monitor, ...], clock: Clock) -> None:
    parts[0].send(said(a_bid_opening(), "opening"), *_facts(LEAD, RIVAL), b"unreadable here")
    clock.pass_by(minutes=1)
    second = a_bid_opening(tender_id="T-2", lot_id="2", bids=(a_bid(bidder=RIVAL, person=SOMEONE_ELSE),))
    parts[1].send(said(second, "second"), *_facts(SOMEONE_ELSE, THIRD), b"unreadable there", _of_a_named_person())
    clock.pass_by(minutes=1)
    parts[0].send(said(a_bid_opening(tender_id="T-3"), "third"))


def _facts(person: Person, payer: Org) -> list[Message]:
    paid = payments(payer, person=person)
    return [said(a_registration(person=person), "registered"), *(said(each, f"paid {each.month}") for each in paid)]


def _of_a_named_person() -> dict[str, Any]:
    message = said(a_registration(), "named")
    return {**message, "data": {**message["data"], "person": NAMED}}


def test_clues_of_all_shards_are_one_list_by_the_time_they_were_raised(cluster: Cluster) -> None:
    found = cluster.every_clue()
    own = [each for part in cluster.parts for each in part.rows(CLUES)]
    assert {each.clue_id for each in found} == {row.clue_id for row in own}
    assert [each.raised_at for each in found] == sorted((each.raised_at for each in found), reverse=True)
    assert {each.tender_id for each in found} == {"T-2025-001", "T-2", "T-3"}


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_over_all_shards_leave_nothing_out_and_repeat_nothing(cluster: Cluster, limit: int) -> None:
    assert cluster.every_clue(limit=limit) == cluster.every_clue()


def test_a_clue_is_found_by_its_id_with_the_shard_it_belongs_to(cluster: Cluster) -> None:
    with cluster.console.read() as connection:
        for each in cluster.every_clue():
            assert clue(connection, AUDITOR, UUID(each.clue_id)) == each
            assert shard_of_clue(connection, UUID(each.clue_id)) == int(each.tender_id == "T-2")
        assert shard_of_clue(connection, uuid4()) is None


def test_evidence_is_read_in_the_home_of_its_subject(cluster: Cluster) -> None:
    for part, (tender, lot) in zip(cluster.parts, (("T-2025-001", "1"), ("T-2", "2")), strict=True):
        now = part.clock.moment
        with part.read() as connection:
            here = comparison(connection, part.as_of, AUDITOR, tender, lot, knowledge=EVERYTHING, now=now)
        with cluster.console.read() as connection:
            there = comparison(connection, cluster.as_of(), AUDITOR, tender, lot, knowledge=EVERYTHING, now=now)
        assert there == here


def test_one_reader_may_ask_about_several_shards(cluster: Cluster) -> None:
    """What it remembers by position is not taken for another shard's."""
    as_of = cluster.as_of()
    with cluster.console.read() as connection:
        for person in (LEAD, SOMEONE_ELSE, LEAD):
            facts = as_of.recorded(connection, f"person:{person.person_id}")
            assert facts
            assert all(f"person:{person.person_id}" in fact.data.subjects for fact in facts)


def test_what_a_person_did_on_sites_is_read_in_the_person_s_home(cluster: Cluster) -> None:
    """With what was said of the projects, which every shard was told; of it a replay is made."""
    part, person_id = cluster.parts[1], SOMEONE_ELSE.person_id
    handed_over = said(a_start(on="2025-09-01"), "handed over")
    absent = said(an_inspection(person=SOMEONE_ELSE, present=False), "absent")
    part.send(said(a_start(lead=SOMEONE_ELSE), "started"), handed_over, absent)
    with part.read() as connection:
        here = part.as_of.on_sites(connection, person_id, knowledge=EVERYTHING, now=part.clock.moment)
        recorded = part.as_of.recorded_around(connection, person_id)
    with cluster.console.read() as connection:
        there = cluster.as_of().on_sites(connection, person_id, knowledge=EVERYTHING, now=part.clock.moment)
        assert cluster.as_of().recorded_around(connection, person_id) == recorded
    assert there.cases == here.cases != ()
    assert {"started", "handed over", "absent"} <= {fact.id for fact in recorded}


def test_a_table_of_one_shard_is_not_read_by_mistake(cluster: Cluster) -> None:
    with pytest.raises(DBAPIError, match="belongs to one shard"), cluster.console.read() as connection:
        connection.exec_driver_sql("SELECT max(id) FROM stored_events")
    with cluster.console.read() as connection:
        with entered(connection, 1):
            assert connection.exec_driver_sql("SELECT count(*) FROM stored_events").scalar()
        with pytest.raises(DBAPIError, match="belongs to one shard"):
            connection.exec_driver_sql("SELECT max(id) FROM stored_events")


def test_events_are_counted_over_all_shards(cluster: Cluster) -> None:
    counted = sum(len(part.ledger()) for part in cluster.parts)
    with cluster.console.read() as connection:
        assert LedgerOfShards(cluster.console, SHARDS).last_position(connection) == counted


def test_people_are_known_whichever_shard_met_them(cluster: Cluster) -> None:
    installation = cluster.parts[1].installation
    vault = Vault(installation.keys, kept=identities_of_shards(SHARDS))
    person_id = vault.pseudonymiser().person_id(f"rid:v1:{NAMED['id_number']}")
    with cluster.console.read() as connection:
        assert vault.masked(connection, person_id) == "王＊ 1101…2X"


def test_quarantine_is_one_list_without_an_entry_twice(cluster: Cluster) -> None:
    quarantine = cluster.parts[0].installation.quarantine
    with cluster.console.read() as connection:
        found = quarantine.entries(connection, OPERATOR)
        assert [entry.number for entry in found] == sorted({entry.number for entry in found})
        assert sorted(shard_of_quarantined(connection, entry.quarantine_id) or 0 for entry in found) == [0, 1]
        opened = {quarantine.opened(connection, entry.quarantine_id, OPERATOR) for entry in found}
        assert opened == {b"unreadable here", b"unreadable there"}
        (after,) = quarantine.entries(connection, OPERATOR, after=found[0].number)
        assert after == found[1]


def test_notices_of_all_shards_come_into_one_inbox_each_once(cluster: Cluster) -> None:
    """Under numbers that only grow, so that a stream of them can be resumed."""
    theirs = {row[1:] for part in cluster.parts for row in part.rows(NOTICES)}
    assert collect_notices(cluster.console, SHARDS) == len(theirs)
    assert collect_notices(cluster.console, SHARDS) == 0
    collected = cluster.notices()
    assert [row.notice_id for row in collected] == list(range(1, len(theirs) + 1))
    assert {row[1:] for row in collected} == theirs

    cluster.parts[1].send(said(a_bid_opening(tender_id="T-4"), "fourth"), *_facts(LEAD, RIVAL))
    new = collect_notices(cluster.console, SHARDS)
    assert new > 0
    assert cluster.notices()[: len(collected)] == collected
    assert len(cluster.notices()) == len(collected) + new


def test_a_notice_is_marked_as_read_in_the_console(cluster: Cluster) -> None:
    collect_notices(cluster.console, SHARDS)
    now = cluster.parts[0].clock.moment
    with cluster.console.read() as connection:
        first = inbox.inbox(connection, GUANGZHOU)[0]
    with cluster.console.transaction() as connection:
        assert readings.mark_read(connection, first.notice_id, GUANGZHOU, at=now)
    with cluster.console.read() as connection:
        assert inbox.inbox(connection, GUANGZHOU)[0].read_at == now


def test_a_console_can_be_opened_before_any_worker(postgres_url: str) -> None:
    name = f"shards_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    console = open_shards(f"{postgres_url.rpartition('/')[0]}/{name}", 3)
    with console.read() as connection:
        assert clues(connection, AUDITOR).items == ()
    console.close()
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_what_was_retracted_is_shown_as_it_was_known_in_the_shard_that_has_it(cluster: Cluster) -> None:
    """A lot with its lead, and a case: by whom they concerned then; to nobody now, nor before."""
    part = cluster.parts[1]
    before = part.clock.pass_by(minutes=1)
    part.clock.pass_by(minutes=1)
    opening = a_bid_opening(tender_id="R-T-2", lot_id="2", bids=(a_bid(bidder=RIVAL, person=FOURTH_LEAD),))
    part.send(said(opening, "to be retracted"), said(an_entry(case_id="AP-T-2/2"), "entry"))
    stood = part.clock.pass_by(minutes=1)
    part.clock.pass_by(minutes=1)
    part.send(correction("lot-gone", "to be retracted"), correction("case-gone", "entry"))

    for ask in (_compared, _told, _case, _history):
        assert ask(cluster, Knowledge(stood), GUANGZHOU)
        for known, actor in ((EVERYTHING, GUANGZHOU), (Knowledge(before), GUANGZHOU), (Knowledge(stood), SHENZHEN)):
            with pytest.raises(NotFound):
                ask(cluster, known, actor)


def _compared(cluster: Cluster, known: Knowledge, actor: Actor) -> tuple[str | None, ...]:
    now = cluster.parts[1].clock.moment
    with cluster.console.read() as connection:
        found = comparison(connection, cluster.as_of(), actor, "R-T-2", "2", knowledge=known, now=now)
    return tuple(bid.person_id for bid in found.bids)


def _told(cluster: Cluster, known: Knowledge, actor: Actor) -> tuple[DossierEntry, ...]:
    about, now = FOURTH_LEAD.person_id, cluster.parts[1].clock.moment
    with cluster.console.read() as connection:
        as_of = cluster.as_of()
        return dossier(connection, as_of, actor, about, knowledge=known, valid_at=None, now=now).entries


def _case(cluster: Cluster, known: Knowledge, actor: Actor) -> CaseDetail:
    now = cluster.parts[1].clock.moment
    with cluster.console.read() as connection:
        return case_detail(connection, cluster.as_of(), actor, PolicyBook(), "AP-T-2/2", knowledge=known, now=now)


def _history(cluster: Cluster, known: Knowledge, actor: Actor) -> tuple[CaseEvent, ...]:
    now = cluster.parts[1].clock.moment
    with cluster.console.read() as connection:
        return case_history(connection, cluster.as_of(), actor, PolicyBook(), "AP-T-2/2", knowledge=known, now=now)


def test_a_lot_is_replayed_with_what_became_known_of_its_leads_in_their_shards(cluster: Cluster) -> None:
    """The payments that accuse are named, from whichever shard asks."""
    part, until = cluster.parts[1], cluster.parts[1].clock.moment
    policies = part.settings.policy
    with part.read() as connection:
        here = list(lot_replay(connection, part.as_of, policies, "lot:T-2/2", until=until))
    with cluster.console.read() as connection:
        there = list(lot_replay(connection, cluster.as_of(), policies, "lot:T-2/2", until=until))
    assert there == here
    ids = [fact.fact.id for step in there for fact in step.facts]
    assert {"second", "paid 2025-05"} <= set(ids)
    assert all(not fact.fact.source.startswith(OWN_PREFIX) for step in there for fact in step.facts)
