"""Where the application keeps what its handlers need, and a request its signed-in party."""

from aiohttp import web

from domain.access import Actor
from infra.access import Access
from infra.settings import Settings
from streams.embedded import Embedded

NODE = web.AppKey("node", Embedded)
ACCESS = web.AppKey("access", Access)
SETTINGS = web.AppKey("settings", Settings)
ACTOR = web.RequestKey("actor", Actor)
