"""The Faust app of one worker: it reads topics and hands the records to the dispatch of shards.

Faust keeps nothing: no tables, no web server, no topics of its own, no ``exactly_once``. What must
survive stands in the databases of the shards, together with the offsets.
"""

import asyncio
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import faust
from yarl import URL

from streams.cluster.agents import Observer, add_agents
from streams.cluster.committed_consumer import read_committed_only
from streams.cluster.dispatch import ShardDispatch
from streams.cluster.shard_assignor import assignor_of, owned_shards
from streams.intake.sizes import OUR_BATCH_BYTES

TIME_PASSES_SECONDS: Final = 1.0
"""So often each shard looks for who is due. Twice as often, twelve idle shards took more than 2 % of a core."""
STALLED_SECONDS: Final = 300.0
"""No batch takes so long; Faust warns about one that does."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """How brokers are reached. ``mechanism`` is PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512 where there is a user."""

    brokers: tuple[str, ...]
    username: str | None = None
    password: str | None = None
    mechanism: str = "SCRAM-SHA-512"
    tls: ssl.SSLContext | None = None

    @property
    def credentials(self) -> faust.SASLCredentials | faust.SSLCredentials | None:
        """As Faust takes them."""
        if self.username is not None:
            return faust.SASLCredentials(
                username=self.username, password=self.password, mechanism=self.mechanism, ssl_context=self.tls
            )
        return faust.SSLCredentials(self.tls) if self.tls is not None else None

    @property
    def client_options(self) -> dict[str, Any]:
        """As aiokafka takes them."""
        options: dict[str, Any] = {"bootstrap_servers": list(self.brokers), "ssl_context": self.tls}
        if self.username is None:
            return {**options, "security_protocol": "SSL" if self.tls else "PLAINTEXT"}
        return {
            **options,
            "security_protocol": "SASL_SSL" if self.tls else "SASL_PLAINTEXT",
            "sasl_mechanism": self.mechanism,
            "sasl_plain_username": self.username,
            "sasl_plain_password": self.password,
        }


@dataclass(frozen=True, slots=True)
class Group:
    """The consumer group; ``folder`` is where Faust may keep files (it keeps none of ours)."""

    name: str
    session_seconds: float
    folder: Path


def worker_app(cluster: Cluster, group: Group, dispatch: ShardDispatch, observer: Observer) -> faust.App:
    """The app, to be run by :class:`faust.Worker`."""
    app = faust.App(
        group.name,
        broker=[URL(f"kafka://{broker}") for broker in cluster.brokers],
        broker_credentials=cluster.credentials,
        broker_session_timeout=group.session_seconds,
        broker_heartbeat_interval=group.session_seconds / 5,
        broker_commit_interval=1.0,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=OUR_BATCH_BYTES,
        stream_processing_timeout=STALLED_SECONDS,
        stream_wait_empty=True,
        store="memory://",
        datadir=group.folder,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        worker_redirect_stdouts=False,
        PartitionAssignor=assignor_of(dispatch.shards),
    )
    read_committed_only(app)
    add_agents(app, dispatch, observer)
    _let_time_pass(app, dispatch)
    return app


def _let_time_pass(app: faust.App, dispatch: ShardDispatch) -> None:
    async def let_time_pass() -> None:
        while not app.should_stop:
            await dispatch.let_time_pass(owned_shards(app, dispatch.shards))
            await asyncio.sleep(TIME_PASSES_SECONDS)

    app.task(let_time_pass)
