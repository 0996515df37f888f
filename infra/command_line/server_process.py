"""What commands share that serve until they are told to stop."""

import asyncio
import errno
import signal
import socket
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from sqlalchemy.exc import OperationalError

from domain.errors import MonitorError
from infra.command_line.failures import StartAgain, about_database

_CANNOT_LISTEN: Final = (errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES)

T = TypeVar("T")


class AddressTaken(MonitorError):
    """The server cannot listen there."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(f"cannot listen on {host} port {port}: {reason}; --port chooses another, 0 a free one")
        self.host = host
        self.port = port


@contextmanager
def supervised() -> Iterator[None]:
    """Raises :class:`StartAgain` where the database does not answer the block."""
    try:
        yield
    except OperationalError as error:
        raise StartAgain(about_database(error)) from error


@contextmanager
def listening(host: str, port: int) -> Iterator[None]:
    """Raises :class:`AddressTaken` where the block cannot listen there."""
    try:
        yield
    except OSError as error:
        if error.errno not in _CANNOT_LISTEN:
            raise
        raise AddressTaken(host, port, errno.errorcode[error.errno]) from error


def check_port(host: str, port: int) -> None:
    """Raises :class:`AddressTaken` before anything is made for a server that could not listen."""
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        with socket.socket(family, kind, protocol) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind(address)
            except OSError as error:
                # A name may have addresses that this machine does not have, of IPv6 say.
                if error.errno in (errno.EADDRINUSE, errno.EACCES):
                    raise AddressTaken(host, port, errno.errorcode[error.errno]) from error


async def told_to_stop() -> None:
    """Until an interrupt or termination signal."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)
    for number in signals:
        loop.add_signal_handler(number, stopping.set)
    try:
        await stopping.wait()
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run ``main`` on the fastest event loop there is."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(main)


def _loop_factory() -> Any:
    try:
        import uvloop
    except ImportError:  # not made for Windows
        return None
    return uvloop.new_event_loop
