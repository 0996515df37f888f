"""Every command on a cluster: over all shards of a real PostgreSQL, without a console."""

from pathlib import Path
from typing import Any

import psycopg
import pytest

from infra.command_line.commands import COMMANDS
from infra.installation import FactsComeByTopics, Installation
from tests.builders import a_message, a_payment
from tests.infra.command_line.clusters import Commands, config_of
from tests.infra.command_line.conftest import Run, answer
from tests.infra.command_line.facts_in.test_ingest import a_registration
from tests.infra.command_line.rules.test_calibrate import DRAFT
from tests.infra.http.workers import SHARDS, cluster_folder


def readings(cluster: Commands, shard: int) -> list[dict[str, Any]]:
    ledger = cluster.workers.ledger(shard)
    return [fact["data"] for fact in ledger if fact.get("type", "").endswith("dossier-read.v1")]


def test_clues_of_all_shards_are_listed(cluster: Commands) -> None:
    listed = {clue["tender_id"] for clue in cluster.json("clues", "--rule", "E101")}
    assert listed == {opening.tender_id for opening in cluster.openings}


@pytest.mark.parametrize("shard", range(SHARDS))
def test_a_lot_is_compared_and_replayed_from_the_evidence_of_its_home(cluster: Commands, shard: int) -> None:
    opening = cluster.openings[shard]
    lot = f"{opening.tender_id}/{opening.lot_id}"
    (bid,) = cluster.json("comparison", lot)["bids"]
    assert bid["person_id"] == opening.person_id
    assert "E101" in {found["rule"] for found in bid["findings"]}
    steps = cluster.json("replay", f"lot:{lot}")
    assert "E101" in {found["rule"] for found in steps[-1]["findings"]}


@pytest.mark.parametrize("shard", range(SHARDS))
def test_all_findings_about_a_person_of_any_shard_are_told(cluster: Commands, shard: int) -> None:
    opening = cluster.openings[shard]
    found = cluster.json("findings", "--person", opening.person_id)
    assert cluster.clue(opening)["clue_id"] in {each["clue_id"] for each in found["items"]}


@pytest.mark.parametrize("shard", range(SHARDS))
@pytest.mark.parametrize("command", ["dossier", "replay"])
def test_a_reading_is_recorded_by_the_worker_of_the_person(cluster: Commands, command: str, shard: int) -> None:
    person_id, reason = cluster.openings[shard].person_id, "complaint"
    shown = cluster.json(command, f"person:{person_id}" if command == "replay" else person_id, "--purpose", reason)
    assert shown
    assert reason in {reading["reason"] for reading in readings(cluster, shard)}


@pytest.mark.parametrize("command", ["dossier", "replay"])
def test_nothing_is_shown_of_a_person_while_no_worker_records_the_reading(cluster: Commands, command: str) -> None:
    person_id = cluster.openings[1].person_id
    config = config_of(cluster.workers.settings, answer_seconds=0.3)
    with cluster.workers.standing_still():
        subject = f"person:{person_id}" if command == "replay" else person_id
        result = cluster.run(command, subject, "--config", config, "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no worker of shard 1" in result.stderr


@pytest.mark.parametrize("shard", range(SHARDS))
def test_a_bundle_comes_from_the_log_of_the_shard_that_has_the_clue(
    cluster: Commands, tmp_path: Path, shard: int
) -> None:
    file = tmp_path / "clue.json"
    clue, reason = cluster.clue(cluster.openings[shard]), "audit"
    cluster.json("export-bundle", clue["clue_id"], "--out", file, "--purpose", reason)
    key = (cluster.workers.settings.data / "keys" / f"log-shard_{shard}.vkey").read_text(encoding="utf-8").strip()
    assert {check["result"] for check in answer(cluster.run("verify", file, "--key", key, "--json"))} == {"ok"}
    assert reason in {reading["reason"] for reading in readings(cluster, shard)}
    assert cluster("export-bundle", "C-0815", "--out", tmp_path / "none").exit_code == 1


def test_a_draft_is_tried_out_on_the_cases_of_all_shards_together(cluster: Commands, tmp_path: Path) -> None:
    draft = tmp_path / "draft.py"
    draft.write_text(DRAFT, encoding="utf-8")
    found = cluster.json("calibrate", "E199", "--draft", draft)
    assert found["cases"] == found["after"] == SHARDS
    assert {clue["tender_id"] for clue in found["clues"]} == {opening.tender_id for opening in cluster.openings}
    (tally,) = found["tallies"]
    assert tally["gained"] == SHARDS


def test_a_source_is_registered_and_ended_in_every_shard(cluster: Commands) -> None:
    uri = "urn:test:bureau"
    cluster.json("source", "add", uri, "--types", "insurance-paid", "--areas", "4401", "--owner", "社保局")
    assert [each["types"] for each in cluster.json("source", "list") if each["source"] == uri] == [["insurance-paid"]]
    payment = a_message(a_payment(), source=uri, id="p1")
    assert [cluster.workers.record(shard, payment).refused for shard in range(SHARDS)] == [0] * SHARDS
    cluster.json("source", "end", uri, "--reason", "停用")
    again = {**payment, "id": "p2"}
    assert [cluster.workers.record(shard, again).refused for shard in range(SHARDS)] == [1] * SHARDS


def test_indicators_look_at_the_lots_of_all_shards_each_once(cluster: Commands) -> None:
    result = cluster("indicators")
    assert result.exit_code == 0, result.output
    assert f"{SHARDS} processes" in result.stdout
    assert cluster.json("calibrate", "R024", "--threshold", "interquartile_ranges=2")["cases"] == SHARDS


def test_a_cluster_takes_no_facts_from_the_command_line(cluster: Commands, tmp_path: Path) -> None:
    file, data = tmp_path / "facts.ndjson", tmp_path / "data"
    file.write_bytes(a_registration("1") + b"\n")
    result = cluster("ingest", file, "--data", data)
    assert result.exit_code == 2
    assert "by its topics" in result.stderr
    assert not data.exists()
    with pytest.raises(FactsComeByTopics):
        Installation.open(cluster.workers.settings)
    with psycopg.connect(str(cluster.workers.settings.database)) as connection:
        assert connection.execute("SELECT to_regclass('public.stored_events')").fetchone() == (None,)


@pytest.mark.parametrize(
    "asked",
    [
        ["clues"], ["comparison", "T/1"], ["dossier", "a" * 64], ["findings", "--person", "a"], ["replay", "person:a"],
        ["export-bundle", "C"], ["calibrate", "E107", "--threshold", "fewest_moves=3"], ["indicators"],
        ["audit"], ["rebuild"], ["person", "erase", "a", "--yes"],
        ["outbox", "list"], ["outbox", "drop", "0:1", "--reason", "r"], ["webhooks", "list"],
        ["webhooks", "enable", "a"],
    ],
    ids=lambda asked: asked[0],
)  # fmt: skip
def test_asking_about_a_cluster_that_is_not_there_makes_none(
    run: Run, postgres_url: str, tmp_path: Path, asked: list[str]
) -> None:
    assert asked[0] in COMMANDS
    with cluster_folder(postgres_url, tmp_path) as settings:
        result = run(*asked, "--config", config_of(settings))
        with psycopg.connect(str(settings.database)) as connection:
            schemas = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'shard%'").fetchall()
    assert (result.exit_code, "no shards yet" in result.stderr) == (1, True)
    assert schemas == []


def test_a_publisher_with_nowhere_to_send_to_says_so(run: Run, tmp_path: Path) -> None:
    result = run("publisher", "--data", tmp_path)
    assert result.exit_code == 2
    assert "kafka.brokers" in result.stderr
    assert "webhooks" in result.stderr


@pytest.mark.parametrize("command", ["worker", "publisher", "clues"])
def test_brokers_without_postgresql_are_a_mistake_in_the_settings(run: Run, tmp_path: Path, command: str) -> None:
    config = tmp_path / "settings.toml"
    config.write_text('[kafka]\nbrokers = ["127.0.0.1:1"]\n', encoding="utf-8")
    result = run(command, "--data", tmp_path, "--config", config)
    assert result.exit_code == 2
    assert "postgresql:// database" in result.stderr
