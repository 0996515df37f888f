"""Faust's consumer, made to read only what producers committed, and to tell how far behind it is.

Faust reads what transactions took back as well, unless it writes in transactions itself.
"""

from collections.abc import Mapping
from typing import Any

import faust
from aiokafka import AIOKafkaConsumer
from faust.transport.drivers import aiokafka as driver
from faust.types import TP


class _Thread(driver.AIOKafkaConsumerThread):
    def _create_worker_consumer(self, transport: driver.Transport) -> AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        # Faust has no setting for it. The client reads this one when it starts.
        consumer._isolation_level = "read_committed"
        return consumer

    def positions(self) -> Mapping[TP, tuple[int, int]]:
        """The offset fetched next and the end of what is committed, of the partitions where both are known."""
        subscription = self._ensure_consumer()._subscription.subscription
        if subscription is None or subscription.assignment is None:
            return {}
        states = ((tp, subscription.assignment.state_value(tp)) for tp in subscription.assignment.tps)
        return {
            TP(tp.topic, tp.partition): (state.position, state.lso)
            for tp, state in states
            if state.has_valid_position and state.lso is not None
        }


class CommittedConsumer(driver.Consumer):
    """See the module."""

    def _new_consumer_thread(self) -> _Thread:
        return _Thread(self, loop=self.loop, beacon=self.beacon)

    def behind(self) -> dict[tuple[str, int], int]:
        """The committed records that are not recorded yet, by topic and partition.

        Markers of transactions, and what these took back, are offsets as well. They are no records:
        they count only until they are fetched.
        """
        assert isinstance(self._thread, _Thread)
        busy = bool(self._unacked_messages)
        return {
            (tp.topic, tp.partition): max(0, end - position) + (self._waiting(tp, position) if busy else 0)
            for tp, (position, end) in self._thread.positions().items()
        }

    def _waiting(self, tp: TP, position: int) -> int:
        """Records fetched and not yet acknowledged."""
        read, committed = self._read_offset.get(tp), self._committed_offset.get(tp)
        if read is None or position <= read:
            return 0
        return max(0, read + 1 - (committed or 0))


class CommittedTransport(driver.Transport):
    """See the module."""

    Consumer = CommittedConsumer


def read_committed_only(app: faust.App) -> None:
    """Before the app has made its consumer."""
    app.transport = CommittedTransport(app.conf.broker_consumer, app)


def lags(app: faust.App) -> Mapping[tuple[str, int], int]:
    """Committed records that are not recorded yet, by topic and partition of this worker."""
    consumer: Any = app.consumer
    return consumer.behind() if isinstance(consumer, CommittedConsumer) else {}
