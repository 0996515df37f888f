"""Up to which moment a shard tells its notices, where several partitions and shards race each other."""

from datetime import UTC, datetime, timedelta


class Reach:
    """``longest`` is how long a notice may wait for data.

    :meth:`complete` is told by whoever sees all topics, and all shards. Used in the shard's thread.
    """

    def __init__(self, longest: timedelta) -> None:
        self._longest = longest
        self._complete_to = datetime(1970, 1, 1, tzinfo=UTC)

    def complete(self, moment: datetime) -> None:
        """Everything that lay in the topics at ``moment`` is recorded wherever it belongs."""
        self._complete_to = max(self._complete_to, moment)

    def told_through(self, now: datetime) -> datetime:
        """What was judged up to this moment is told at ``now``."""
        return max(self._complete_to, now - self._longest)
