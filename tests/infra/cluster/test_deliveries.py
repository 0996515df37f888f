"""Files that are handed in at a cluster's console: the same calls and answers as on one machine, by the topics."""

import json
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from typing import Any

import pytest

from domain.access import Actor, Role
from infra.deliveries.uploads import Uploads
from infra.serving.server import console
from streams.cluster.handed_in import HANDED_IN
from tests.delivery_builders import BUREAU, MAPPING, OTHER_FIRM, a_file, a_row, rows
from tests.infra.http.served import ACTORS, Served, served
from tests.infra.http.test_uploads import FEED, WRONG, ended, upload
from tests.infra.http.workers import KAFKA, SHARDS, Workers, cluster_folder

SOURCES = (BUREAU, *(f"{BUREAU}:{number}" for number in range(9)))
MAY = {"area": "440100", "period": "2025-05"}


@pytest.fixture(scope="module")
def workers(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    folder = tmp_path_factory.mktemp("cluster")
    with cluster_folder(postgres_url, folder) as settings, closing(Workers(settings, *SOURCES)) as found:
        yield found


@pytest.fixture(scope="module")
def server(workers: Workers) -> Iterator[Served]:
    with a_console(workers) as found:
        yield found


def a_console(workers: Workers) -> Any:
    settings = workers.settings
    start = partial(console, open_producer=workers.topics)
    return served(settings.data, start=start, database=settings.database, kafka=KAFKA.model_dump())


def bureau(number: int) -> str:
    return f"{BUREAU}:{number}"


def feed(number: int) -> Actor:
    """Of a bureau whose deliveries are those of one test alone."""
    return Actor(Role.SOURCE, "bureau", source=bureau(number))


def taken(server: Served, content: bytes, actor: Actor, **fields: str) -> dict[str, Any]:
    """The counts, once it is taken."""
    found = upload(server, content, actor, mapping=MAPPING.replace(BUREAU, str(actor.source)), **fields)
    assert found.status == 201, found.body
    upload_id = found.json()["upload_id"]
    assert server.request("POST", f"/api/v1/uploads/{upload_id}/accept", actor).status == 202
    said = ended(server, upload_id, actor)
    assert said["state"] == "taken", said
    counts: dict[str, Any] = said["counts"]
    return counts


def facts_of(workers: Workers, source: str, kind: str) -> list[dict[str, Any]]:
    """What one source said, in all shards."""
    facts = [each for shard in range(SHARDS) for each in workers.ledger(shard) if each.get("source") == source]
    return [each for each in facts if each.get("type") == f"tender-integrity.{kind}.v1"]


def payments(workers: Workers, source: str) -> list[dict[str, Any]]:
    return facts_of(workers, source, "insurance-paid")


def standing(workers: Workers, source: str) -> dict[str, str]:
    gone = {each["data"]["retracts"]["id"] for each in facts_of(workers, source, "fact-corrected")}
    return {
        each["id"].partition("~")[0]: each["data"]["payer"]["name"]
        for each in payments(workers, source)
        if each["id"] not in gone
    }


def test_a_file_is_checked_and_taken_and_each_row_names_its_delivery_and_who_sent_it(
    workers: Workers, server: Served
) -> None:
    found = upload(server, a_file([*rows(0, 1, 2), WRONG]), FEED, mapping=MAPPING).json()
    assert (found["state"], found["check"]["new"], found["check"]["rejected"]) == ("checked", 3, 1)
    address = f"/api/v1/uploads/{found['upload_id']}"
    assert payments(workers, BUREAU) == [], "nothing is recorded yet"
    assert server.request("POST", f"{address}/accept", FEED).status == 202
    counts = ended(server, found["upload_id"])["counts"]
    assert (counts["accepted"], counts["duplicates"], counts["rejected"]) == (3, 0, 1)
    assert "SB-000009" in server.request("GET", f"{address}/rejected.csv", FEED).body.decode()
    (delivery,) = server.request("GET", "/api/v1/deliveries", FEED).json()["items"]
    recorded = payments(workers, BUREAU)
    assert {each["id"] for each in recorded} == {"SB-000000", "SB-000001", "SB-000002"}
    assert {each["deliveryid"] for each in recorded} == {delivery["delivery_id"]}
    assert {each["submittedby"] for each in recorded} == {"source:bureau"}
    waiting = server.request("GET", "/api/v1/quarantine", ACTORS[Role.OPERATOR]).json()["items"]
    assert [each["source"] for each in waiting] == [BUREAU]


def test_the_people_of_a_file_are_recorded_in_the_shards_of_their_homes(workers: Workers, server: Served) -> None:
    taken(server, a_file(rows(0, 1, 2)), feed(0))
    for shard in range(SHARDS):
        facts = [each for each in workers.ledger(shard) if each.get("id", "").startswith("SB-")]
        people = {each["data"]["person"]["person_id"] for each in facts if each["source"] == bureau(0)}
        assert all(workers.placement.home(f"person:{person}") == shard for person in people)
    assert len(payments(workers, bureau(0))) == 3


def test_the_same_file_again_is_nothing_new(server: Served) -> None:
    assert taken(server, a_file(rows(10, 11)), feed(1))["accepted"] == 2
    checked = upload(server, a_file(rows(10, 11)), feed(1), mapping=MAPPING.replace(BUREAU, bureau(1))).json()["check"]
    assert (checked["new"], checked["unchanged"]) == (0, 2)
    again = taken(server, a_file(rows(10, 11)), feed(1))
    assert (again["accepted"], again["duplicates"]) == (0, 2)


def test_a_snapshot_takes_back_what_it_lacks_and_a_later_one_brings_it_back(workers: Workers, server: Served) -> None:
    whole, half = a_file(rows(*range(6))), a_file(rows(*range(3)))
    assert taken(server, whole, feed(2), **MAY)["retracted"] == 0
    assert taken(server, half, feed(2), **MAY)["retracted"] == 3
    assert sorted(standing(workers, bureau(2))) == [f"SB-{number:06d}" for number in range(3)]
    assert taken(server, whole, feed(2), **MAY)["accepted"] == 3
    assert sorted(standing(workers, bureau(2))) == [f"SB-{number:06d}" for number in range(6)]


def test_a_delivery_in_the_place_of_another_takes_back_what_came_by_that(workers: Workers, server: Served) -> None:
    taken(server, a_file(rows(0, 1, 2)), feed(3))
    taken(server, a_file(rows(7)), feed(3))
    first = server.request("GET", "/api/v1/deliveries", feed(3)).json()["items"][0]["delivery_id"]
    changed = [a_row(0), a_row(1, payer=OTHER_FIRM)]
    assert taken(server, a_file(changed), feed(3), replaces=first)["retracted"] == 2
    left = standing(workers, bureau(3))
    assert sorted(left) == ["SB-000000", "SB-000001", "SB-000007"]
    assert left["SB-000001"] == OTHER_FIRM


def test_a_file_is_held_against_the_last_one_whatever_shards_its_people_live_in(server: Served) -> None:
    taken(server, a_file(rows(*range(10))), feed(4), **MAY)
    half = upload(server, a_file(rows(*range(5))), feed(4), mapping=MAPPING.replace(BUREAU, bureau(4)), **MAY).json()
    assert not half["within_bounds"]
    assert half["check"]["retracted"] == 5


def test_a_record_that_comes_again_changes_nothing_and_is_answered_once(workers: Workers, server: Served) -> None:
    before = len(workers.sent)
    taken(server, a_file(rows(20, 21)), feed(5))
    recorded = payments(workers, bureau(5))
    for delivery in workers.sent[before:]:
        assert workers.again(delivery).accepted == 0
    assert payments(workers, bureau(5)) == recorded


def test_an_upload_waits_for_workers_that_stand_still(workers: Workers, server: Served) -> None:
    found = upload(server, a_file(rows(30)), feed(6), mapping=MAPPING.replace(BUREAU, bureau(6))).json()
    with workers.standing_still():
        server.request("POST", f"/api/v1/uploads/{found['upload_id']}/accept", feed(6))
        shown = server.request("GET", f"/api/v1/uploads/{found['upload_id']}", feed(6)).json()
        assert shown["state"] == "taking"
    assert ended(server, found["upload_id"], feed(6))["counts"]["accepted"] == 1


def test_a_console_that_was_killed_goes_on_with_what_was_accepted(workers: Workers) -> None:
    with a_console(workers) as first:
        found = upload(first, a_file(rows(40, 41)), feed(7), mapping=MAPPING.replace(BUREAU, bureau(7))).json()
    uploads = Uploads(workers.settings.data)
    uploads.accepted(uploads.get(found["upload_id"], feed(7)))
    with a_console(workers) as second:
        assert ended(second, found["upload_id"], feed(7))["counts"]["accepted"] == 2
    assert len(payments(workers, bureau(7))) == 2


def test_whoever_writes_to_the_topics_cannot_say_by_whom_and_as_what_delivery(workers: Workers, server: Served) -> None:
    """The seal holds for one value alone: a header that was copied makes a record one like all others."""
    before = len(workers.sent)
    taken(server, a_file(rows(50)), feed(8))
    honest = next(each for each in workers.sent[before:] if b"SB-000050" in (each.value or b""))
    (message,) = json.loads(honest.value or b"")
    forged = json.dumps([{**message, "id": "SB-000051"}]).encode()
    assert any(name == HANDED_IN for name, _ in honest.headers)
    workers.again(honest._replace(value=forged, offset=honest.offset + 1_000_000))
    (recorded,) = (each for each in payments(workers, bureau(8)) if each["id"] == "SB-000051")
    assert recorded["submittedby"] == f"topic:{honest.topic.name}"
    assert "deliveryid" not in recorded


def test_facts_that_are_no_delivery_still_come_by_the_topics_alone(server: Served) -> None:
    answer = server.send({"id": "1"}, actor=FEED)
    assert (answer.status, answer.json()["code"]) == (409, "come_by_topics")
