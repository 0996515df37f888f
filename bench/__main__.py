"""Measure everything and print one table: ``python -m bench [--long]``."""

import argparse
import os
import platform
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from bench import (
    as_of,
    bare_recorder,
    calibrating,
    commands,
    full_path,
    lights,
    opening_to_notice,
    rebuilding,
    tables,
    transparency,
)
from bench.figures import Figure, heading, line

SIZES = (10_000, 100_000, 1_000_000)
LONG = 10_000_000


def main() -> None:
    arguments = _arguments()
    most = arguments.most or (LONG if arguments.long else SIZES[-1])
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start\n")
    print(heading())
    with tempfile.TemporaryDirectory(prefix="tender-monitor-bench-", dir=arguments.scratch) as folder:
        data, largest = _ingest(Path(folder), [size for size in (*SIZES, LONG) if size <= most])
        _print(as_of.figures(as_of.run(data, largest.events, largest.halfway)))
        _print(transparency.figures(transparency.run(data, Path(folder)), largest.rate))
        _print(rebuilding.figures(rebuilding.run(data), largest.events))
        _print(calibrating.figures(calibrating.run(data), largest.events))
        if most >= tables.ROWS:
            rows = tables.LONG_ROWS if arguments.long else tables.ROWS
            _print(tables.figures(tables.run(Path(folder), rows), rows))
        _print(lights.figures(lights.run(Path(folder))))
        _print(commands.figures(commands.run(data, Path(folder))))
        _print(opening_to_notice.figures(opening_to_notice.run(data, openings=_openings(largest.events))))


def _ingest(scratch: Path, sizes: Sequence[int]) -> tuple[Path, full_path.Run]:
    """The data folder of the last size, and how long it took."""
    rates = [bare_recorder.rate(scratch, most=max(sizes))]
    for size in sizes:
        data = scratch / f"data-{size}"
        data.mkdir(mode=0o700)
        run = full_path.run(data, scratch, size)
        rates.append(bare_recorder.rate(scratch, most=max(sizes)))
        _print(full_path.figures(run, bare=(rates[-2] + rates[-1]) / 2))
    _print(bare_recorder.figures(rates))
    return data, run


def _openings(events: int) -> int:
    """Fewer after a small run, which only shows that everything runs."""
    return opening_to_notice.OPENINGS if events >= SIZES[1] else opening_to_notice.FEW


def _print(figures: Iterable[Figure]) -> None:
    for figure in figures:
        print(line(figure.cells()), flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--long", action="store_true", help="also record ten million events (about 10 GB of disk)")
    parser.add_argument("--most", type=int, metavar="EVENTS", help="leave out sizes above this")
    parser.add_argument("--scratch", type=Path, help="where to write (default: the temporary folder)")
    return parser.parse_args()


main()
