"""The own account: password and second factor; and taking both away from somebody who lost the telephone."""

import base64
from http import HTTPStatus
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from domain.errors import NotEntitled
from domain.facts.access import AccessKind
from infra.http.access_log import record_access
from infra.http.accounts import named_account
from infra.http.body import read_model
from infra.http.keys import ACCOUNTS, ACTOR, PASSWORDS
from infra.http.problems import Problem
from infra.identity.passwords import Locked, Refused, WeakPassword
from streams.threads import in_thread


class SecretsWanted(BaseModel):
    """A new password, and a code made with the secret ``offered`` by the page.

    ``current`` is a code of the second factor so far, where there is one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    password: Annotated[str, Field(max_length=1_000)]
    code: Annotated[str, Field(max_length=20)]
    offered: Annotated[str, Field(max_length=1_000)]
    current: Annotated[str, Field(max_length=20)] | None = None


async def set_secrets(request: web.Request) -> web.Response:
    wanted, actor = await read_model(request, SecretsWanted), request[ACTOR]
    known = request.app[ACCOUNTS].book.get(actor.account or "")
    details = request.app[ACCOUNTS].details(actor.account or "")
    if known is None or details is None:
        raise Problem(HTTPStatus.CONFLICT, "no_account", "Only an account has a password.")
    passwords = request.app[PASSWORDS]
    try:
        if await in_thread(passwords.has_secrets, known.account_id):
            await in_thread(passwords.check_code, known.account_id, known.login_key, wanted.current or "")
        offered = base64.urlsafe_b64decode(wanted.offered)
        said = known.account_id, wanted.password, offered, wanted.code
        await in_thread(lambda: passwords.set_secrets(*said, login=details.login))
    except WeakPassword as weak:
        said_of_it = f"{weak.reason[:1].upper()}{weak.reason[1:]}."
        raise Problem(HTTPStatus.CONFLICT, "weak_password", said_of_it) from None
    except (Refused, Locked, ValueError):
        raise Problem(HTTPStatus.CONFLICT, "code_refused", "The one-time code does not fit.") from None
    await record_access(request, AccessKind.PASSWORD_SET, known.account_id, actor.role, "own")
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def remove_secrets(request: web.Request) -> web.Response:
    """Only by a security officer, and an operator alone can make the link to begin anew: so it takes two."""
    account_id, actor = await named_account(request), request[ACTOR]
    if account_id.hex in (actor.account, actor.acting_for):
        raise NotEntitled("nobody changes the own rights; another administrator must")
    await in_thread(request.app[PASSWORDS].remove, account_id.hex)
    by = f"by {actor.account or 'token'}"
    await record_access(request, AccessKind.SECOND_FACTOR_REMOVED, account_id.hex, actor.role, by)
    return web.Response(status=HTTPStatus.NO_CONTENT)
