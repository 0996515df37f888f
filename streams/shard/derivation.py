"""Everything that is derived from facts in the ledger: indexes, boards, judgements, clues.

The live shard and the rebuild run this code, batch by batch. They differ in two things: where
the facts come from, and whether the events of clues are recorded or compared with the ledger.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final, Protocol

import numpy as np
from sqlalchemy import Connection

from domain.evidence import NAMING, RecordedFact
from domain.facts.corrections import FactCorrected
from domain.facts.employers import RENAMES_SUBJECT, EmployerRenamed
from domain.follow_ups.appointments import CAUSING_KINDS, outstanding, standing_of_lot
from domain.follow_ups.follow_up import FollowUp
from projections.boards import lot_board, named_parties
from projections.boards.named_parties import lots_naming, parties_in
from projections.boards.sources import Sources
from projections.evidence.hot_subjects import HotSubjects
from projections.evidence.organisations import FormerNames, Organisations
from projections.evidence.recorded_facts import Ledger, SubjectFacts
from projections.index.fact_codes import KIND_CODES
from projections.index.subject_index import SeenIndex, SubjectIndex, keys_of
from projections.judging import Judgements, Judging, Kinds, Positions, Touched
from streams.shard.corrections import CORRECTION_CODE, Corrections, Links
from streams.shard.new_leads import NewLeads
from streams.shard.ports import Telling, Unheard

Keys = np.ndarray[Any, np.dtype[np.uint64]]

_RENAMING_CODE: Final = KIND_CODES[EmployerRenamed.KIND]
_NAMING: Final = NAMING | {FactCorrected.KIND}
_CAUSING_CODES: Final = np.array([KIND_CODES[kind] for kind in (*CAUSING_KINDS, FactCorrected.KIND)], dtype=np.uint8)


class Keyed(Protocol):
    """Facts by their keys, as parallel arrays.

    Row ``i`` is one fact, with ``seen_keys[i]`` (uint64) and the code ``kinds[i]`` (uint8).
    ``subject_keys[j]`` (uint64) is a subject of the fact in row ``subject_rows[j]`` (int64,
    ascending): a fact has as many entries there as subjects.
    """

    @property
    def kinds(self) -> Kinds: ...

    @property
    def seen_keys(self) -> Keys: ...

    @property
    def subject_keys(self) -> Keys: ...

    @property
    def subject_rows(self) -> Positions: ...


class Derivation:
    """One writer's derived tables; after a failure, :meth:`rolled_back` brings its memory to the last commit.

    ``mine`` says which subjects this writer judges. It may know facts of other subjects too.
    """

    def __init__(
        self,
        ledger: Ledger,
        judging: Callable[[SubjectFacts], Judging],
        mine: Callable[[str], bool] = lambda _: True,
        telling: Telling = Unheard(),  # noqa: B008 - it holds nothing
    ) -> None:
        self.seen = SeenIndex()
        self._subjects = SubjectIndex()
        self._hot = HotSubjects(self._subjects)
        self._facts = SubjectFacts(self._hot, ledger)
        self._corrections = Corrections(self._facts, self.seen)
        self.new_leads = NewLeads(self._facts, ledger, mine)
        self._organisations = Organisations(self._facts)
        self._sources = Sources()
        self._judging = judging(self._facts)
        self._telling = telling
        self._mine = mine
        self._touched: list[Touched] = []

    def load(self, connection: Connection) -> None:
        """Read from the database what is held in memory, at the start and after a rollback."""
        self._touched.clear()
        self.seen.open(connection)
        self._subjects.open(connection)
        self._load_rest(connection)

    def _load_rest(self, connection: Connection) -> None:
        self._hot.forget()
        self._facts.forget()
        self.new_leads.forget()
        self._organisations.forget()
        self._corrections.load(connection)
        self._sources.load(connection)
        self._judging.load(connection)
        self._telling.load(connection)

    def rolled_back(self, connection: Connection) -> None:
        """Forget what was not committed: the next batch gets the same positions for other facts."""
        self._touched.clear()
        self.seen.rollback()
        self._subjects.rollback()
        self._load_rest(connection)

    def committed(self) -> None:
        self.seen.commit()
        self._subjects.commit()

    def hear(
        self, connection: Connection, sources: Iterable[str], states: Iterable[bytes], recorded_at: datetime
    ) -> None:
        """Note that ``sources`` sent something; ``states`` are messages with a number, and heartbeats."""
        self._sources.hear(connection, sources, states, recorded_at)

    def index(self, connection: Connection, facts: Keyed, positions: Positions) -> frozenset[str]:
        """Index the facts at ``positions`` (int64, one for each row); returns the lots to look at again.

        A correction is indexed under the subjects of the fact it retracts as well.
        """
        self.seen.append(connection, facts.seen_keys, positions)
        links = self._corrections.link(connection, facts, positions)
        keys = np.concatenate([facts.subject_keys, keys_of(links.subjects)])
        where = np.concatenate([positions[facts.subject_rows], np.array(links.positions, dtype=np.int64)])
        kinds = np.concatenate(
            [facts.kinds[facts.subject_rows], np.full(len(links.positions), CORRECTION_CODE, dtype=np.uint8)]
        )
        self._subjects.add(connection, keys, where, kinds)
        self._hot.touched(keys.tolist())
        self._touched.append(Touched(keys, where, kinds))
        causing = positions[np.isin(facts.kinds, _CAUSING_CODES)]
        lots = _lots_in(self._facts.at(connection, causing.tolist()), links)
        self._name_parties(connection, lots)
        lots_renamed = self._with_renamed_parties(connection, facts, links, positions)
        return frozenset(filter(self._mine, {*lots, *lots_renamed}))

    def _name_parties(self, connection: Connection, lots: Mapping[str, tuple[int, int]]) -> None:
        """Note who is named in these lots, and whom it concerns that a code became known or is so no more.

        Lots of other shards are among them: their parties may be named without a code in lots of ours.
        """
        recorded = {lot: self._facts.of(connection, lot, kinds=_NAMING) for lot in sorted(lots)}
        named = {lot: parties_in(standing_of_lot(lot, facts)) for lot, facts in recorded.items()}
        for lot, changed in named_parties.put(connection, named).items():
            position, code = lots[lot]
            # This is in no index: what an opening names is found by the board, and needs no facts.
            keys = keys_of(f"named:{name}" for name in sorted(changed))
            where = np.full(len(keys), position, dtype=np.int64)
            self._touched.append(Touched(keys, where, np.full(len(keys), code, dtype=np.uint8)))

    def _with_renamed_parties(
        self, connection: Connection, facts: Keyed, links: Links, positions: Positions
    ) -> set[str]:
        """The lots in which a party is named that facts of this batch rename, or rename no more."""
        renaming = self._facts.at(connection, positions[facts.kinds == _RENAMING_CODE].tolist())
        if not renaming and RENAMES_SUBJECT not in links.subjects:
            return set()
        subjects = {*links.subjects, *(subject for fact in renaming for subject in fact.data.subjects)}
        names = self._organisations.names_of(connection, subjects - {RENAMES_SUBJECT})
        return lots_naming(connection, (name.removeprefix("org:") for name in names))

    def lot(self, connection: Connection, lot: str) -> list[RecordedFact]:
        """Bring the board's row of a lot in line with its facts; returns the facts, retracted ones too."""
        facts = self._facts.of(connection, lot)
        lot_board.put(connection, lot, standing_of_lot(lot, facts))
        return facts

    def follow_ups(self, connection: Connection, lot: str) -> tuple[FollowUp, ...]:
        """The messages still to be sent about a lot, whose row on the board is brought in line as well."""
        return outstanding(lot, self.lot(connection, lot), FormerNames(self._organisations, connection))

    def judge(self, connection: Connection, now: datetime, told_through: datetime | None = None) -> Judgements:
        """Judge the case groups that facts indexed since the last call touch, and those that are due.

        Of the clues that follow, those are told now whose moment is not behind ``told_through``; None tells all.
        """
        touched, self._touched = Touched.joined(self._touched), []
        self._telling.begin(told_through)
        return self._judging.judge(connection, touched, now, wanted=self._telling.ready(now))

    def tell(self, connection: Connection, now: datetime) -> None:
        """Write the notices that have waited until now: after the events of the round."""
        self._telling.release(connection, now, settles=self._judging.is_settling)

    @property
    def waiting_since(self) -> datetime | None:
        """Since when notices wait for data; None where none does."""
        return self._telling.since

    @property
    def next_due(self) -> datetime | None:
        """The next moment at which a finding may change although nothing was recorded."""
        return self._judging.next_due

    @property
    def left_to_judge_anew(self) -> int:
        """How many case groups still wait to be judged by the rules adopted last."""
        return self._judging.left_to_judge_anew

    @property
    def settling(self) -> list[datetime]:
        """When each of the case groups is judged that wait until nothing more comes; ascending."""
        return self._judging.settling


def _lots_in(facts: Iterable[RecordedFact], links: Links) -> dict[str, tuple[int, int]]:
    """The lots that facts name, and those whose facts are corrected, each with position and code of one such fact."""
    corrected = zip(links.subjects, links.positions, strict=True)
    lots = {subject: (position, CORRECTION_CODE) for subject, position in corrected}
    lots |= {
        subject: (fact.position, KIND_CODES[fact.fact.data.KIND]) for fact in facts for subject in fact.data.subjects
    }
    return {subject: about for subject, about in lots.items() if subject.startswith("lot:")}
