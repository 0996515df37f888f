"""How large a batch of records each topic takes: what was made by hand, or by an older version, may take less."""

from collections.abc import Collection
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from streams.cluster.topics import TOPICS

LIMIT: Final = "max.message.bytes"
_BATCH_BYTES: Final = {topic.name: topic.batch_bytes for topic in TOPICS}


async def too_narrow(admin: AIOKafkaAdminClient, topics: Collection[str]) -> dict[str, int]:
    """Those of ``topics`` that take less than they should, with what they take."""
    asked = [ConfigResource(ConfigResourceType.TOPIC, name, {LIMIT: None}) for name in topics]
    answers = await admin.describe_configs(asked)
    found = {
        name: int(value)
        for answer in answers
        for _, _, _, name, entries in answer.resources
        for key, value, *_ in entries
        if key == LIMIT
    }
    return {name: limit for name, limit in found.items() if limit < _BATCH_BYTES[name]}
