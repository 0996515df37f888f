"""What a publisher tells Prometheus."""

from prometheus_client import generate_latest

from alerts.deliveries import Served
from alerts.publishing import Published
from infra.cluster.publisher_figures import EndpointFigures, OutboxFigures, publisher_registry
from tests.monitor import Clock


def test_messages_set_aside_and_disabled_endpoints_show_by_shard() -> None:
    registry = publisher_registry()
    for shard, aside, disabled in (("shard_0", 0, False), ("shard_1", 3, True)):
        registry.register(OutboxFigures(shard, Published(set_aside=aside), Clock()))
        registry.register(EndpointFigures(shard, "city", Served(delivered=2, closed=1, disabled=disabled)))
    told = generate_latest(registry).decode()
    for line in (
        'tender_monitor_outbox_set_aside{shard="shard_0"} 0.0',
        'tender_monitor_outbox_set_aside{shard="shard_1"} 3.0',
        'tender_monitor_webhook_disabled{endpoint="city",shard="shard_0"} 0.0',
        'tender_monitor_webhook_disabled{endpoint="city",shard="shard_1"} 1.0',
        'tender_monitor_webhook_deliveries_total{endpoint="city",result="closed",shard="shard_1"} 1.0',
    ):
        assert line in told.splitlines()


def test_the_oldest_message_grows_older_while_the_publisher_hangs() -> None:
    registry, clock = publisher_registry(), Clock()
    registry.register(OutboxFigures("shard_0", Published(waiting=1, oldest=clock()), clock))
    clock.pass_by(minutes=2)
    assert 'tender_monitor_outbox_age_seconds{shard="shard_0"} 120.0' in generate_latest(registry).decode()
