"""``audit``, ``rebuild`` and ``person erase`` on a cluster: shard by shard, and all of them."""

from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from tests.builders import a_message, a_registration
from tests.infra.command_line.clusters import Commands, config_of
from tests.infra.command_line.conftest import Run
from tests.infra.http.served import SOURCE
from tests.infra.http.workers import SHARDS, Workers, cluster_folder

NAMED = {"name": "王小明", "id_number": "11010519491231002X"}


def test_an_audit_tells_of_every_shard_while_the_workers_go_on(cluster: Commands) -> None:
    found = cluster.json("audit")
    assert [(each["shard"], each["whole"], each["tables"]) for each in found] == [(0, True, True), (1, True, True)]
    assert [each["entries"] for each in found] == [len(cluster.workers.ledger(shard)) for shard in range(SHARDS)]
    printed = cluster("audit", "--log-only").stdout
    assert "shard 0: " in printed
    assert "shard 1: " in printed


def test_a_kept_checkpoint_is_held_against_the_log_it_is_of(cluster: Commands, tmp_path: Path) -> None:
    with psycopg.connect(str(cluster.workers.settings.database)) as connection:
        row = connection.execute("SELECT note FROM shard_1.log_checkpoints ORDER BY size DESC LIMIT 1").fetchone()
    assert row is not None
    kept, foreign = tmp_path / "kept", tmp_path / "foreign"
    kept.write_text(row[0], encoding="utf-8")
    foreign.write_text(row[0].replace("shard_1", "shard_7"), encoding="utf-8")
    assert all(each["whole"] for each in cluster.json("audit", "--log-only", "--checkpoint", kept))
    refused = cluster("audit", "--log-only", "--checkpoint", foreign)
    assert (refused.exit_code, "none of the shards" in refused.stderr) == (2, True)


def test_one_changed_shard_is_told_from_those_that_are_whole(cluster: Commands) -> None:
    """By audit and by rebuild, which both go on to the next shard."""
    cluster.sql("UPDATE shard_0.clues SET jurisdiction = '51' || substr(jurisdiction, 3)")
    try:
        audited = cluster.json("audit", exit_code=1)
        rebuilt = cluster.json("rebuild", exit_code=1)
        printed = cluster("rebuild").stdout
    finally:
        cluster.sql("UPDATE shard_0.clues SET jurisdiction = '44' || substr(jurisdiction, 3)")
    assert [each["whole"] for each in audited] == [False, True]
    assert "clues" in audited[0]["what"]
    assert [(each["shard"], each["equal"]) for each in rebuilt] == [(0, False), (1, True)]
    assert "clues" in rebuilt[0]["what"]
    assert "shard 0: table clues" in printed
    assert "shard 1: " in printed
    assert [each["equal"] for each in cluster.json("rebuild")] == [True, True]


def test_a_changed_ledger_is_told_by_shard_and_position(cluster: Commands) -> None:
    cluster.sql("UPDATE shard_1.stored_events SET topic = topic || 'x' WHERE id = 2")
    try:
        whole, wrong = cluster.json("audit", "--log-only", exit_code=1)
    finally:
        cluster.sql("UPDATE shard_1.stored_events SET topic = rtrim(topic, 'x') WHERE id = 2")
    assert whole["whole"]
    assert (wrong["shard"], wrong["position"]) == (1, 2)


def test_tables_are_not_repaired_under_a_worker(run: Run, postgres_url: str, tmp_path: Path) -> None:
    """Exit code 2 and who is in the way; once the workers have ended, every shard is put right."""
    with cluster_folder(postgres_url, tmp_path) as settings:
        config = config_of(settings)
        with closing(Workers(settings)) as workers:
            for shard in range(SHARDS):
                workers.a_suspicious_opening(shard)
            refused = run("rebuild", "--repair", "--config", config)
        commands = Commands(run, workers, (), config)
        commands.sql("UPDATE shard_1.clues SET severity = 'info'")
        repaired = commands.json("rebuild", "--repair")
        rebuilt = commands.json("rebuild")
    assert refused.exit_code == 2
    assert "shard 0 is held by a worker" in refused.stderr
    assert [each["repaired"] is None for each in repaired] == [True, False]
    assert [each["equal"] for each in rebuilt] == [True, True]


def test_a_person_is_erased_from_the_vaults_of_all_shards(cluster: Commands) -> None:
    workers = cluster.workers
    for shard in range(SHARDS):
        message = a_message(a_registration(), source=SOURCE, id=f"named-{shard}")
        workers.record(shard, {**message, "data": {**message["data"], "person": NAMED}})
    everything = [fact for shard in range(SHARDS) for fact in workers.ledger(shard)]
    person_id = next(fact["data"]["person"]["person_id"] for fact in everything if fact.get("id", "")[:6] == "named-")
    erased = cluster.json("person", "erase", person_id, "--yes")
    assert [(each["shard"], each["person_id"], each["erased"] > 0) for each in erased] == [
        (0, person_id, True),
        (1, person_id, True),
    ]
    assert cluster("person", "erase", person_id, "--yes").exit_code == 1


COMMANDS = (
    ("audit",),
    ("backup", "copy"),
    ("clues",),
    ("cluster", "skip", "tender.approvals.v1", "0", "7", "--reason", "it ends the worker"),
    ("coverage",),
    ("dossier", "f" * 64),
    ("outbox", "list"),
    ("person", "erase", "f" * 64, "--yes"),
    ("publisher",),
    ("rebuild",),
    ("rejudge",),
    ("serve", "--port", "0"),
    ("topics", "create"),
    ("worker",),
)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command[:2]))
def test_other_numbers_than_those_of_the_shards_are_refused_in_the_same_words(
    cluster: Commands, command: tuple[str, ...]
) -> None:
    """Whatever asks for a shard: 2, and nothing was touched."""
    for numbers, told in (
        ({"shards": 4, "partitions": 8}, "shard 0 of 4, 8 partitions"),
        ({"shards": 1}, "shard 0 of 1, 4 partitions"),
        ({"partitions": 6}, "shard 0 of 2, 6 partitions"),
    ):
        refused = cluster.run(*command, "--config", config_of(cluster.workers.settings, **numbers))
        assert refused.exit_code == 2, refused.output
        assert refused.stderr.splitlines()[-1] == (
            "Error: the database was made for shard 0 of 2, 4 partitions; "
            f"the settings say {told}. These numbers never change"
        )
