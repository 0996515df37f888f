"""``topics``: the Kafka topics of a cluster."""

import asyncio
import sys
from dataclasses import asdict, dataclass
from typing import Final

import click
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaConnectionError, TopicAlreadyExistsError, for_code

from domain.errors import MonitorError
from infra.cluster.parts import cluster_of
from infra.cluster.start_checks import check_database, check_topics
from infra.cluster.topic_setup import stop_compacting, too_narrow
from infra.command_line.command_group import CommandGroup
from infra.command_line.options import Common, common_options
from infra.command_line.output import print_json, print_table
from infra.settings import Kafka, SettingsError
from streams.cluster.topics import TOPICS, Topic

_FOUND_WRONG: Final = 1
_TRIES: Final = 50
_PAUSE_SECONDS: Final = 0.2
_COLUMNS: Final = {
    "topic": "topic",
    "partitions": "partitions",
    "made": "made now",
    "policy_set": "cleanup.policy set now",
    "right": "right",
    "largest_batch": "max.message.bytes",
}


@dataclass(frozen=True, slots=True)
class Made:
    """``partitions`` as they are now.

    ``policy_set`` where a topic was compacted that must not be, until now.
    ``right`` where that is what the settings say, and the topic takes records as large as we send;
    ``largest_batch`` is what it takes instead, in bytes.
    """

    topic: str
    made: bool
    partitions: int
    policy_set: bool
    right: bool
    largest_batch: int | None


class NoBroker(MonitorError):
    """None of the brokers of the settings answers."""

    def __init__(self, kafka: Kafka) -> None:
        super().__init__(f"no broker of kafka.brokers answers: {', '.join(kafka.brokers)}")
        self.brokers = kafka.brokers


@click.group(cls=CommandGroup)
def topics() -> None:
    """The Kafka topics of a cluster."""


@topics.command()
@common_options
def create(common: Common) -> None:
    """Create the topics that are missing, and end the compaction of those an older version made.

    None is made where a topic or a shard that is there has other numbers (exit code 2). Exit code 1
    where a topic takes smaller records than we send.
    """
    settings = common.settings()
    kafka = settings.kafka
    if not kafka.brokers:
        raise SettingsError("kafka.brokers: name at least one broker")
    if settings.database is not None:
        check_database(settings)
    check_topics(kafka)
    made = asyncio.run(create_topics(kafka))
    if common.as_json:
        print_json([asdict(each) for each in made])
    else:
        print_table(map(asdict, made), _COLUMNS)
    if not all(each.right for each in made):
        sys.exit(_FOUND_WRONG)


async def create_topics(kafka: Kafka) -> list[Made]:
    """All topics of the table, with as many partitions as the settings say."""
    admin = AIOKafkaAdminClient(**cluster_of(kafka).client_options)
    try:
        try:
            await admin.start()
        except KafkaConnectionError as error:
            raise NoBroker(kafka) from error
        made = {topic.name: await _create(admin, topic, kafka) for topic in TOPICS}
        counts = await _partitions(admin, list(made))
        compacted = await stop_compacting(admin, list(made))
        narrow = await too_narrow(admin, list(made))
    finally:
        await admin.close()
    return [
        Made(
            name,
            new,
            counts[name],
            name in compacted,
            counts[name] == kafka.partitions and name not in narrow,
            narrow.get(name),
        )
        for name, new in made.items()
    ]


async def _partitions(admin: AIOKafkaAdminClient, topics: list[str]) -> dict[str, int]:
    """Of each topic; a broker may need a moment until it knows of a new one."""
    for _ in range(_TRIES):
        described = await admin.describe_topics(topics)
        counts = {each["topic"]: len(each["partitions"]) for each in described}
        if all(counts.values()):
            break
        await asyncio.sleep(_PAUSE_SECONDS)
    return counts


async def _create(admin: AIOKafkaAdminClient, topic: Topic, kafka: Kafka) -> bool:
    """Whether it was made now; asking whether it is there first would race with another command."""
    new = NewTopic(topic.name, kafka.partitions, kafka.replication, topic_configs=topic.configuration)
    answer = await admin.create_topics([new])
    ((_, code, *_),) = answer.topic_errors
    if code == TopicAlreadyExistsError.errno:
        return False
    if code:
        raise for_code(code)(topic.name)
    return True
