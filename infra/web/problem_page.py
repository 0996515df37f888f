"""What a person in a browser is shown where the address leads nowhere, or something went wrong."""

from http import HTTPStatus

from aiohttp import web

from infra.http.problems import Problem
from infra.texts.problems import problem_key
from infra.web.pages import page, sign_in_page, signed_in


async def show_problem(request: web.Request, problem: Problem) -> web.Response:
    """In the reader's language; whoever must sign in first is shown how."""
    if problem.status is HTTPStatus.UNAUTHORIZED:
        return await sign_in_page(request, "sign_in_how", status=problem.status)
    said = problem_key(problem.code)
    return await page(request, "message.html", signed_in(request), status=problem.status, message=said)
