"""Ports for servers of our own."""

import socket
from random import SystemRandom
from typing import Final

_PORTS: Final = range(20_000, 32_000)
"""Below those that systems give to clients, of which one might take the port before the server does."""


def free_port() -> int:
    """A port on which nobody listens."""
    # Not the seeded numbers of `random`: processes beside one another would draw the same ones.
    for port in SystemRandom().sample(_PORTS, 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(f"of 100 ports between {_PORTS.start} and {_PORTS.stop} none is free")
