"""A clue that somebody opens: from then on that reader has read the notices about it."""

from aiohttp import web

from domain.access import Actor
from infra.documents.clue_detail import ClueDetail
from infra.http.clues import clue_id_of, read_detail, read_on_record
from infra.http.keys import NODE
from infra.http.readings import purpose_on_pages
from streams.node.commands import MarkClueRead


async def open_clue(request: web.Request, actor: Actor) -> ClueDetail:
    """The clue of the address; raises NotFound where the reader may not see it."""
    clue_id = clue_id_of(request)
    detail = await read_on_record(request, actor, clue_id, purpose_on_pages(request, actor))
    if all(notice.read_at for notice in detail.notices if notice.recipient.role is actor.role):
        return detail
    await request.app[NODE].perform(MarkClueRead(clue_id, actor))
    return await read_detail(request, actor, clue_id)
