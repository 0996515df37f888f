"""The integrity file 诚信档案 of a firm."""

from aiohttp import web
from sqlalchemy import Connection

from domain.evidence.days import day_in_shanghai
from domain.organisation_codes import check_uscc
from infra.http.answers import answer_json
from infra.http.keys import INSTALLATION
from infra.http.problems import not_found
from infra.http.reading import read
from projections.questions.as_of import AsOf
from projections.questions.firm_file import FirmFile, firm_file
from streams.threads import in_thread


async def show_firm_file(request: web.Request) -> web.Response:
    uscc = _uscc(request)
    today = day_in_shanghai(request.app[INSTALLATION].clock())

    def question(connection: Connection, as_of: AsOf) -> FirmFile:
        return firm_file(connection, as_of, uscc, on=today)

    return await in_thread(answer_json, await read(request, question))


def _uscc(request: web.Request) -> str:
    """The credit code that the path names; one that cannot exist names no firm."""
    try:
        return check_uscc(request.match_info["uscc"])
    except ValueError:
        raise not_found() from None
