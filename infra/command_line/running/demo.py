"""``demo``: a synthetic city streams in, a page opens, clues appear."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Final

import click

from domain.access import Actor, Role
from domain.clues.context import ClueStatus
from domain.errors import NotAllowed
from domain.sources.bounds import ALL, Bounds
from infra.command_line.local_user import operator
from infra.command_line.options import Common, common_options
from infra.command_line.output import print_json
from infra.command_line.running.demo_links import (
    new_links_on_enter,
    open_page,
    parties,
    print_links,
    runs_by_itself,
    sign_in_links,
)
from infra.command_line.running.serving import serving
from infra.command_line.running.synthetic import mark
from infra.command_line.server_process import run, told_to_stop
from infra.logs import configure_logs
from infra.serving.server import Running
from infra.settings import Settings
from infra.simulation.city import UNTIL, City
from infra.simulation.clock import CityClock, in_utc
from infra.simulation.wire import Sent, sources_in
from projections.questions import clue_queries
from projections.questions.clue_queries import ShownClue
from streams.node.commands import RegisterSource
from streams.threads import in_thread

PEOPLE: Final = 600
MONTHS: Final = 12
LOTS: Final = 30
DAYS_PER_SECOND: Final = 8.0
_CHUNK: Final = 2_000
_TICK_SECONDS: Final = 0.25
_AFTERWARDS: Final = timedelta(days=1)
"""When the last message has come, sites that were waiting for more are judged."""
_GRANTED: Final = Bounds("模拟数据源", "模拟城市 synthetic city", (ALL,), (ALL,), first_use=True)
_WATCHER: Final = Actor(Role.INVESTIGATOR, "demo")


@click.command()
@click.option("--speed", type=click.FloatRange(min=0.1), default=DAYS_PER_SECOND, show_default=True,
              help="Days of the city's life per second, once its past is loaded.")  # fmt: skip
@click.option("--seed", type=int, default=1, show_default=True, help="Which city.")
@click.option("--host", help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65_535), help="The port to listen on; 0 takes a free one.")
@click.option("--open/--no-open", "--browser/--no-browser", "opens", default=None,
              help="Open the page in the browser (default: where there is one, and CI is not set).")  # fmt: skip
@click.option("--ci", envvar="CI", hidden=True)
@partial(common_options, no_data="a temporary folder, gone at the end")
def demo(
    common: Common,
    speed: float,
    seed: int,
    host: str | None,
    port: int | None,
    opens: bool | None,
    ci: str | None,
) -> None:
    """Show the monitor at work on a made-up city.

    Without --data everything lies in a temporary folder and is gone at the end.
    """
    with _folder(common) as folder:
        settings = mark(common.settings({"data": folder, "http": {"host": host, "port": port}}))
        configure_logs(settings.logs.form, "warning")
        opens = not runs_by_itself(ci) if opens is None else opens
        run(_show(settings, _city(seed), speed, opens=opens, as_json=common.as_json))


@contextmanager
def _folder(common: Common) -> Iterator[Path]:
    if common.data is not None:
        yield common.data
        return
    with tempfile.TemporaryDirectory(prefix="tender-monitor-demo-") as folder:
        yield Path(folder)


def _city(seed: int) -> City:
    """A city whose clock stays behind the real one until all its insurance data are due."""
    two_months_ago = datetime.now(UTC).date().replace(day=1) - timedelta(days=62)
    last = two_months_ago.replace(day=1) - timedelta(days=1)
    until: date = min(UNTIL, last)
    return City(seed=seed, people=PEOPLE, months=MONTHS, lots=LOTS, until=until)


async def _show(settings: Settings, city: City, speed: float, *, opens: bool, as_json: bool) -> None:
    clock = CityClock(_hour(next(city.sent())))
    async with serving(settings, clock=clock) as server:
        await _introduce(server, city, as_json=as_json)
        if opens:
            links = await in_thread(sign_in_links, server, parties(city))
            await in_thread(open_page, links["supervisor"])
        with nullcontext() if as_json else new_links_on_enter(server, parties(city)):
            await _play_until_told(server, city, clock, speed, quiet=as_json)


async def _play_until_told(server: Running, city: City, clock: CityClock, speed: float, *, quiet: bool) -> None:
    playing = asyncio.create_task(_play(server, city, clock, speed, quiet=quiet))
    stopping = asyncio.create_task(told_to_stop())
    await asyncio.wait({playing, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if playing.done():
        playing.result()
        await stopping
    playing.cancel()
    await asyncio.gather(playing, return_exceptions=True)


async def _introduce(server: Running, city: City, *, as_json: bool) -> None:
    links = await in_thread(sign_in_links, server, parties(city))
    if as_json:
        print_json({"url": server.url, "sign_in": links})
        return
    click.echo("A synthetic city 模拟城市 streams in. Look at it as one of its parties (Ctrl-C ends):\n")
    click.echo(f"  {server.url}/\n")
    print_links(links)


async def _play(server: Running, city: City, clock: CityClock, speed: float, *, quiet: bool) -> None:
    """Load the city's past at once, then let its days pass, and tell of clues as they come."""
    told, registered = _Telling(server, quiet=quiet), set[str]()
    async for lines, now in _stream(city, speed):
        for _, arrived in groupby(lines, key=_hour):
            await _arrive(server, clock, list(arrived), registered)
        clock.set_on(now)
        await server.node.judge_what_is_due()
        await told.tell(now)
    told.end()


async def _register(server: Running, source: str) -> None:
    try:
        await server.node.perform(RegisterSource(source, _GRANTED, operator()))
    except NotAllowed:  # Somebody has decided on other sources of this folder.
        await server.node.perform(RegisterSource(source, replace(_GRANTED, first_use=False), operator()))


async def _arrive(server: Running, clock: CityClock, lines: list[Sent], registered: set[str]) -> None:
    """Record what came in one hour when the last of it came; what fell due before is judged without it."""
    clock.set_on(in_utc(lines[-1].arrival))
    for source in sorted(sources_in(lines) - registered):
        await _register(server, source)
        registered.add(source)
    for first in range(0, len(lines), _CHUNK):
        await server.node.ingest([line.line for line in lines[first : first + _CHUNK]])


def _begin(city: City) -> datetime:
    """An hour before the first opening: all that arrived until then is the city's past."""
    return in_utc(min(lot.opened_at for lot in city.lots)) - timedelta(hours=1)


def _hour(line: Sent) -> datetime:
    return in_utc(line.arrival).replace(minute=0, second=0)


async def _stream(city: City, speed: float) -> AsyncIterator[tuple[list[Sent], datetime]]:
    """What arrived by each tick of the city's clock, until everything has and is due."""
    begin, step = _begin(city), timedelta(days=speed * _TICK_SECONDS)

    def tick(line: Sent) -> int:
        return max(0, -((begin - in_utc(line.arrival)) // step))

    passed = 0
    for number, lines in groupby(city.sent(), key=tick):
        for between in range(passed + 1, number):
            await asyncio.sleep(_TICK_SECONDS)
            yield [], begin + between * step
        if number:
            await asyncio.sleep(_TICK_SECONDS)
        yield list(lines), begin + number * step
        passed = number
    yield [], begin + passed * step + _AFTERWARDS


class _Telling:
    """Prints each clue once, when it is first seen."""

    def __init__(self, server: Running, *, quiet: bool) -> None:
        self._server = server
        self._quiet = quiet
        self._seen: set[str] = set()

    async def tell(self, now: datetime) -> None:
        if self._quiet:
            return
        for clue in reversed(await asyncio.to_thread(self._clues)):
            if clue.clue_id not in self._seen:
                self._seen.add(clue.clue_id)
                click.echo(f"{now:%Y-%m-%d}  {_line(clue)}")

    def end(self) -> None:
        if not self._quiet:
            standing = sum(clue.status != ClueStatus.WITHDRAWN for clue in self._clues())
            click.echo(f"\nAll facts are in: {len(self._seen)} clues were raised, {standing} stand. The page stays up.")

    def _clues(self) -> tuple[ShownClue, ...]:
        with self._server.installation.database.read() as connection:
            return clue_queries.clues(connection, _WATCHER, limit=1_000).items


def _line(clue: ShownClue) -> str:
    """A clue that was answered before it could be told says so."""
    about = clue.bidder.name if clue.bidder else clue.title
    withdrawn = "（已撤回 withdrawn）" if clue.status == ClueStatus.WITHDRAWN else ""
    return f"{clue.rule}  {clue.severity:<6}  {about}: {clue.explanation.zh}{withdrawn}"
