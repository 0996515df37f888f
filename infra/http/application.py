"""The web application: the table of routes behind the gate."""

from pathlib import Path

from aiohttp import web

from infra.access import Access
from infra.http import gate, health, notices, openapi
from infra.http.keys import ACCESS, NODE, SETTINGS
from infra.http.routes import ROUTES
from infra.settings import Settings
from infra.web import views
from streams.embedded import Embedded

STATIC_FILES = Path(views.__file__).parent / "static"


def build(node: Embedded, access: Access, settings: Settings) -> web.Application:
    """The application in front of ``node``.

    It must be served with ``auto_decompress=False`` (see :mod:`infra.http.body`).
    """
    app = web.Application(middlewares=[health.measure, gate.answer_errors, gate.admit], client_max_size=0)
    app[NODE] = node
    app[ACCESS] = access
    app[SETTINGS] = settings
    app[health.MEASURES] = health.Measures(node)
    app[openapi.DOCUMENT] = openapi.document(ROUTES)
    app[notices.STREAMS] = notices.Streams(most=settings.limits.sse_connections)
    app[views.PAGES] = views.Pages()
    for route in ROUTES:
        app.router.add_route(route.method, route.path, route.handler)
    app.router.add_static("/static", STATIC_FILES)
    app.on_response_prepare.append(gate.harden)
    app.on_shutdown.append(notices.end_streams)
    return app
