"""Rejected messages: what waits, and trying one again."""

from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from infra.http.answers import answer_json
from infra.http.body import whole
from infra.http.events import receipt_response
from infra.http.keys import ACTOR, INSTALLATION, NODE
from infra.http.parameters import QuarantineQuery, read_query
from infra.http.reading import read
from streams.intake import envelope
from streams.intake.quarantine import QuarantinedMessage
from streams.node.commands import Resubmit


async def list_quarantine(request: web.Request) -> web.Response:
    """In the order of arrival, without the bytes: those are sealed."""
    query = read_query(request, QuarantineQuery)
    installation = request.app[INSTALLATION]
    limit = min(query.limit, installation.settings.limits.page_items)
    actor, quarantine = request[ACTOR], installation.quarantine

    def question(connection: Connection, _: object) -> web.Response:
        found = quarantine.entries(connection, actor, status=query.status, after=int(query.cursor or 0), limit=limit)
        following = str(found[-1].number) if len(found) == limit else None
        return answer_json({"items": [_document(entry) for entry in found], "next": following})

    return await read(request, question)


async def resubmit(request: web.Request) -> web.Response:
    limits = request.app[INSTALLATION].settings.limits
    body = bytes(await whole(request, largest=limits.event_bytes))
    corrected = envelope.structured(body) if body.strip() else None
    command = Resubmit(request.match_info["quarantine_id"], corrected, request[ACTOR])
    receipt = await request.app[NODE].perform(command)
    return await receipt_response(request, receipt, limits)


def _document(entry: QuarantinedMessage) -> dict[str, Any]:
    return {
        "quarantine_id": entry.quarantine_id,
        "source": entry.source,
        "id": entry.external_id,
        "errors": entry.errors,
        "received_at": entry.received_at.isoformat(),
        "last_received_at": entry.last_received_at.isoformat(),
        "times_received": entry.times_received,
        "status": entry.status,
        "partial": entry.partial,
        "replaced_by": entry.replaced_by,
    }
