"""Sources 数据源: which numbers are missing, who has fallen silent."""

from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from domain.evidence.source import SourceCase
from domain.rule import judge
from infra.documents.plain import document
from infra.http.answers import answer_json
from infra.http.keys import ACTOR, INSTALLATION
from infra.http.reading import read
from projections.boards.sources import cases

_MOST_HOLES = 1_000


async def list_sources(request: web.Request) -> web.Response:
    """Those that number their messages or send heartbeats; a feed sees itself only."""
    installation, actor = request.app[INSTALLATION], request[ACTOR]
    policies, now = installation.settings.policy, installation.clock()

    def question(connection: Connection, _: object) -> web.Response:
        found = cases(connection, actor, policies, now)
        return answer_json({"items": [source_document(case) for case in found]})

    return await read(request, question)


def source_document(case: SourceCase) -> dict[str, Any]:
    """What is known of a source, and what the rules say of it; the first thousand holes at most."""
    numbers = {"first": case.heard[0][0], "last": case.heard[-1][1]} if case.heard else None
    findings = [document(finding) for finding in judge(case) if finding.outcome.makes_clue]
    return {
        "source": case.source,
        "numbers": numbers,
        "said_last": case.said_last,
        "missing_count": case.missing_count,
        "missing": [list(hole) for hole in case.missing[:_MOST_HOLES]],
        "interval_seconds": case.interval_seconds,
        "heard_at": case.heard_at.isoformat(),
        "findings": findings,
    }
