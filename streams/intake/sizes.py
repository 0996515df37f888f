"""How large what comes in and goes out may be: every limit that depends on another is named here.

A message grows when it is prepared: each person named by name and number becomes a pseudonym,
which is two to three times as long. What was prepared must fit into one record of a topic, for
another shard may have to get it.
"""

from typing import Final

MESSAGE_BYTES: Final = 1_000_000
"""Of a message as its source sends it."""
PREPARED_BYTES: Final = 2_000_000
"""Of a message with pseudonyms in it, as it is recorded and sent to other shards."""
RECORD_BYTES: Final = 2_097_152
"""Key, headers and value of a record that we send. A prepared message fits, its key and headers besides."""
_BATCH_OVERHEAD: Final = 65_536
"""Around the record: what the broker counts besides, and aiokafka does not."""

INBOUND_BATCH_BYTES: Final = 1_048_588
"""``max.message.bytes`` of the topics that sources write, after compression: what Kafka takes by default."""
OUR_BATCH_BYTES: Final = RECORD_BYTES + _BATCH_OVERHEAD
"""``max.message.bytes`` of the topics that we write; a worker fetches as much of a partition at once."""
