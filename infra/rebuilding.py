"""Derived tables are worked out anew from the ledger, compared with the live ones, and put in their place."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from sqlalchemy import Table

from alerts.tables import NOTICES
from alerts.waiting_notices import WaitingNotices
from infra.installation import DATABASE_FILE, Installation
from infra.storage.database import Database, open_scratch
from projections.judging.in_memory import LiveLedger
from streams.shard.derivation import Derivation
from streams.shard.rebuild import BOARDS, Differs, Rebuild, ReplayedClues
from streams.shard.replace_tables import replace_tables

DERIVED: Final[Sequence[Table]] = (*BOARDS, NOTICES)
"""What follows from the ledger."""


class Rebuilding:
    """What the program derives from the ledger of one installation."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation

    def rebuild(self, progress: Callable[[int], None] = lambda _: None) -> int:
        """Work out every derived table anew, compare it with the live one; the ledger rows read.

        Raises Differs where the two are not equal. All is read as of one moment.
        """
        with self._installation.database.read(), self._rebuilt(progress) as (rows, run, _):
            run.compare(DERIVED)
        return rows

    def repair(self, progress: Callable[[int], None] = lambda _: None) -> str | None:
        """Rebuild, and put the rebuilt tables in the live ones' place where they differ: the first difference.

        Raises Differs where the ledger itself holds what does not follow. Nothing may write meanwhile.
        """
        with self._rebuilt(progress) as (_, run, scratch):
            try:
                run.compare(DERIVED)
            except Differs as difference:
                with self._installation.database.transaction() as live, scratch.read() as rebuilt:
                    replace_tables(live, rebuilt, DERIVED)
                run.compare(DERIVED)
                return str(difference)
        return None

    def derive_again(self, progress: Callable[[int], None] = lambda _: None) -> None:
        """Put tables in the live ones' place as this program makes them, whatever clues were judged by.

        Notices stay: who was told what does not change. Nothing may write meanwhile.
        """
        with self._rebuilt(progress, taking_all=True) as (_, run, scratch):
            try:
                run.compare(BOARDS)
            except Differs:
                with self._installation.database.transaction() as live, scratch.read() as rebuilt:
                    replace_tables(live, rebuilt, BOARDS)

    @contextmanager
    def _rebuilt(
        self, progress: Callable[[int], None], *, taking_all: bool = False
    ) -> Iterator[tuple[int, Rebuild, Database]]:
        """The number of ledger rows, the finished run, and the database it filled."""
        with TemporaryDirectory(prefix="rebuild-", dir=self._installation.settings.data) as folder:
            scratch = open_scratch(Path(folder) / DATABASE_FILE)
            try:
                telling = self._installation.new_telling()
                clues = ReplayedClues(self._installation.recorder, followers=[telling.follow])
                replayed = partial(self._replayed, telling)
                run = Rebuild(
                    self._installation.database,
                    self._installation.recorder,
                    scratch,
                    replayed,
                    clues,
                    taking_all=taking_all,
                )
                yield run.run(progress), run, scratch
            finally:
                scratch.close()

    def _replayed(self, telling: WaitingNotices, ledger: LiveLedger, clues: ReplayedClues) -> Derivation:
        return Derivation(ledger, partial(self._installation.judging, clues), self._installation.routing.mine, telling)
