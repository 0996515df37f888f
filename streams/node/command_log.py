"""Commands in the program's log: what was asked, in which role, about what; never who asked, and no reason in words."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import structlog

from domain.errors import MonitorError
from streams.node.commands import Command, RecordAccess, RecordDelivery

log = structlog.get_logger(__name__)

_SHOWN: Final = ("account_id", "clue_id", "notice_id", "quarantine_id", "source", "verb")
_WORDS: Final = re.compile(r"(?<!^)(?=[A-Z])")


@contextmanager
def command_logged(command: Command) -> Iterator[None]:
    """One line when ``command`` is done, or refused by a rule of the monitor; whoever gave it is told more."""
    began = time.perf_counter()
    with refusal_logged(command):
        yield
    log.info("command_done", **_about(command), seconds=round(time.perf_counter() - began, 4))


@contextmanager
def refusal_logged(command: Command) -> Iterator[None]:
    """One line when ``command`` is refused: for what is done before it is carried out."""
    try:
        yield
    except MonitorError as error:
        log.info("command_refused", **_about(command), error=type(error).__name__)
        raise


def _about(command: Command) -> dict[str, Any]:
    shown = {name: getattr(command, name) for name in _SHOWN if hasattr(command, name)}
    return {
        "command": _WORDS.sub("_", type(command).__name__).lower(),
        "role": command.role if isinstance(command, RecordAccess) else command.actor.role,
        **{name: str(value) for name, value in shown.items()},
        **_about_facts(command),
    }


def _about_facts(command: Command) -> dict[str, str]:
    """What is on record by itself; how somebody signed in may be the words of another program, and is left out."""
    match command:
        case RecordAccess(what=what):
            return {"what": what.value}
        case RecordDelivery(kind=kind, said=said):
            return {"what": kind, "delivery": str(said.get("delivery_id", ""))}
    return {}
