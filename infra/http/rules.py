"""The rulebook, for everyone: what is compared, by which clause and by which numbers."""

from aiohttp import web

from domain.policy import PolicyBook
from infra.documents.plain import document
from infra.http.answers import answer_json
from infra.http.keys import INSTALLATION
from infra.rulebook.listing import published_rules
from streams.threads import in_thread


async def list_rules(request: web.Request) -> web.Response:
    return await in_thread(_answer, request.app[INSTALLATION].settings.policy)


def _answer(policies: PolicyBook) -> web.Response:
    return answer_json({"items": [document(rule) for rule in published_rules(policies)]})
