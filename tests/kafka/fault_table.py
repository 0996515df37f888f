"""The table of faults, as the tests of ``tests/streams/kafka/faults`` measure it and docs/faults.md shows it."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

import pytest

_PROPERTY: Final = "fault"


@dataclass(frozen=True)
class Figures:
    """What a fault did. ``again`` are notices that were sent again under their ids; ``seconds`` those until service."""

    facts_lost: int
    facts_doubled: int
    notices_lost: int
    notices_doubled: int
    again: int
    seconds: float


def noted(item: pytest.Item, figures: Figures) -> None:
    """Keep what a fault did until the end."""
    item.user_properties.append((_PROPERTY, asdict(figures)))


def rows(reports: Iterable[pytest.TestReport]) -> Iterator[str]:
    """A line of docs/faults.md for each fault that was tried."""
    for report in reports:
        figures: Any = dict(report.user_properties).get(_PROPERTY)
        if figures is not None and report.when == "teardown":
            yield _row(report.nodeid, Figures(**figures))


def _row(nodeid: str, figures: Figures) -> str:
    name = nodeid.rpartition("::")[2].removeprefix("test_")
    facts = f"{figures.facts_lost} / {figures.facts_doubled}"
    notices = f"{figures.notices_lost} / {figures.notices_doubled}"
    again = f" ({figures.again} again)" if figures.again else ""
    return f"| `{name}` | {facts} | {notices}{again} | {figures.seconds:.1f} |"
