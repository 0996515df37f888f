"""The web application: the table of routes behind the gate."""

from pathlib import Path

from aiohttp import web

from infra.http import gate, health, notices, openapi
from infra.http.keys import ACCESS, INSTALLATION, NODE
from infra.http.reading import READERS, Readers
from infra.http.routes import ROUTES
from infra.identity.access import Access
from infra.installation import Installation
from infra.web import views
from streams.node.node import Node

STATIC_FILES = Path(views.__file__).parent / "static"


def build(installation: Installation, node: Node, access: Access) -> web.Application:
    """The application in front of a started ``node`` of ``installation``.

    It must be served with ``auto_decompress=False`` (see :mod:`infra.http.body`).
    """
    app = web.Application(middlewares=[health.measure, gate.answer_errors, gate.admit], client_max_size=0)
    settings = installation.settings
    app[NODE] = node
    app[ACCESS] = access
    app[INSTALLATION] = installation
    app[READERS] = Readers(installation.database, installation.evidence)
    app[health.MEASURES] = health.Measures(installation, node)
    app[openapi.DOCUMENT] = openapi.document(ROUTES)
    app[notices.STREAMS] = notices.Streams(most=settings.limits.sse_connections)
    app[views.PAGES] = views.Pages()
    for route in ROUTES:
        app.router.add_route(route.method, route.pattern or route.path, route.handler)
    app.router.add_static("/static", STATIC_FILES)
    app.on_response_prepare.append(gate.harden)
    app.on_shutdown.append(notices.end_streams)
    return app
