"""``rebuild``: every table worked out anew from the ledger, and compared with what stands."""

import sys
import time
from dataclasses import dataclass
from typing import Any, Final

import click
from tqdm import tqdm

from infra.command_line.evidence import check_recorded
from infra.command_line.options import Common, common_options
from infra.command_line.proof.audit import check_log
from infra.command_line.shards import called, each_shard, folder_to_ourselves, no_workers, print_shards
from infra.installation import Installation
from infra.rebuilding import Rebuilding
from streams.shard.rebuild import Differs

_FOUND_WRONG: Final = 1


@dataclass(frozen=True, slots=True)
class _Rebuilt:
    """``repaired`` is the difference that was put right, ``wrong`` the one that stands.

    ``outside``: where checkpoints were put that the entries lead on from; None where there is no such place.
    """

    shard: int | None
    entries: int
    seconds: float
    repaired: str | None = None
    wrong: str | None = None
    outside: str | None = None

    def document(self) -> dict[str, Any]:
        found = {
            "entries": self.entries,
            "equal": self.repaired is None and self.wrong is None,
            "repaired": self.repaired,
            "seconds": round(self.seconds, 3),
            "outside": self.outside,
        }
        return found if self.shard is None else {**found, "what": self.wrong}

    def line(self) -> str:
        about = called(self.shard)
        if self.wrong is not None:
            return about + self.wrong
        if self.repaired is not None:
            replaced = f"replaced by what {self.entries:,} entries lead to ({self.seconds:.1f} s)"
            return f"{about}{self.repaired}; {replaced}; {self._vouched}"
        return f"{about}{self.entries:,} entries lead to exactly what stands in the tables ({self.seconds:.1f} s)"

    @property
    def _vouched(self) -> str:
        """Whether the entries themselves are all that was signed."""
        if self.outside is not None:
            return f"these lead on from the checkpoints at {self.outside}"
        return "no place outside the database tells whether entries were cut off (checkpoint.sink)"


@click.command()
@click.option("--repair", is_flag=True, help="Where they differ, put the rebuilt tables in the place of the live ones.")
@common_options
def rebuild(common: Common, *, repair: bool) -> None:
    """Derive all tables again beside the live ones and compare, to the byte; in a cluster, of every shard.

    A repair first holds the log against the checkpoints put outside the database, and refuses where it does not fit.

    Exit code 1 where they differ, naming the first place; 2 where it cannot be done because somebody
    writes meanwhile: on one machine a server, in a cluster (for --repair alone) a worker.
    """
    settings = common.settings()
    check_recorded(settings)
    with folder_to_ourselves(settings):
        if repair:
            with no_workers(settings):
                found = [_rebuilt(shard, each, repair=True) for shard, each in each_shard(settings)]
        else:
            found = [_rebuilt(shard, each, repair=False) for shard, each in each_shard(settings)]
    _report(common, found)


def _rebuilt(shard: int | None, installation: Installation, *, repair: bool) -> _Rebuilt:
    with installation.database.read() as connection:
        total = installation.recorder.last_position(connection)
    outside = check_log(shard, installation) if repair else None
    started = time.monotonic()
    repaired = wrong = None
    about = called(shard) or None
    with tqdm(desc=about, total=total, unit=" entries", unit_scale=True, disable=None, file=sys.stderr) as bar:

        def show(done: int) -> None:
            bar.update(done - bar.n)

        try:
            repaired = Rebuilding(installation).repair(show) if repair else None
            if not repair:
                Rebuilding(installation).rebuild(show)
        except Differs as difference:
            if shard is None:
                raise
            wrong = str(difference)
    return _Rebuilt(shard, total, time.monotonic() - started, repaired, wrong, outside)


def _report(common: Common, found: list[_Rebuilt]) -> None:
    if common.as_json:
        print_shards([(each.shard, each.document()) for each in found])
    else:
        click.echo("\n".join(each.line() for each in found))
    if any(each.wrong is not None for each in found):
        sys.exit(_FOUND_WRONG)
