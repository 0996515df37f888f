"""The calls about the transparency log, of one machine and of each shard."""

from typing import Final

from pydantic import BaseModel

from domain.access import Role
from infra.http import log
from infra.http.route import BYTES, JSON, LOG_READERS, PUBLIC, TEXT, Answered, Handler, Route


def _log_routes(path: str, pattern: str, what: str) -> tuple[Route, ...]:
    def route(
        under: str,
        handler: Handler,
        summary: str,
        *,
        query: type[BaseModel] | None = None,
        roles: frozenset[Role] | None = PUBLIC,
        within: str | None = None,
        answered: Answered = JSON,
    ) -> Route:
        full = pattern + (within or under)
        return Route("GET", path + under, handler, roles, summary, query=query, pattern=full, answered=answered)

    return (
        route(
            "/checkpoint",
            log.show_checkpoint,
            f"The signed size and root of {what}",
            query=log.CheckpointQuery,
            answered=TEXT,
        ),
        route(
            "/tile/{tile}",
            log.show_tile,
            f"A tile of {what} (C2SP tlog-tiles)",
            within="/tile/{tile:.+}",
            answered=BYTES,
        ),
        route(
            "/entries/{position}",
            log.show_entry,
            f"The exact bytes of a leaf of {what}",
            roles=LOG_READERS,
            answered=BYTES,
        ),
        route("/proof/inclusion", log.show_inclusion, f"That an entry is in {what}", query=log.InclusionQuery),
        route(
            "/proof/consistency",
            log.show_consistency,
            f"That {what} has only grown between two sizes",
            query=log.ConsistencyQuery,
        ),
    )


LOGS: Final = (
    *_log_routes("/api/v1/log", "/api/v1/log", "the log"),
    *_log_routes("/api/v1/shards/{shard}/log", r"/api/v1/shards/{shard:\d{1,4}}/log", "the log of a cluster's shard"),
)
