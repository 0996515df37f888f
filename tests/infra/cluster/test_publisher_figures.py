"""What a publisher tells Prometheus."""

from prometheus_client import CollectorRegistry, generate_latest

from alerts.outbox import Outbox, Outgoing, Unfit
from alerts.publishing import Published
from alerts.set_aside import take
from infra.cluster.publisher_figures import OutboxFigures, publisher_registry
from infra.identity.keys import Keys
from infra.identity.vault import Vault
from infra.storage.database import Database
from tests.monitor import Clock


def figures(registry: CollectorRegistry) -> list[str]:
    return generate_latest(registry).decode().splitlines()


def test_what_waits_and_what_was_set_aside_show_by_shard(database: Database) -> None:
    registry, clock = publisher_registry(), Clock()
    vault = Vault(Keys(bytes(32), bytes(32), 1, bytes(32)))
    for shard in ("shard_0", "shard_1"):
        registry.register(OutboxFigures(shard, database, Published(messages=7), clock))
    with database.transaction() as connection:
        Outbox(vault).put(connection, [Outgoing("t", b"k", b"v")] * 3, clock())
        assert take(connection, 1, Unfit("TooLarge", 2), clock())
    clock.pass_by(minutes=2)
    told = figures(registry)
    for shard in ("shard_0", "shard_1"):
        assert f'tender_monitor_outbox_messages{{shard="{shard}"}} 2.0' in told
        assert f'tender_monitor_outbox_age_seconds{{shard="{shard}"}} 120.0' in told
        assert f'tender_monitor_outbox_set_aside{{shard="{shard}"}} 1.0' in told
        assert f'tender_monitor_published_messages_total{{shard="{shard}"}} 7.0' in told


def test_while_the_database_is_away_the_rest_is_told(sqlite_database: Database) -> None:
    registry = publisher_registry()
    with sqlite_database.transaction() as connection:
        connection.exec_driver_sql("DROP TABLE outbox")
    registry.register(OutboxFigures("shard_0", sqlite_database, Published(notices=1), Clock()))
    told = figures(registry)
    assert 'tender_monitor_published_notices_total{shard="shard_0"} 1.0' in told
    assert not [line for line in told if "outbox_messages" in line]
