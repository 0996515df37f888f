"""The links that open the demonstration's page: for a party of each kind, and in the browser that is here."""

import asyncio
import sys
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

import click

from domain.access import Actor, Role
from infra.serving.server import Running
from infra.simulation.city import City
from infra.simulation.truth import Appointment
from streams.threads import in_thread

LINKS_LAST: Final = timedelta(hours=8)
_TOKENS_LAST: Final = timedelta(days=1)
_NO: Final = frozenset({"", "0", "false", "no"})


def parties(city: City) -> dict[str, Actor]:
    """One of each kind; bidder and tenderer are ones that will have something to see."""
    planted = _most_telling(city)
    return {
        "supervisor": Actor(Role.SUPERVISOR, "demo supervisor", jurisdiction="4401"),
        "bidder": Actor(Role.BIDDER, "demo bidder", uscc=planted.bid.bidder.uscc),
        "tenderer": Actor(Role.TENDERER, "demo tenderer", uscc=planted.lot.tenderer.uscc),
        "investigator": Actor(Role.INVESTIGATOR, "demo investigator"),
    }


def sign_in_links(server: Running, actors: dict[str, Actor]) -> dict[str, str]:
    """A new link for each; waits for the database, so not for the event loop."""
    return {
        name: server.sign_in_link(actor, lasts=LINKS_LAST, token_lasts=_TOKENS_LAST) for name, actor in actors.items()
    }


def open_page(link: str) -> None:
    """In a graphical browser only: one in this terminal would cover what is printed here."""
    try:
        found = webbrowser.get()
    except webbrowser.Error:
        return
    if type(found) is not webbrowser.GenericBrowser:
        found.open(link)


def runs_by_itself(ci: str | None) -> bool:
    """Whether the variable ``CI`` says that nobody sits here: build servers set it."""
    return ci is not None and ci.lower() not in _NO


def print_links(links: dict[str, str]) -> None:
    for party, link in links.items():
        click.echo(f"  {party:<12}  {link}")
    click.echo(f"\nEach link signs in once, within {LINKS_LAST // timedelta(hours=1)} hours.", nl=False)
    click.echo(" Press Enter for new ones.\n" if sys.stdin.isatty() else "\n")


@contextmanager
def new_links_on_enter(server: Running, actors: dict[str, Actor]) -> Iterator[None]:
    """Until the block ends, print new links for each line that somebody enters at this terminal."""
    tasks: set[asyncio.Task[None]] = set()

    async def print_new() -> None:
        print_links(await in_thread(sign_in_links, server, actors))

    def entered() -> None:
        task = asyncio.create_task(print_new())
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    with _on_enter(entered):
        yield


@contextmanager
def _on_enter(act: Callable[[], None]) -> Iterator[None]:
    if not sys.stdin.isatty():
        yield
        return
    loop, terminal = asyncio.get_running_loop(), sys.stdin.fileno()

    def entered() -> None:
        # An empty text is the end of the input: it would be ready to be read for ever.
        if sys.stdin.readline():
            act()
        else:
            loop.remove_reader(terminal)

    loop.add_reader(terminal, entered)
    try:
        yield
    finally:
        loop.remove_reader(terminal)


def _most_telling(city: City) -> Appointment:
    """The first appointment with the most clues."""
    return max(city.appointments, key=lambda appointment: len(appointment.expects))
