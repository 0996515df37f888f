"""Notices that did not arrive."""

from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from alerts.inbox import Notice
from alerts.undeliverable import undeliverable
from domain.instants import instant_text
from infra.http.answers import answer_json
from infra.http.channels import list_failed
from infra.http.keys import ACTOR, INSTALLATION
from infra.http.parameters import NotificationQuery, read_query
from infra.http.reading import read


async def list_notifications(request: web.Request) -> web.Response:
    """Those to parties whose credit code is not known, in the order of telling; or what failed on its way out."""
    query, actor = read_query(request, NotificationQuery), request[ACTOR]
    if query.status == "failed":
        return await list_failed(request, query)
    limit = min(query.limit, request.app[INSTALLATION].settings.limits.page_items)

    def question(connection: Connection, _: object) -> web.Response:
        found = undeliverable(connection, actor, after=query.after, limit=limit)
        following = found[-1].notice_id if len(found) == limit else None
        return answer_json({"items": [_document(notice) for notice in found], "next": following})

    return await read(request, question)


def _document(notice: Notice) -> dict[str, Any]:
    content = notice.content
    return {
        "notice_id": notice.notice_id,
        "clue_id": str(notice.clue_id),
        "status": "undeliverable",
        "reason": "code_unknown",
        "recipient": {"role": str(notice.recipient.role), "name": notice.recipient.key},
        "occasion": str(notice.occasion),
        "rule": content.rule,
        "severity": str(content.severity),
        "jurisdiction": content.jurisdiction,
        "tender_id": content.tender_id,
        "lot_id": content.lot_id,
        "title": content.title,
        "created_at": instant_text(notice.created_at),
    }
