"""The transparency log: checkpoints, tiles and proofs for everyone, entries for those who may see all of them.

Hashes, sizes and signatures tell nothing about anybody: every leaf holds a moment to the
microsecond, and people only by a keyed pseudonym, so that no leaf hash can be guessed at.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any, Final, TypeVar

from aiohttp import web
from pydantic import Field
from sqlalchemy import Connection

from infra.http.answers import answer_json
from infra.http.keys import ACTOR, INSTALLATION
from infra.http.parameters import Query, read_query
from infra.http.problems import Problem, not_found
from infra.http.reading import read
from infra.transparency.reader import LogReader, OutsideTheLog
from infra.transparency.rows import LARGEST, leaf_at
from infra.transparency.tiles import NoSuchTile, parse_path
from projections.questions.as_of import AsOf

_FOR_EVER: Final = "public, max-age=31536000, immutable"
_Size = Annotated[int, Field(ge=0, le=LARGEST)]
_Position = Annotated[int, Field(ge=1, le=LARGEST)]

T = TypeVar("T")


class CheckpointQuery(Query):
    """``witnessed``: the newest one that a witness countersigned."""

    witnessed: bool = False


class InclusionQuery(Query):
    """``position`` counts from 1; without ``size`` that of the newest checkpoint is meant."""

    position: _Position
    size: _Size | None = None


class ConsistencyQuery(Query):
    first: _Position
    second: _Position


async def show_checkpoint(request: web.Request) -> web.Response:
    query = read_query(request, CheckpointQuery)

    def question(log: LogReader, _: Connection) -> str | None:
        return log.witnessed() if query.witnessed else log.checkpoint()

    note = await _ask(request, question)
    if note is None:
        raise not_found()
    return web.Response(text=note, content_type="text/plain", charset="utf-8")


async def show_tile(request: web.Request) -> web.Response:
    path = request.match_info["tile"]
    if path.startswith("entries/"):
        raise _no_bundles()
    try:
        hashes = await _ask(request, lambda log, _: log.tile(parse_path(path)))
    except NoSuchTile as error:
        raise not_found() from error
    headers = {"Cache-Control": _FOR_EVER}
    return web.Response(body=hashes, content_type="application/octet-stream", headers=headers)


def _no_bundles() -> Problem:
    """C2SP's bundles of entries are public, and hold none above 65,535 bytes; our entries are neither."""
    said = "Entries are not public and may be longer than a bundle allows; see /api/v1/log/entries/{position}."
    return Problem(HTTPStatus.NOT_FOUND, "no_entry_bundles", said)


async def show_entry(request: web.Request) -> web.Response:
    """The exact bytes behind a leaf hash; of every jurisdiction, so not for those bound to one."""
    text = request.match_info["position"]
    if not request[ACTOR].sees_every_jurisdiction or not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise not_found()
    leaf = await _ask(request, lambda _, connection: leaf_at(connection, int(text)))
    if leaf is None:
        raise not_found()
    return web.Response(body=leaf, content_type="application/octet-stream")


async def show_inclusion(request: web.Request) -> web.Response:
    query = read_query(request, InclusionQuery)

    def question(log: LogReader, _: Connection) -> dict[str, Any]:
        proof = log.inclusion(query.position - 1, log.size if query.size is None else query.size)
        return {
            "leaf_index": proof.leaf_index,
            "tree_size": proof.tree_size,
            "leaf_hash": proof.leaf_hash.hex(),
            "root": proof.root.hex(),
            "hashes": [each.hex() for each in proof.hashes],
        }

    return answer_json(await _ask(request, question))


async def show_consistency(request: web.Request) -> web.Response:
    query = read_query(request, ConsistencyQuery)

    def question(log: LogReader, _: Connection) -> dict[str, Any]:
        proof = log.consistency(query.first, query.second)
        return {
            "first": proof.first,
            "second": proof.second,
            "first_root": proof.first_root.hex(),
            "second_root": proof.second_root.hex(),
            "hashes": [each.hex() for each in proof.hashes],
        }

    return answer_json(await _ask(request, question))


async def _ask(request: web.Request, question: Callable[[LogReader, Connection], T]) -> T:
    installation, shard = request.app[INSTALLATION], _shard(request)

    def ask(connection: Connection, _: AsOf) -> T:
        with installation.entered(connection, shard):
            return question(LogReader(connection, installation.log_suite), connection)

    try:
        return await read(request, ask)
    except OutsideTheLog as error:
        raise Problem(HTTPStatus.NOT_FOUND, "outside_the_log", f"{str(error)[:1].upper()}{str(error)[1:]}.") from error


def _shard(request: web.Request) -> int | None:
    """Whose log is meant; every shard of a cluster has one of its own."""
    text = request.match_info.get("shard")
    if text is None and None not in request.app[INSTALLATION].shards:
        said = "Every shard has a log of its own, under /api/v1/shards/{shard}/log."
        raise Problem(HTTPStatus.NOT_FOUND, "log_of_which_shard", said)
    return int(text) if text is not None else None
