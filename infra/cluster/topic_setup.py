"""How the topics are set up at the broker: what was made by hand, or by an older version, may be set up otherwise."""

from collections.abc import Collection, Iterator
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import for_code

from streams.cluster.topics import CLEANUP, TOPICS

LIMIT: Final = "max.message.bytes"
POLICY: Final = "cleanup.policy"
_BATCH_BYTES: Final = {topic.name: topic.batch_bytes for topic in TOPICS}
_SET_FOR_THE_TOPIC: Final = 1
"""Kafka's ``DYNAMIC_TOPIC_CONFIG``: the value was set for the topic, and is not the broker's own."""


async def too_narrow(admin: AIOKafkaAdminClient, topics: Collection[str]) -> dict[str, int]:
    """Those of ``topics`` that take less than they should, with what they take."""
    found = {name: int(value) for name, value in (await _values(admin, topics, LIMIT)).items()}
    return {name: limit for name, limit in found.items() if limit < _BATCH_BYTES[name]}


async def compacted(admin: AIOKafkaAdminClient, topics: Collection[str]) -> list[str]:
    """Those of ``topics`` of which the broker may drop all but the last record of a key."""
    return [name for name, value in (await _values(admin, topics, POLICY)).items() if value != CLEANUP]


async def stop_compacting(admin: AIOKafkaAdminClient, topics: Collection[str]) -> list[str]:
    """Those of ``topics`` that were compacted until now."""
    found = await compacted(admin, topics)
    if found:
        # The call replaces everything that was set for a topic, so the rest of it is said again.
        kept = await _set_for_the_topics(admin, found)
        wanted = [ConfigResource(ConfigResourceType.TOPIC, name, {**kept[name], POLICY: CLEANUP}) for name in found]
        for answer in await admin.alter_configs(wanted):
            for code, _, _, name in answer.resources:
                if code:
                    raise for_code(code)(name)
    return found


async def _values(admin: AIOKafkaAdminClient, topics: Collection[str], key: str) -> dict[str, str]:
    """Of each topic, what holds for ``key``."""
    return {name: value for name, found, value, _ in await _entries(admin, topics, [key]) if found == key}


async def _set_for_the_topics(admin: AIOKafkaAdminClient, topics: Collection[str]) -> dict[str, dict[str, str]]:
    kept: dict[str, dict[str, str]] = {name: {} for name in topics}
    for name, key, value, origin in await _entries(admin, topics, []):
        if origin == _SET_FOR_THE_TOPIC:
            kept[name][key] = value
    return kept


async def _entries(
    admin: AIOKafkaAdminClient, topics: Collection[str], keys: Collection[str]
) -> list[tuple[str, str, str, int]]:
    """Topic, key, value and where it was set: of ``keys``, or where none is given of all."""
    wanted = dict.fromkeys(keys) or None
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name, wanted) for name in topics])
    return list(_read(answers))


def _read(answers: Collection[Any]) -> Iterator[tuple[str, str, str, int]]:
    for answer in answers:
        for _, _, _, name, entries in answer.resources:
            for key, value, _read_only, origin, *_ in entries:
                yield name, key, value, origin
