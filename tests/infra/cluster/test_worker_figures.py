"""What a worker tells Prometheus."""

from prometheus_client import generate_latest

from infra.cluster.worker_figures import WorkerFigures, misplaced
from streams.cluster.delivery import Delivery
from streams.cluster.kafka_feed import Recorded
from streams.cluster.placement import Placement
from streams.cluster.topics import INSURANCE_PAYMENTS

PLACEMENT = Placement(12, 4)
KEY = b"person:a1"


def delivered(key: bytes | None, partition: int) -> Delivery:
    return Delivery(INSURANCE_PAYMENTS, partition, 0, key, b"", ())


def test_only_keys_that_murmur2_puts_elsewhere_are_misplaced() -> None:
    right = PLACEMENT.partition(KEY)
    wrong = (right + 1) % PLACEMENT.partitions
    assert misplaced(PLACEMENT, [delivered(KEY, right), delivered(None, 3)]) == 0
    assert misplaced(PLACEMENT, [delivered(KEY, right), delivered(KEY, wrong)]) == 1
    assert misplaced(PLACEMENT, []) == 0


def test_the_figures_say_how_far_behind_and_what_became_of_the_events() -> None:
    figures = WorkerFigures(PLACEMENT)
    figures.recorded(INSURANCE_PAYMENTS, [delivered(KEY, 0)], Recorded(accepted=3, refused=1), 0.2)
    figures.watch(lambda: {(INSURANCE_PAYMENTS.name, 7): 42}, lambda: {1, 2})
    text = generate_latest(figures.registry).decode()
    topic = f'topic="{INSURANCE_PAYMENTS.name}"'
    assert f'tender_monitor_events_total{{result="accepted",{topic}}} 3.0' in text
    assert f'tender_monitor_lag_records{{partition="7",{topic}}} 42.0' in text
    assert "tender_monitor_owned_shards 2.0" in text
    assert "tender_monitor_shards 4.0" in text
