"""The console's inbox: the notices of all shards under numbers of its own, which never go back."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, MetaData, Row, insert, select, text, update

from alerts.inbox import last_notice_id
from alerts.tables import NOTICES
from infra.cluster.tables import COLLECTED
from infra.installation import shard_schema
from infra.storage.database import Database

_COLLECTING: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('tender-monitor collects notices', 0))")
_AT_ONCE: Final = 1_000


def collect_notices(console: Database, shards: int) -> int:
    """Take the shards' new notices into the console's inbox, each once; how many there were.

    Every shard numbers its notices without gaps as they are committed, so none is passed over.
    """
    with console.transaction() as connection:
        connection.execute(_COLLECTING)
        known = {row.shard: row.notice_id for row in connection.execute(select(COLLECTED))}
        news = [(shard, _news(connection, shard, known.get(shard, 0))) for shard in range(shards)]
        told = sorted((row.created_at, shard, row.notice_id, row) for shard, rows in news for row in rows)
        if told:
            first = last_notice_id(connection) + 1
            numbered = [{**each[-1]._mapping, "notice_id": first + place} for place, each in enumerate(told)]
            connection.execute(insert(NOTICES), numbered)
        for shard, rows in news:
            _remember(connection, shard, rows, new=shard not in known)
    return len(told)


def _news(connection: Connection, shard: int, after: int) -> Sequence[Row[Any]]:
    theirs = NOTICES.to_metadata(MetaData(), schema=shard_schema(shard))
    return connection.execute(
        select(theirs).where(theirs.c.notice_id > after).order_by(theirs.c.notice_id).limit(_AT_ONCE)
    ).all()


def _remember(connection: Connection, shard: int, rows: Sequence[Row[Any]], *, new: bool) -> None:
    if not rows:
        return
    values = {"notice_id": rows[-1].notice_id}
    if new:
        connection.execute(insert(COLLECTED), {"shard": shard, **values})
    else:
        connection.execute(update(COLLECTED).where(COLLECTED.c.shard == shard).values(values))
