"""GET /api/v1/openapi.json: generated from the facts' models and the table of routes."""

import inspect
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from importlib.metadata import version
from typing import Any

from aiohttp import web
from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from domain.facts.fact import DoorPerson
from domain.facts.messages import MESSAGES, OUTSIDE
from domain.purposes import PURPOSE_HEADER, Purpose
from infra.http.answer_models import ANSWERS
from infra.http.answers import answer_json
from infra.http.operations import AN_OPENING, TAGS, named_operations, tag_of
from infra.http.problems import MEDIA_TYPE
from infra.http.route import Route
from streams.threads import in_thread

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


def document(routes: Iterable[Route], *, address: str = "/") -> dict[str, Any]:
    """OpenAPI 3.1 of ``routes`` at ``address``; every message type a source may send is a schema."""
    named = named_operations(routes)
    paths: dict[str, dict[str, Any]] = {}
    for name, route in named.items():
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(name, route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tender-integrity monitor 招标投标诚信监测",
            "version": version("tender-monitor"),
            "description": "Facts come in as CloudEvents; clues, verdicts, notices and proofs are asked for here.",
            "contact": {"name": "The operator of this installation"},
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": address}],
        "tags": [
            {"name": tag, "description": TAGS.get(tag, tag)} for tag in dict.fromkeys(map(tag_of, named.values()))
        ],
        "paths": paths,
        "components": {
            "schemas": _schemas(named),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "session": {"type": "apiKey", "in": "cookie", "name": "session"},
            },
            "responses": {
                "Problem": _PROBLEM_RESPONSE,
                "Unauthenticated": _with_header("WWW-Authenticate", "RFC 6750: why the token was refused."),
                "ComeAgain": _with_header("Retry-After", "Seconds after which it is worth trying again."),
            },
        },
    }


def _with_header(name: str, about: str) -> dict[str, Any]:
    return {**_PROBLEM_RESPONSE, "headers": {name: {"description": about, "schema": {"type": "string"}}}}


def _operation(name: str, route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": name,
        "tags": [tag_of(route)],
        "summary": route.summary,
        "description": _description(route),
        "parameters": [*_path_parameters(route.path), *_query_parameters(route.query), *_headers(route)],
        "responses": _responses(name, route),
        "security": _security(route),
        "x-roles": None if route.roles is None else sorted(route.roles),
    }
    body = _events_body() if route.path == "/api/v1/events" else _model_body(route)
    if route.body is not None and route.path == "/api/v1/uploads":
        body = _with_file(route.body)
    if body is not None:
        operation["requestBody"] = body
    return operation


def _security(route: Route) -> list[dict[str, Any]]:
    if route.roles is None:
        return []
    return [{"bearer": []}] if route.by_token_alone else [{"bearer": []}, {"session": []}]


def _description(route: Route) -> str:
    """What the handler says of itself, and within which bounds it answers."""
    said = inspect.getdoc(route.handler) or f"{route.summary}."
    return said if route.roles is None else f"{said}\n\n{_BOUNDS}"


def _responses(name: str, route: Route) -> dict[str, Any]:
    """What succeeds, and every problem by its status; 5XX is a defect, or a database that is away."""
    problems = {str(status): _problem(status) for status in sorted(_problems(route))}
    return {str(route.answered.status): _success(name, route), **problems, "5XX": _problem(500)}


def _problem(status: int) -> dict[str, str]:
    named = {401: "Unauthenticated", 429: "ComeAgain", 503: "ComeAgain"}.get(status, "Problem")
    return {"$ref": f"#/components/responses/{named}"}


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
    # HTTP itself refuses what is no request, whatever the call.
    return found if any(status < 500 for status in found) else found | {400}


def _success(name: str, route: Route) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object"}
    if name in ANSWERS:
        schema = _ref(ANSWERS[name].__name__)
    elif "application/json" not in route.answered.media:
        schema = {}
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
    for of_one in schema["properties"].values():
        if of_one.get("default") == "":
            del of_one["default"]
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


def _with_file(body: type[BaseModel]) -> dict[str, Any]:
    """As a form with the file itself."""
    schema = body.model_json_schema(ref_template=_REFERENCE)
    file = {"type": "string", "format": "binary"}
    form = {**schema, "required": ["file"], "properties": {"file": file, **schema["properties"]}}
    return {"required": True, "content": {"multipart/form-data": {"schema": form}}}


def _events_body() -> dict[str, Any]:
    event = {"oneOf": [_ref(MESSAGES[data.type_name()].__name__) for data in OUTSIDE]}
    return {
        "required": True,
        "description": "One event, structured or binary (ce- headers); a batch; or any number of lines. gzip allowed.",
        "content": {
            "application/cloudevents+json": {"schema": event, "examples": {"opening": {"value": AN_OPENING}}},
            "application/cloudevents-batch+json": {"schema": {"type": "array", "items": event}},
            "application/x-ndjson": {"schema": {"type": "string"}},
            "application/json": {"schema": {"type": "object"}},
        },
    }


def _schemas(named: Mapping[str, Route]) -> dict[str, Any]:
    # A form with a file is written out where it is asked for.
    asked = [route.body for route in named.values() if route.body is not None and route.path != "/api/v1/uploads"]
    messages: list[type[BaseModel]] = [MESSAGES[data.type_name()] for data in OUTSIDE]
    models: list[type[BaseModel]] = [*messages, DoorPerson, *dict.fromkeys(asked)]
    _, generated = models_json_schema([(model, "validation") for model in models], ref_template=_REFERENCE)
    schemas: dict[str, Any] = generated["$defs"]
    # A sender may name a person openly or by pseudonym; inside, only the pseudonym exists.
    schemas["Pseudonym"] = schemas["Person"]
    schemas["Person"] = {"oneOf": [_ref("DoorPerson"), _ref("Pseudonym")]}
    _spread_person(schemas)
    schemas["Problem"] = _PROBLEM
    schemas |= _asked_for(named)
    return schemas | _answers({ANSWERS[name] for name in named if name in ANSWERS}, taken=schemas)


def _answers(types: Collection[type], *, taken: Mapping[str, Any]) -> dict[str, Any]:
    """The schemas of answers; where a message has another one of the same name, as ``…Shown``."""
    ordered = sorted(types, key=lambda one: one.__name__)
    inputs: list[tuple[str, JsonSchemaMode, TypeAdapter[Any]]] = [
        (one.__name__, "serialization", TypeAdapter(one)) for one in ordered
    ]
    _, generated = TypeAdapter.json_schemas(inputs, ref_template=_REFERENCE)
    _write_items(generated)
    text = json.dumps(generated["$defs"])
    for name, schema in generated["$defs"].items():
        if name in taken and taken[name] != schema:
            text = text.replace(f'"{_REFERENCE.format(model=name)}"', f'"{_REFERENCE.format(model=name)}Shown"')
            text = text.replace(f'"{name}": {{', f'"{name}Shown": {{')
    found: dict[str, Any] = json.loads(text)
    return found


def _asked_for(named: Mapping[str, Route]) -> dict[str, Any]:
    """What the parameters of queries refer to."""
    found: dict[str, Any] = {}
    for query in {route.query for route in named.values() if route.query is not None}:
        found |= query.model_json_schema(ref_template=_REFERENCE).get("$defs", {})
    return found


def _spread_person(node: Any) -> None:
    """Generators of clients do not understand alternatives among alternatives: an organisation or either of two."""
    if isinstance(node, dict):
        for key in ("anyOf", "oneOf"):
            if _ref("Person") in node.get(key, ()):
                others = [one for one in node[key] if one != _ref("Person")]
                node[key] = [*others, _ref("DoorPerson"), _ref("Pseudonym")]
        for value in node.values():
            _spread_person(value)
    elif isinstance(node, list):
        for value in node:
            _spread_person(value)


def _write_items(node: Any) -> None:
    """Tools want to know of the items of every array, also of one whose items are told apart by their places."""
    if isinstance(node, dict):
        if "prefixItems" in node:
            node.setdefault("items", node["prefixItems"][0])
        for value in node.values():
            _write_items(value)
    elif isinstance(node, list):
        for value in node:
            _write_items(value)


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
