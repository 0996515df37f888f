"""What time it is in the synthetic city."""

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_SHANGHAI = ZoneInfo("Asia/Shanghai")


class CityClock:
    """Stands at a moment of the city's life, from where it walks as time does until it is set on.

    Any thread may read it.
    """

    def __init__(self, moment: datetime) -> None:
        self._set_at = (in_utc(moment), time.monotonic())

    def __call__(self) -> datetime:
        moment, begun = self._set_at
        return moment + timedelta(seconds=time.monotonic() - begun)

    def set_on(self, moment: datetime) -> None:
        """Never back: what is earlier than now changes nothing."""
        later = in_utc(moment)
        if later > self():
            self._set_at = (later, time.monotonic())


def in_utc(moment: datetime) -> datetime:
    """In UTC; the city's own plans carry no offset and mean Shanghai's."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=_SHANGHAI)).astimezone(UTC)
