"""Where the application keeps what its handlers need, and a request its signed-in party."""

from aiohttp import web

from domain.access import Actor
from infra.access import Access
from infra.installation import Installation
from streams.embedded import Embedded

INSTALLATION = web.AppKey("installation", Installation)
NODE = web.AppKey("node", Embedded)
ACCESS = web.AppKey("access", Access)
ACTOR = web.RequestKey("actor", Actor)
