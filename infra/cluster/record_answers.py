"""The worker's side of what a console hands in by the topics: the answer lies where those to commands do."""

from typing import Final

import msgspec
import structlog
from sqlalchemy import Connection, func
from sqlalchemy.dialects.postgresql import insert

from infra.cluster.commands import SHARD_COMMANDS, Done, encode
from infra.identity.vault import SealBroken, Vault
from streams.cluster.delivery import Delivery
from streams.cluster.handed_in import HandedInFor, opened_header
from streams.node.node import IngestReceipt

log = structlog.get_logger(__name__)

# One that expires at once is no command that anybody carries out. It may be recorded already, by a commit whose
# answer was lost.
_PUT: Final = (
    insert(SHARD_COMMANDS)
    .values(sealed=b"", asked_at=func.now(), expires_at=func.now())
    .on_conflict_do_nothing(index_elements=["command_id"])
)


class RecordAnswers:
    """Of the shard in whose database it writes."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def waits(self, delivery: Delivery) -> HandedInFor | None:
        """A header that is not ours makes the record one like all others."""
        try:
            return opened_header(delivery.headers, delivery.value, self._vault)
        except (SealBroken, msgspec.DecodeError) as error:
            place = {"partition": delivery.partition, "offset": delivery.offset}
            log.warning("header_not_ours", error=type(error).__name__, **place)
            return None

    def answer(self, connection: Connection, answer_id: str, receipt: IngestReceipt) -> None:
        said = encode(Done.of(receipt)).decode()
        connection.execute(_PUT, {"command_id": answer_id, "answer": said})
