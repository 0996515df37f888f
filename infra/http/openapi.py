"""GET /api/v1/openapi.json: generated from the facts' models and the table of routes."""

import re
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from typing import Any

from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from domain.facts.fact import DoorPerson
from domain.facts.messages import MESSAGES, OUTSIDE
from domain.purposes import PURPOSE_HEADER, Purpose
from infra.http.answers import answer_json
from infra.http.problems import MEDIA_TYPE
from infra.http.route import JSON, Route
from streams.threads import in_thread

_TAKING_EVENTS = ("/api/v1/events", "/api/v1/quarantine/{quarantine_id}/resubmit")
_REFERENCE = "#/components/schemas/{model}"
_PARAMETER = re.compile(r"\{(\w+)\}")
_BOUNDS = (
    "Answers only what the caller may see: of a role with a jurisdiction (always a supervisor) what lies inside it, "
    "of a bidder or tenderer what concerns its own credit code, of a source what it sent. All else is as if it were "
    "not there: lists leave it out, and by its id it is 404."
)
_PROBLEM_RESPONSE = {
    "description": "RFC 9457; a page for who asks for pages (Accept: text/html), and on pages the one to sign in",
    "content": {MEDIA_TYPE: {"schema": {"$ref": _REFERENCE.format(model="Problem")}}, "text/html": {}},
}
DOCUMENT = web.AppKey("openapi", dict[str, Any])


async def show_openapi(request: web.Request) -> web.Response:
    return await in_thread(answer_json, request.app[DOCUMENT])


def document(routes: Iterable[Route]) -> dict[str, Any]:
    """OpenAPI 3.1 of ``routes``; every message type a source may send is a schema."""
    routes = tuple(routes)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tender-integrity monitor 招标投标诚信监测", "version": version("tender-monitor")},
        "paths": paths,
        "components": {
            "schemas": _schemas(routes),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "session": {"type": "apiKey", "in": "cookie", "name": "session"},
            },
            "responses": {"Problem": _PROBLEM_RESPONSE},
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": route.summary,
        "parameters": [*_path_parameters(route.path), *_query_parameters(route.query), *_headers(route)],
        "responses": _responses(route),
        "security": _security(route),
        "x-roles": None if route.roles is None else sorted(route.roles),
    }
    if route.roles is not None:
        operation["description"] = _BOUNDS
    body = _events_body() if route.path == "/api/v1/events" else _model_body(route)
    if body is not None:
        operation["requestBody"] = body
    return operation


def _security(route: Route) -> list[dict[str, Any]]:
    if route.roles is None:
        return []
    return [{"bearer": []}] if route.by_token_alone else [{"bearer": []}, {"session": []}]


def _responses(route: Route) -> dict[str, Any]:
    """What succeeds, and every problem by its status; 5XX is a defect, or a database that is away."""
    problem = {"$ref": "#/components/responses/Problem"}
    problems = {str(status): problem for status in sorted(_problems(route))}
    return {str(route.answered.status): _success(route), **problems, "5XX": problem}


def _problems(route: Route) -> set[int]:
    found = set(route.answered.problems)
    if route.roles is not None:
        found |= {401, 403}
    if route.method == "POST":
        found.add(403)
    if route.query is not None or route.about_people:
        found.add(400)
    if route.body is not None:
        found |= {400, 408, 413, 415}
    if "{" in route.path or "/log/" in route.path:
        found.add(404)
    return found


def _success(route: Route) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    if route.path in _TAKING_EVENTS:
        schema = _ref("EventsAnswer")
    elif route.answered.media == JSON.media:
        schema = {"type": "object"}
    content = {media: {"schema": schema if media == "application/json" else {}} for media in route.answered.media}
    return {"description": "As it should be", **({"content": content} if content else {})}


def _path_parameters(path: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in _PARAMETER.findall(path)
    ]


def _query_parameters(query: type[BaseModel] | None) -> list[dict[str, Any]]:
    if query is None:
        return []
    schema = query.model_json_schema(ref_template=_REFERENCE)
    required = set(schema.get("required", ()))
    return [
        {"name": name, "in": "query", "required": name in required, "schema": of_one}
        for name, of_one in schema["properties"].items()
    ]


def _headers(route: Route) -> list[dict[str, Any]]:
    named = [{"name": name, "in": "header", "required": False, "schema": {"type": "string"}} for name in route.headers]
    return [*named, *_purpose(route)]


def _purpose(route: Route) -> Iterator[dict[str, Any]]:
    if route.about_people:
        yield {
            "name": PURPOSE_HEADER,
            "in": "header",
            "required": False,
            "schema": {"enum": [str(purpose) for purpose in Purpose]},
            "description": "What people are read about for; each reading is recorded with it. Without it the usual "
            "purpose of the caller's role is recorded, or, where the settings say so, 400 is answered.",
        }


def _model_body(route: Route) -> dict[str, Any] | None:
    if route.body is None:
        return None
    needed = bool(route.body.model_json_schema().get("required"))
    return {"required": needed, "content": {"application/json": {"schema": _ref(route.body.__name__)}}}


def _events_body() -> dict[str, Any]:
    event = {"oneOf": [_ref(MESSAGES[data.type_name()].__name__) for data in OUTSIDE]}
    return {
        "required": True,
        "description": "One event, structured or binary (ce- headers); a batch; or any number of lines. gzip allowed.",
        "content": {
            "application/cloudevents+json": {"schema": event},
            "application/cloudevents-batch+json": {"schema": {"type": "array", "items": event}},
            "application/x-ndjson": {"schema": {"type": "string"}},
            "application/json": {"schema": {"type": "object"}},
        },
    }


def _schemas(routes: Iterable[Route]) -> dict[str, Any]:
    asked = [model for route in routes for model in (route.body, route.query) if model is not None]
    messages: list[type[BaseModel]] = [MESSAGES[data.type_name()] for data in OUTSIDE]
    models: list[type[BaseModel]] = [*messages, DoorPerson, *dict.fromkeys(asked)]
    _, generated = models_json_schema([(model, "validation") for model in models], ref_template=_REFERENCE)
    schemas: dict[str, Any] = generated["$defs"]
    # A sender may name a person openly or by pseudonym; inside, only the pseudonym exists.
    schemas["Pseudonym"] = schemas["Person"]
    schemas["Person"] = {"oneOf": [_ref("DoorPerson"), _ref("Pseudonym")]}
    schemas["Problem"] = _PROBLEM
    schemas["EventsAnswer"] = _EVENTS_ANSWER
    return schemas


def _ref(name: str) -> dict[str, str]:
    return {"$ref": _REFERENCE.format(model=name)}


_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "continue_at": {
            "type": "integer",
            "description": "Of a call that broke off: index of the first message that may be missing.",
        },
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {name: {"type": "string"} for name in ("field", "code", "message")},
            },
        },
    },
}

_NAMED = {
    "type": ["object", "null"],
    "properties": {"name": {"type": "string"}, "uscc": {"type": ["string", "null"]}},
}
_EVENTS_ANSWER = {
    "type": "object",
    "required": ["accepted", "duplicates", "rejected", "findings"],
    "properties": {
        "accepted": {"type": "integer"},
        "duplicates": {"type": "integer"},
        "rejected": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["index", "quarantine_id", "errors"],
                "properties": {
                    "index": {"type": "integer", "description": "The place of the event in the call, from 0."},
                    "id": {"type": ["string", "null"]},
                    "quarantine_id": {"type": "string"},
                    "partial": {
                        "type": "boolean",
                        "description": "True where all but the parts was recorded that the errors name: the event "
                        "counts as accepted. Send the entry again, corrected, to fill them in.",
                    },
                    "errors": _PROBLEM["properties"]["errors"],  # type: ignore[index]
                },
            },
        },
        "findings": {"type": "array", "items": {"type": "object"}},
        "verdicts": {
            "type": "array",
            "description": "Of a call with openings: one for each bid of each of them; of those that had been "
            "recorded before, for the first 20 lots.",
            "items": {
                "type": "object",
                "required": ["tender_id", "lot_id", "bidder", "person_id", "verdict", "rules"],
                "properties": {
                    "tender_id": {"type": "string"},
                    "lot_id": {"type": "string"},
                    "bidder": {**_NAMED, "description": "null where not even the bidder could be read"},
                    "person_id": {
                        "type": ["string", "null"],
                        "description": "null where the lead could not be identified",
                    },
                    "verdict": {"enum": ["consistent", "suspect", "mismatch", "unknown"]},
                    "rules": {
                        "type": "array",
                        "items": {"type": "string"},
                        "description": "Those that raised a clue, or else those that compared and found nothing.",
                    },
                    "complete_to": {
                        "type": ["object", "null"],
                        "description": "How far the data are complete, by kind and area: "
                        '{"insurance": {"440100": "2025-05"}, "registrations": {"440000": "2025-06-18"}}; null '
                        "where nothing is known, or where there is no lead to compare.",
                    },
                },
            },
        },
        "rejected_in_all": {"type": "integer", "description": "Where not all rejections are listed."},
    },
}
