"""The rulebook, for everyone: what is compared, by which clause and by which numbers."""

from aiohttp import web

from infra.documents.plain import document
from infra.http.answers import answer_json
from infra.http.keys import INSTALLATION
from infra.rulebook.listing import published_rules


async def list_rules(request: web.Request) -> web.Response:
    published = published_rules(request.app[INSTALLATION].settings.policy)
    return answer_json({"items": [document(rule) for rule in published]})
