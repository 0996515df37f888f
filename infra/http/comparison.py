"""The comparison 比对 of a lot: bidders and leads beside registration, payers and licences."""

from aiohttp import web

from domain.evidence.recorded import Knowledge
from infra.http.documents import answer
from infra.http.keys import ACTOR, INSTALLATION
from infra.http.parameters import AsKnown, read_query
from infra.http.reading import read
from projections.comparison import comparison


async def show_comparison(request: web.Request) -> web.Response:
    query = read_query(request, AsKnown)
    found = await read(
        request,
        lambda connection, as_of: comparison(
            connection,
            as_of,
            request[ACTOR],
            request.match_info["tender_id"],
            request.match_info["lot_id"],
            knowledge=Knowledge(known_at=query.known_at, known_by=query.known_by),
            now=query.known_at or request.app[INSTALLATION].clock(),
        ),
    )
    return answer(found)
