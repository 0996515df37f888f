"""Which shards get a fact: each exactly those that must have it, wherever it came in."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine

from alerts.outbox import Outbox, Outgoing
from alerts.tables import METADATA
from domain.facts.fact import FactData
from infra.identity.keys import Keys
from infra.identity.vault import Vault
from streams.cluster.placement import Placement
from streams.cluster.routing import AmongShards
from streams.cluster.signatures import Signatures
from streams.intake.intake import Intake
from streams.intake.own_facts import prepare_forwarded, prepare_own
from streams.intake.prepared import PreparedBatch
from tests.builders import (
    a_bid_opening,
    a_check_in,
    a_licence,
    a_payment,
    a_registration,
    a_renaming,
    an_appointment,
)
from tests.monitor import as_bytes, correction, said
from tests.site_builders import a_lead_change, a_start, an_inspection

PLACEMENT = Placement(12, 4)
EVERYWHERE = set(range(PLACEMENT.shards))
NOW = datetime(2025, 6, 18, tzinfo=UTC)
VAULT = Vault(Keys(bytes(32), bytes(32), 1, bytes(32)))
OUTBOX = Outbox(VAULT)


@contextmanager
def an_empty_outbox() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        METADATA.create_all(connection)
        yield connection
    engine.dispose()


def prepared(*messages: dict[str, Any]) -> PreparedBatch:
    return Intake(VAULT.pseudonymiser(), names_subjects=True).prepare([as_bytes(message) for message in messages])


def spread(facts: PreparedBatch, shard: int) -> tuple[list[str], list[Outgoing]]:
    """Ids recorded in the shard where ``facts`` came in, and what it sends to others."""
    routing = AmongShards(PLACEMENT, shard, OUTBOX, Signatures(VAULT))
    with an_empty_outbox() as connection:
        ours = routing.forward(connection, facts, NOW)
        routing.copy(connection, ours, NOW)
        return ours.ids, [row.message for row in OUTBOX.waiting(connection, limit=1_000) if row.message]


def reached(facts: PreparedBatch, shard: int) -> set[int]:
    """The shards that have the one fact in the end; none has it twice."""
    here, sent = spread(facts, shard)
    shards = [shard] * len(here) + [PLACEMENT.shard_of(message.partition or 0) for message in sent]
    assert len(set(shards)) == len(shards)
    return set(shards)


def home(data: FactData, place: int = 0) -> int:
    return PLACEMENT.home(data.subjects[place])


@pytest.mark.parametrize("shard", range(PLACEMENT.shards))
@pytest.mark.parametrize("data", [a_payment(), a_registration()])
def test_a_fact_goes_to_the_home_of_its_subject(data: FactData, shard: int) -> None:
    assert reached(prepared(said(data, "1")), shard) == {home(data)}


@pytest.mark.parametrize("shard", range(PLACEMENT.shards))
def test_a_check_in_stays_with_the_person(shard: int) -> None:
    data = a_check_in()
    assert reached(prepared(said(data, "1")), shard) == {home(data)}


@pytest.mark.parametrize("shard", range(PLACEMENT.shards))
@pytest.mark.parametrize("data", [a_licence(), a_renaming()])
def test_what_is_said_of_an_organisation_goes_everywhere(data: FactData, shard: int) -> None:
    assert reached(prepared(said(data, "1")), shard) == EVERYWHERE


@pytest.mark.parametrize("shard", range(PLACEMENT.shards))
def test_who_are_the_parties_of_a_lot_is_told_everywhere(shard: int) -> None:
    """A party that another lot names without a code may be named with it here."""
    assert reached(prepared(said(a_bid_opening(), "1")), shard) == EVERYWHERE


@pytest.mark.parametrize("replacement", [None, a_payment()])
def test_a_correction_goes_everywhere(replacement: FactData | None) -> None:
    """What it corrects may be anywhere."""
    assert reached(prepared(correction("2", "1", replacement)), 1) == EVERYWHERE


@pytest.mark.parametrize("shard", range(PLACEMENT.shards))
def test_an_appointment_goes_everywhere(shard: int) -> None:
    """The lead of one lot may be met on the site of another lot's winner."""
    facts = prepare_own(
        [("urn:tender-monitor:follow-ups", "1", an_appointment(), {"time": "2025-06-18T09:30:00+08:00"})]
    )
    assert reached(facts, shard) == EVERYWHERE


@pytest.mark.parametrize("shard", range(PLACEMENT.shards))
@pytest.mark.parametrize(
    "data",
    [
        a_start(),
        a_lead_change(),
        a_check_in(trade="项目负责人"),
        an_inspection(role="项目负责人"),
        an_inspection(role="项目负责人", present=False),
    ],
)
def test_who_leads_a_project_is_told_everywhere(data: FactData, shard: int) -> None:
    assert reached(prepared(said(data, "1")), shard) == EVERYWHERE


@pytest.mark.parametrize("shard", range(PLACEMENT.shards))
@pytest.mark.parametrize("data", [a_check_in(trade="建筑电工"), an_inspection(), an_inspection(present=False)])
def test_what_else_is_seen_of_a_person_on_a_site_stays_with_the_person(data: FactData, shard: int) -> None:
    assert reached(prepared(said(data, "1")), shard) == {home(data)}


def test_what_another_shard_sent_is_not_sent_on() -> None:
    for shard in EVERYWHERE:
        assert spread(prepare_forwarded([as_bytes(said(a_licence(), "1"))]), shard) == (["1"], [])


def test_a_copy_is_the_fact_as_the_ledger_has_it() -> None:
    """Pseudonymised, under the key of its subject, and read again to the same row."""
    payment = said(a_payment(), "1", recordedtime="2025-06-18T09:30:00+08:00")
    facts = prepared(payment)
    shard = (home(a_payment()) + 1) % PLACEMENT.shards
    (_, (copy,)) = spread(facts, shard)
    assert copy.value is not None
    assert copy.key == a_payment().person.subject.encode()
    assert PLACEMENT.partition(copy.key) == copy.partition
    assert prepare_forwarded([copy.value]).states == facts.states


@settings(deadline=None)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=30, unique=True), st.integers(0, PLACEMENT.shards - 1))
def test_of_a_mixed_batch_every_fact_reaches_its_shards(numbers: list[int], shard: int) -> None:
    people = [a_payment(person={"person_id": f"{number:064x}"}) for number in numbers]
    facts = prepared(*(said(data, str(number)) for number, data in zip(numbers, people, strict=True)))
    here, sent = spread(facts, shard)
    assert here == [str(number) for number, data in zip(numbers, people, strict=True) if home(data) == shard]
    assert sorted(message.key or b"" for message in sent) == sorted(
        data.subjects[0].encode() for data in people if home(data) != shard
    )
