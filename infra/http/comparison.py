"""The comparison 比对 of a lot: bidders and leads beside registration, payers and licences."""

from aiohttp import web
from sqlalchemy import Connection

from domain.evidence.recorded import Knowledge
from infra.documents.comparison import named_leads
from infra.http.answers import answer_json
from infra.http.keys import ACTOR, INSTALLATION
from infra.http.parameters import InTwoTimes, read_query
from infra.http.reading import read
from infra.http.readings import purpose_of, record_readings
from projections.questions.as_of import AsOf
from projections.questions.comparison import Comparison, comparison
from streams.threads import in_thread


async def show_comparison(request: web.Request) -> web.Response:
    query = read_query(request, InTwoTimes)
    installation = request.app[INSTALLATION]
    actor, vault = request[ACTOR], installation.vault

    purpose = purpose_of(request)

    def question(connection: Connection, as_of: AsOf) -> Comparison:
        found = comparison(
            connection,
            as_of,
            actor,
            request.match_info["tender_id"],
            request.match_info["lot_id"],
            knowledge=Knowledge(known_at=query.known_at, known_by=query.known_by),
            now=query.known_at or installation.clock(),
            valid_at=query.valid_at,
        )
        return named_leads(connection, vault, actor, found)

    found = await read(request, question)
    await record_readings(request, actor, [bid.person_id for bid in found.bids], purpose)
    return await in_thread(answer_json, found)
