"""Whoever sits at this machine: how the record names them, what they may see, and tokens they may sign."""

import getpass
from typing import TYPE_CHECKING

from domain.access import Actor, Role
from infra.command_line.folder import DataFolder
from infra.identity.keys import read_keys
from infra.settings import Settings

if TYPE_CHECKING:
    from infra.identity.access import Access


def local_user() -> str:
    """As the record names them."""
    return f"{getpass.getuser()} (command line)"


def local_reader() -> Actor:
    """Whoever can read the data folder and its keys sees all of it."""
    return Actor(Role.INVESTIGATOR, local_user())


def operator() -> Actor:
    return Actor(Role.OPERATOR, local_user())


def security_officer() -> Actor:
    return Actor(Role.SECURITY_OFFICER, local_user())


def open_access(settings: Settings) -> "Access":
    """Signs with the keys of the data folder, and so for anybody. Raises KeyUnusable."""
    from infra.identity.access import Access  # What signs tokens loads slowly.

    keys = read_keys(DataFolder(settings.data).keys)
    access = settings.access
    return Access(keys.tokens, issuer=access.issuer, audience=access.audience, suite=keys.suite)
