"""How far a shard has recorded each partition: kept in its own transactions, so that no record counts twice."""

from collections.abc import Iterable
from typing import Protocol

from eventsourcing.persistence import Tracking

from streams.cluster.delivery import Delivery

_Place = tuple[str, int]
"""Topic and partition."""


def offset_name(topic: str, epoch: int, partition: int) -> str:
    """The name under which a shard tracks its offset in a partition."""
    return f"{topic}:{epoch}:{partition}"


class Recorder(Protocol):
    """What tracking needs of the recorder; both join the transaction of their thread."""

    def insert_tracking(self, tracking: Tracking) -> None: ...

    def max_tracking_id(self, application_name: str) -> int | None: ...


class Offsets:
    """How far each partition is recorded, as the shard's database has it.

    ``epoch`` is raised when topics are made anew, for then offsets begin again.
    """

    def __init__(self, recorder: Recorder, epoch: int) -> None:
        self._recorder = recorder
        self._epoch = epoch
        self._known: dict[_Place, int] = {}

    def fresh(self, delivery: Delivery) -> bool:
        """Whether the record is new, by the offsets in memory; another worker may have recorded it meanwhile."""
        place = delivery.topic.name, delivery.partition
        if place not in self._known:
            found = self._recorder.max_tracking_id(self._name(place))
            self._known[place] = -1 if found is None else found
        return delivery.offset > self._known[place]

    def advance(self, deliveries: Iterable[Delivery]) -> None:
        """Track records that end in this transaction; the library's IntegrityError where one stands already."""
        for place, (first, last) in self._spans(deliveries).items():
            name = self._name(place)
            self._recorder.insert_tracking(Tracking(name, first))
            if last > first:
                self._recorder.insert_tracking(Tracking(name, last))

    def advanced(self, deliveries: Iterable[Delivery]) -> None:
        """The transaction was committed."""
        self._known |= {place: last for place, (_, last) in self._spans(deliveries).items()}

    def forget(self) -> None:
        self._known.clear()

    def _spans(self, deliveries: Iterable[Delivery]) -> dict[_Place, tuple[int, int]]:
        spans: dict[_Place, tuple[int, int]] = {}
        for delivery in deliveries:
            place = delivery.topic.name, delivery.partition
            first, last = spans.get(place, (delivery.offset, delivery.offset))
            spans[place] = (min(first, delivery.offset), max(last, delivery.offset))
        return spans

    def _name(self, place: _Place) -> str:
        topic, partition = place
        return offset_name(topic, self._epoch, partition)
