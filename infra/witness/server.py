"""The witness over HTTP: one call, answered once the cosignature's basis is on disk."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Final

from aiohttp import web

from infra.witness.witness import Refused, Witness
from streams.threads import in_thread

LARGEST_BODY: Final = 64 * 1024
SIZE_TYPE: Final = "text/x.tlog.size"
_WITNESS: Final = web.AppKey("witness", Witness)


def build(witness: Witness) -> web.Application:
    app = web.Application(client_max_size=LARGEST_BODY)
    app[_WITNESS] = witness
    app.router.add_post("/add-checkpoint", _add_checkpoint)
    app.on_response_prepare.append(_harden)
    return app


@asynccontextmanager
async def serving(witness: Witness, host: str, port: int) -> AsyncIterator[str]:
    """The submission prefix, for as long as the block lasts."""
    runner = web.AppRunner(build(witness), access_log=None, handle_signals=False)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        bound = runner.addresses[0][1]
        yield f"http://[{host}]:{bound}" if ":" in host else f"http://{host}:{bound}"
    finally:
        await runner.cleanup()


async def _add_checkpoint(request: web.Request) -> web.Response:
    try:
        body = (await request.read()).decode()
    except UnicodeDecodeError:
        return web.Response(status=HTTPStatus.BAD_REQUEST, text="not UTF-8\n")
    try:
        line = await in_thread(request.app[_WITNESS].add_checkpoint, body)
    except Refused as refusal:
        return _refusal(refusal)
    return web.Response(text=line)


def _refusal(refusal: Refused) -> web.Response:
    if refusal.latest is None:
        return web.Response(status=refusal.status, text=f"{refusal.reason}\n")
    headers = {"Content-Type": SIZE_TYPE}
    return web.Response(status=refusal.status, body=f"{refusal.latest}\n".encode(), headers=headers)


async def _harden(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Cache-Control"] = "no-store"
    response.headers.popall("Server", None)
