"""What the processes of a cluster tell each other through PostgreSQL: of which shard there is something to look for."""

from enum import StrEnum

from infra.installation import shard_schema


class Channel(StrEnum):
    ASKED = "asked"
    """A console has put a command before the shard."""
    RECORDED = "recorded"
    """There may be new notices, messages for the topics, and answers to commands."""

    def of(self, shard: int) -> str:
        """The channel's name."""
        return f"{shard_schema(shard)}_{self}"
