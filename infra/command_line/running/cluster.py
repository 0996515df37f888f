"""``cluster``: what an operator tells the workers of a cluster."""

from contextlib import closing

import click

from domain.errors import NotAllowed, NotFound
from infra.cluster.parts import check_cluster
from infra.command_line.command_group import CommandGroup
from infra.command_line.evidence import check_recorded
from infra.command_line.local_user import local_user
from infra.command_line.options import Common, common_options, reason_option
from infra.command_line.output import print_json
from infra.installation import Installation, system_clock
from infra.settings import Settings
from streams.cluster.delivery import Delivery
from streams.cluster.offsets import Offsets
from streams.cluster.skipped_records import RecordPlace
from streams.cluster.skipped_records import skip as skip_record
from streams.cluster.topics import FED

_FED = {topic.name: topic for topic in FED}


@click.group(cls=CommandGroup)
def cluster() -> None:
    """What an operator tells the workers of a cluster."""


@cluster.command()
@click.argument("topic", type=click.Choice(sorted(_FED), case_sensitive=False), metavar="TOPIC")
@click.argument("partition", type=click.IntRange(min=0))
@click.argument("offset", type=click.IntRange(min=0))
@reason_option("Why it cannot be processed; it stays on record.")
@common_options
def skip(common: Common, topic: str, partition: int, offset: int, reason: str) -> None:
    """Have the record at OFFSET put into quarantine unread, where it ends its worker each time.

    The last resort: what merely cannot be processed is set aside by itself. The worker looks when it starts.
    """
    settings = common.settings()
    check_cluster(settings)
    check_recorded(settings)
    place = RecordPlace(topic, partition, offset)
    shard = _skip(settings, place, reason)
    if common.as_json:
        print_json({**place._asdict(), "shard": shard})
    else:
        click.echo(f"a worker that starts now puts the record into the quarantine of shard {shard}, unread")


def _skip(settings: Settings, place: RecordPlace, reason: str) -> int:
    """Returns the shard; raises NotFound or NotAllowed."""
    kafka = settings.kafka
    if place.partition >= kafka.partitions:
        raise NotFound("partition")
    shard = place.partition % kafka.shards
    with closing(Installation.open(settings, shard=shard)) as installation:
        unread = Delivery(_FED[place.topic], place.partition, place.offset, None, None, ())
        if not Offsets(installation.recorder, kafka.epoch).fresh(unread):
            raise NotAllowed("this record was recorded before")
        with installation.database.transaction() as connection:
            skip_record(connection, place, epoch=kafka.epoch, by=local_user(), reason=reason, at=system_clock())
    return shard
