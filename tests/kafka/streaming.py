"""Records that come in little by little, while something else happens."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.kafka.cluster import Cluster
from tests.kafka.feeding import Record, produce_by_librdkafka

PIECES = 30
STREAMING_SECONDS = 6.0


@contextmanager
def streaming(cluster: Cluster, records: Sequence[Record], *, seconds: float = STREAMING_SECONDS) -> Iterator[None]:
    """The records come in while the block runs; all are in when it ends."""
    size = -(-len(records) // PIECES)
    failures: list[BaseException] = []

    def stream() -> None:
        try:
            for first in range(0, len(records), size):
                produce_by_librdkafka(cluster.broker.address, records[first : first + size])
                time.sleep(seconds / PIECES)
        except BaseException as error:  # noqa: BLE001 - the test reports it
            failures.append(error)

    thread = threading.Thread(target=stream, daemon=True)
    thread.start()
    yield
    thread.join(timeout=120)
    assert not thread.is_alive()
    assert not failures, failures
