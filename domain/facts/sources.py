"""Signs of life of a source, with the number of its last message."""

from typing import Annotated

from pydantic import Field

from domain.facts.fact import FactData

HEARTBEATS_SUBJECT = "register:heartbeats"
"""The subject of all heartbeats."""


class SourceHeartbeat(FactData):
    """A sign of life 心跳 of the source that sends it; an extension of the interface.

    ``sequence`` is the number of the last message that the source has sent. ``interval_seconds`` is
    the longest time for which it will send nothing.
    """

    KIND = "source-heartbeat"

    sequence: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    interval_seconds: Annotated[int, Field(ge=1, le=366 * 24 * 3600)] | None = None

    @property
    def subjects(self) -> tuple[str, ...]:
        return (HEARTBEATS_SUBJECT,)
