"""Errors as RFC 9457 problem documents; none ever carries a value that was sent."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec
from aiohttp import web
from pydantic import ValidationError

from domain.errors import MonitorError

MEDIA_TYPE = "application/problem+json"

PERSONAL_DATA: Final = "personal_data"


class Problem(MonitorError):
    """An answer other than success. ``code`` is stable and for programs, ``detail`` for people."""

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        detail: str,
        *,
        members: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
        self.members = dict(members or {})
        self.headers = dict(headers or {})

    def response(self) -> web.Response:
        document = {
            "type": f"urn:tender-monitor:problem:{self.code}",
            "title": self.status.phrase,
            "status": self.status.value,
            "code": self.code,
            "detail": self.detail,
            **self.members,
        }
        body = msgspec.json.encode(document)
        return web.Response(
            status=self.status.value, body=body, content_type=MEDIA_TYPE, headers=self.headers, charset="utf-8"
        )


ProblemPage = Callable[[web.Request, Problem], Awaitable[web.StreamResponse]]
PROBLEM_PAGE: web.AppKey[ProblemPage] = web.AppKey("problem_page")
"""What a person in a browser is shown of a problem."""


async def answered(request: web.Request, problem: Problem) -> web.StreamResponse:
    """The problem as a page for whoever asks for pages, as a document for programs."""
    response = await request.app[PROBLEM_PAGE](request, problem) if asks_for_pages(request) else problem.response()
    response.headers.update(problem.headers)
    response.headers["Vary"] = "Accept"
    return response


def asks_for_pages(request: web.Request) -> bool:
    """Browsers name HTML when somebody opens an address; scripts and programs do not."""
    return "text/html" in request.headers.get("Accept", "")


def not_found() -> Problem:
    """Also the answer for what exists but is none of the caller's business."""
    return Problem(HTTPStatus.NOT_FOUND, "not_found", "There is no such thing, or it is not yours to see.")


def invalid(error: ValidationError, *, where: str) -> Problem:
    """A request whose ``where`` (query, body) does not fit; names fields and never their values."""
    problems = error.errors(include_input=False, include_context=False, include_url=False)
    errors = [
        {"field": ".".join(str(part) for part in problem["loc"]), "code": problem["type"], "message": problem["msg"]}
        for problem in problems
    ]
    # The first fault that names somebody is the problem: whoever sends it must learn that at once.
    code = PERSONAL_DATA if any(each["code"] == PERSONAL_DATA for each in errors) else "invalid"
    return Problem(HTTPStatus.BAD_REQUEST, code, f"The {where} is not as it must be.", members={"errors": errors})


def personal_data(field: str, message: str) -> Problem:
    """A text of the body says who somebody is."""
    errors = [{"field": field, "code": PERSONAL_DATA, "message": message}]
    return Problem(HTTPStatus.BAD_REQUEST, PERSONAL_DATA, "The body is not as it must be.", members={"errors": errors})


def from_http_error(error: web.HTTPException) -> Problem:
    """What aiohttp itself refuses: unknown paths, methods, oversized bodies."""
    status = HTTPStatus(error.status)
    kept: Sequence[str] = ("Allow", "Retry-After")
    headers = {name: error.headers[name] for name in kept if name in error.headers}
    return Problem(status, status.name.lower(), status.description or status.phrase, headers=headers)
