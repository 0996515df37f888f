"""What happens between the sources and the monitor: lines sent twice, lines out of order."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from random import Random

from infra.simulation.months import Month, at, first_day
from infra.simulation.wire import Sent

_SHARE_SENT_TWICE = 0.004


def resent(lines: Iterable[Sent], rng: Random) -> Iterator[Sent]:
    """Every line, and a few of them once more, the same to the byte, minutes to weeks later."""
    for line in lines:
        yield line
        if rng.random() < _SHARE_SENT_TWICE:
            delay = timedelta(minutes=rng.randrange(1, rng.choice((60, 60 * 24, 60 * 24 * 30))))
            yield line._replace(arrival=line.arrival + delay)


def chronological(months: Iterable[tuple[Month, Iterable[Sent]]]) -> Iterator[Sent]:
    """All lines by arrival, holding no more than a month and what arrives after it.

    No line of a month may arrive before the month begins.
    """
    waiting: list[Sent] = []
    for month, lines in months:
        waiting.extend(lines)
        waiting.sort(key=_arrival)
        end = at(first_day(month + 1), 0)
        done = next((place for place, line in enumerate(waiting) if line.arrival >= end), len(waiting))
        yield from waiting[:done]
        del waiting[:done]
    yield from waiting


def _arrival(line: Sent) -> datetime:
    return line.arrival


def backwards(lines: Iterable[bytes]) -> list[bytes]:
    """Last line first."""
    return list(lines)[::-1]


def shuffled(lines: Iterable[bytes], seed: int) -> list[bytes]:
    """Any order, the same for the same seed."""
    mixed = list(lines)
    Random(seed).shuffle(mixed)
    return mixed


def doubled(lines: Iterable[bytes], seed: int) -> list[bytes]:
    """Every line twice, in any order."""
    return shuffled([line for line in lines for _ in range(2)], seed)
