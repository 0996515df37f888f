"""The web application: the table of routes behind the gate."""

from datetime import timedelta
from typing import Final

from aiohttp import web

from infra.http import ended_sessions, gate, health, loop_lag, notice_streams, openapi, route, routes, taking_uploads
from infra.http.access_log import RECORDED_ACCESSES, RecordedAccesses
from infra.http.keys import ACCESS, ACCOUNTS, CODES, INSTALLATION, ISSUER_KEYS, NODE, PASSWORDS, SESSIONS, TOKENS
from infra.http.outside_sign_in import PROVIDERS, REFUSED
from infra.http.problems import PROBLEM_PAGE
from infra.http.reading import READERS, Readers
from infra.http.readings import RECORDED, Recorded
from infra.http.sign_in_limits import SIGN_INS, SignInLimits
from infra.identity.access import Access
from infra.identity.accounts import KnownAccounts
from infra.identity.jwks import IssuerKeys
from infra.identity.oidc import SignInProviders
from infra.identity.passwords import Passwords
from infra.identity.sessions import SessionRegister
from infra.identity.sign_in_codes import SignInCodes
from infra.identity.tokens import TokenRegister
from infra.installation import Installation, system_clock
from infra.labelled_figures import PREFIX
from infra.web import pages, problem_page
from infra.web import routes as page_routes
from streams.node.node import Node

ROUTES: Final = (*routes.API, *page_routes.PAGES)
"""Every route there is."""


def build(installation: Installation, node: Node, access: Access, codes: SignInCodes) -> web.Application:
    """The application in front of a started ``node`` of ``installation``.

    It must be served with ``auto_decompress=False`` (see :mod:`infra.http.body`).
    """
    app = web.Application(
        middlewares=[health.measure, gate.log_request, gate.answer_errors, gate.admit], client_max_size=0
    )
    limits = installation.settings.limits
    app[NODE] = node
    app[ACCESS] = access
    app[ISSUER_KEYS] = IssuerKeys(access, installation.settings.access.oidc)
    app[CODES] = codes
    app[TOKENS] = TokenRegister(installation.database)
    idle = timedelta(minutes=installation.settings.http.idle_minutes)
    app[SESSIONS] = SessionRegister(installation.database, idle=idle)
    app[ACCOUNTS] = KnownAccounts(installation.database, installation.vault, clock=system_clock)
    app[PASSWORDS] = Passwords(installation.database, installation.vault, installation.keys.tokens)
    app[PROVIDERS] = SignInProviders(installation.settings.access.sign_in, installation.vault)
    app[REFUSED] = pages.outside_sign_in_refused
    access.know(app[ACCOUNTS], app[SESSIONS])
    app[SIGN_INS] = SignInLimits(refused=limits.refused_sign_ins, opened=limits.sign_ins_of_one_account)
    app[INSTALLATION] = installation
    app[RECORDED] = Recorded()
    app[RECORDED_ACCESSES] = RecordedAccesses()
    app[READERS] = readers = Readers(installation.database, installation.evidence)
    app[taking_uploads.TAKING] = taking_uploads.Taking(installation, node)
    app[health.MEASURES] = measures = health.Measures(installation, node)
    app[loop_lag.LOOP_LAG] = loop_lag.LoopLag(measures.registry, namespace=PREFIX)
    app[openapi.DOCUMENT] = openapi.document(ROUTES, address=installation.settings.http.public_url or "/")
    app[notice_streams.STREAMS] = notice_streams.Streams(
        node, readers, most=limits.sse_connections, most_of_one=limits.streams_of_one_account
    )
    app[pages.PAGES] = pages.Pages()
    app[PROBLEM_PAGE] = problem_page.show_problem
    app[route.ROUTES] = route.by_method_and_path(ROUTES)
    for each in ROUTES:
        app.router.add_route(each.method, each.pattern or each.path, each.handler)
        if each.method == "GET":
            app.router.add_route("HEAD", each.pattern or each.path, each.handler)
    app.router.add_get("/static/{name}", pages.show_static_file)
    app.on_response_prepare.append(gate.harden)
    app.cleanup_ctx.append(loop_lag.watch_loop)
    app.cleanup_ctx.append(notice_streams.watch_notices)
    app.cleanup_ctx.append(ended_sessions.watch_ended)
    app.cleanup_ctx.append(taking_uploads.take_uploads)
    app.on_shutdown.append(notice_streams.end_streams)
    return app
