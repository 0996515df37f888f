"""Moments as commands tell them to people, in one zone for all of a command's output."""

from dataclasses import dataclass
from datetime import datetime, tzinfo


@dataclass(frozen=True, slots=True)
class Times:
    """The offset stands with each time, so that nobody has to know the zone."""

    zone: tzinfo

    def minute(self, moment: str | datetime | None) -> str | None:
        """Such as ``2025-04-22 09:30+08``."""
        return self._told(moment, "%Y-%m-%d %H:%M")

    def second(self, moment: str | datetime | None) -> str | None:
        """Such as ``2025-04-22 09:30:15+08``."""
        return self._told(moment, "%Y-%m-%d %H:%M:%S")

    def day(self, moment: str | datetime | None) -> str | None:
        local = self._local(moment)
        return None if local is None else f"{local:%Y-%m-%d}"

    def _told(self, moment: str | datetime | None, form: str) -> str | None:
        local = self._local(moment)
        return None if local is None else f"{local:{form}}{_offset(local)}"

    def _local(self, moment: str | datetime | None) -> datetime | None:
        said = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
        return None if said is None else said.astimezone(self.zone)


def _offset(moment: datetime) -> str:
    """``+08``, or ``+05:30`` where it is no whole number of hours."""
    hours, minutes = f"{moment:%z}"[:3], f"{moment:%z}"[3:5]
    return hours if minutes == "00" else f"{hours}:{minutes}"
