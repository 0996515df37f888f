"""Deliveries 数据交付: which were taken in, and recording one that comes file by file through calls of events."""

from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection

from domain.access import Actor
from domain.errors import NotEntitled
from domain.facts.fact import Month, ToldInstant
from domain.facts.taken_deliveries import DeliveryBegun, DeliveryTaken
from infra.documents.deliveries import delivery_documents, month_close
from infra.http.answers import answer_json
from infra.http.body import read_model
from infra.http.keys import ACTOR, INSTALLATION, NODE
from infra.http.parameters import Query, read_query
from infra.http.reading import read
from projections.questions.as_of import AsOf
from projections.questions.deliveries import deliveries
from streams.node.commands import RecordDelivery


class _At(BaseModel):
    """``at`` is when it happened."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    at: ToldInstant


class BegunAt(DeliveryBegun, _At):
    """A delivery begins."""


class TakenAt(DeliveryTaken, _At):
    """What came of a delivery."""


async def record_begun(request: web.Request) -> web.Response:
    return await _recorded(request, await read_model(request, BegunAt))


async def record_taken(request: web.Request) -> web.Response:
    return await _recorded(request, await read_model(request, TakenAt))


async def _recorded(request: web.Request, said: BegunAt | TakenAt) -> web.Response:
    """Raises NotEntitled."""
    actor = request[ACTOR]
    _check_own(actor, said.source)
    content = said.model_dump(mode="json", exclude_none=True, exclude={"at"})
    if isinstance(said, BegunAt):
        content["by"] = actor.name
    await request.app[NODE].perform(RecordDelivery(said.KIND, content, actor, said.at))
    return web.Response(status=204)


def _check_own(actor: Actor, source: str) -> None:
    if actor.own_source != source:
        raise NotEntitled("the token speaks for another source")


class DeliveryQuery(Query):
    """``month``: those about it, and what the rules still lack for it."""

    month: Month | None = None


async def list_deliveries(request: web.Request) -> web.Response:
    """In the order in which they began, each beside the one before; a feed sees its own."""
    actor, month, installation = request[ACTOR], read_query(request, DeliveryQuery).month, request.app[INSTALLATION]

    def question(connection: Connection, as_of: AsOf) -> dict[str, Any]:
        if month is None:
            return {"items": list(delivery_documents(deliveries(connection, as_of, actor)))}
        return month_close(connection, as_of, actor, installation.settings.policy, month, now=installation.clock())

    return answer_json(await read(request, question))
