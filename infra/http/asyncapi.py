"""AsyncAPI 3.0 of the topics: generated from their table and the facts' models, and served."""

from functools import cache
from importlib.metadata import version
from typing import Any, Final

from aiohttp import web
from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from alerts.feeds import NOTICE_TYPE
from domain.facts.fact import DoorPerson, FactData
from domain.facts.messages import MESSAGES, OUTSIDE, OWN
from infra.http.answer_models import Notice
from infra.http.answers import answer_json
from streams.cluster.topics import CLEANUP, FOLLOW_UPS, INBOUND_KINDS, NOTICES, ON_ANY_TOPIC, TOPICS, Flow, Topic
from streams.threads import in_thread

ASYNCAPI: Final = "3.0.0"
_SCHEMA: Final = "#/components/schemas/{model}"
_BY_KIND: Final = {data.KIND: data for data in (*OUTSIDE, *OWN)}
_NOTICE: Final = "Notice"
_RECORD: Final = "DeadRecord"


async def show_asyncapi(_request: web.Request) -> web.Response:
    return await in_thread(lambda: answer_json(document()))


@cache
def document() -> dict[str, Any]:
    """What we receive from topics, and what we send to them, as this application sees it."""
    return {
        "asyncapi": ASYNCAPI,
        "info": {
            "title": "Tender-integrity monitor 招标投标诚信监测",
            "version": version("tender-monitor"),
            "description": (
                "CloudEvents 1.0 over Kafka, in binary or structured mode. Keys are hashed by murmur2; with librdkafka "
                "set partitioner=murmur2_random. ID numbers and names of people never stand in a key."
            ),
        },
        "defaultContentType": "application/json",
        "channels": {_name(topic): _channel(topic) for topic in TOPICS},
        "operations": dict(operation for topic in TOPICS for operation in _operations(topic)),
        "components": {"messages": _messages(), "schemas": _schemas()},
    }


def _name(topic: Topic) -> str:
    """A channel's own name: an identifier, as the specification wants keys to be."""
    return topic.name.replace(".", "_").replace("-", "_")


def _channel(topic: Topic) -> dict[str, Any]:
    return {
        "address": topic.name,
        "title": topic.title,
        "description": f"Key: {topic.key}",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in _carried(topic)},
        "bindings": {"kafka": {"topic": topic.name, "topicConfiguration": _configuration(topic)}},
    }


def _configuration(topic: Topic) -> dict[str, Any]:
    told: dict[str, Any] = {"cleanup.policy": [CLEANUP]}
    if topic.retention_hours is not None:
        told["retention.ms"] = topic.retention_hours * 3_600_000
    return told


def _operations(topic: Topic) -> list[tuple[str, dict[str, Any]]]:
    """The application receives what flows in, sends what flows out, and does both with what is internal."""
    actions = {Flow.INBOUND: ("receive",), Flow.OUTBOUND: ("send",), Flow.INTERNAL: ("send", "receive")}
    return [
        (f"{action}_{_name(topic)}", {"action": action, "channel": {"$ref": f"#/channels/{_name(topic)}"}})
        for action in actions[topic.flow]
    ]


def _carried(topic: Topic) -> list[str]:
    """The names of its messages."""
    if topic.flow is Flow.OUTBOUND:
        return [_RECORD if "dead" in topic.name else _NOTICE]
    if topic.flow is Flow.INTERNAL:
        return [data.__name__ for data in (*OUTSIDE, *OWN)]
    return [_BY_KIND[kind].__name__ for kind in (*topic.kinds, *ON_ANY_TOPIC)]


def _messages() -> dict[str, Any]:
    facts = {data.__name__: _message(data) for data in (*OUTSIDE, *OWN)}
    notice = {
        "name": NOTICE_TYPE,
        "summary": "A notice, in binary mode, without the pseudonym of a person",
        "contentType": "application/json",
        "bindings": _bindings(NOTICES),
        "payload": {"$ref": _SCHEMA.format(model=Notice.__name__)},
    }
    dead = {
        "name": "A record as it came, with headers ce_dlqreason, ce_dlqtopic, ce_dlqpartition, ce_dlqoffset and "
        "ce_dlqquarantine, and ce_dlqpartial where all but parts of it was recorded; "
        "one too large to be sent without its value, with ce_dlqbytes and ce_dlqsha256",
        "payload": {"type": "string", "format": "binary"},
    }
    return {**facts, _NOTICE: notice, _RECORD: dead}


def _message(data: type[FactData]) -> dict[str, Any]:
    return {
        "name": data.type_name(),
        "summary": (data.__doc__ or "").partition("\n")[0],
        "contentType": "application/cloudevents+json",
        "bindings": _bindings(INBOUND_KINDS.get(data.KIND, FOLLOW_UPS)),
        "payload": {"$ref": _SCHEMA.format(model=MESSAGES[data.type_name()].__name__)},
    }


def _bindings(topic: Topic) -> dict[str, Any]:
    """What stands in the key of a record."""
    return {"kafka": {"key": {"type": "string", "description": topic.key}}}


def _schemas() -> dict[str, Any]:
    models: list[type[BaseModel]] = [DoorPerson, *(MESSAGES[data.type_name()] for data in (*OUTSIDE, *OWN))]
    _, generated = models_json_schema([(model, "validation") for model in models], ref_template=_SCHEMA)
    schemas: dict[str, Any] = generated["$defs"]
    # A sender may name a person openly or by pseudonym; inside, only the pseudonym exists.
    schemas["Pseudonym"] = schemas["Person"]
    schemas["Person"] = {"oneOf": [{"$ref": _SCHEMA.format(model=model)} for model in ("DoorPerson", "Pseudonym")]}
    told = TypeAdapter(Notice).json_schema(ref_template=_SCHEMA, mode="serialization")
    schemas |= told.pop("$defs", {})
    # What goes to a topic names no person, not even by pseudonym.
    del told["properties"]["person_id"]
    told["required"].remove("person_id")
    schemas[Notice.__name__] = told
    _without_discriminators(schemas)
    return schemas


def _without_discriminators(node: Any) -> None:
    """AsyncAPI names a property there, OpenAPI an object; the alternatives can be told apart without it."""
    if isinstance(node, dict):
        if isinstance(node.get("discriminator"), dict):
            del node["discriminator"]
        for value in node.values():
            _without_discriminators(value)
    elif isinstance(node, list):
        for value in node:
            _without_discriminators(value)
