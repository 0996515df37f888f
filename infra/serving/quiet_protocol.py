"""What is answered, and logged, where no handler of ours is reached: aiohttp's own answers repeat what was sent."""

from http import HTTPStatus
from typing import Any

import structlog
from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from infra.http.failures import log_failure
from infra.http.problems import Problem

log = structlog.get_logger(__name__)


class QuietRunner(web.AppRunner):
    """As aiohttp's, with connections that repeat nothing and name no software."""

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return _QuietServer(made.request_handler, request_factory=made.request_factory, **made._kwargs)


class _QuietServer(web.Server):
    def __call__(self) -> RequestHandler:
        return _QuietHandler(self, loop=self._loop, **self._kwargs)


class _QuietHandler(RequestHandler):
    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - it holds the line that could not be read
    ) -> web.StreamResponse:
        if status == HTTPStatus.INTERNAL_SERVER_ERROR:
            _log_failure(exc)
        else:
            log.info("request_malformed", error=type(exc).__name__)
        if request.writer.output_size > 0:
            raise ConnectionError("an answer was begun already")
        return _closing(HTTPStatus(status))

    def log_exception(self, *_args: object, **given: Any) -> None:
        found = given.get("exc_info")
        _log_failure(found if isinstance(found, BaseException) else None)


class _Nameless(web.Response):
    async def _prepare_headers(self) -> None:
        await super()._prepare_headers()
        self.headers.popall("Server", None)


def _closing(status: HTTPStatus) -> web.Response:
    malformed = status == HTTPStatus.BAD_REQUEST
    said = "The request is not HTTP as it must be." if malformed else "The request could not be answered."
    problem = Problem(status, "malformed" if malformed else "internal", said).response()
    response = _Nameless(status=problem.status, body=problem.body, content_type=problem.content_type)
    response.force_close()
    return response


def _log_failure(error: BaseException | None) -> None:
    if isinstance(error, Exception):
        log_failure(error)
    else:
        log.error("request_failed", error=type(error).__name__)
