"""All findings about one tender, bidder or person, worst first."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from aiohttp import web
from sqlalchemy import Connection

from infra.documents.clues import named
from infra.documents.composite import composite_document
from infra.http.answers import answer_json
from infra.http.keys import ACTOR, INSTALLATION
from infra.http.parameters import CompositeQuery, read_query
from infra.http.reading import read
from infra.http.readings import purpose_of, record_readings
from projections.questions.as_of import AsOf
from projections.questions.composite import Composite, Subject, composite
from streams.threads import in_thread


def composite_of(subject: Subject, parameter: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    """The handler for one kind of subject; ``parameter`` is its place in the path."""

    async def show(request: web.Request) -> web.Response:
        query = read_query(request, CompositeQuery)
        installation, actor = request.app[INSTALLATION], request[ACTOR]
        limit = min(query.limit, installation.settings.limits.page_items)

        purpose = purpose_of(request)

        def question(connection: Connection, as_of: AsOf) -> Composite:
            found = composite(
                connection,
                as_of,
                actor,
                subject,
                request.match_info[parameter],
                policies=installation.settings.policy,
                cursor=query.cursor,
                limit=limit,
            )
            items = named(connection, installation.vault, actor, found.items)
            return replace(found, items=items)

        found = await read(request, question)
        people = [clue.person_id for clue in found.items]
        if subject is Subject.PERSON:
            people.append(request.match_info[parameter])
        await record_readings(request, actor, people, purpose)
        return await in_thread(lambda: answer_json(composite_document(found)))

    show.__name__ = f"findings_about_{subject}"
    return show
