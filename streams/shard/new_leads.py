"""The registrations of people who took over a project: every shard must know them.

They are recorded in the shard of the person. But L203 compares the new lead with the lead of the bid,
and judges at the home of the latter. So the home of a person sends the person's registrations to all
shards, once a change of the lead names the person, and each later one when it comes.
"""

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from sqlalchemy import Connection

from domain.evidence import RecordedFact
from domain.evidence.winning import REGISTERED_KINDS
from domain.facts.attendance import LEAD_CHANGES_SUBJECT, LeadChanged
from domain.facts.corrections import FactCorrected
from projections.evidence.recorded_facts import Ledger, SubjectFacts
from projections.index.fact_codes import KIND_CODES, codes_of
from projections.index.subject_index import key_of
from projections.judging import Positions
from projections.judging.corrected import replacements
from streams.intake.prepared import PreparedBatch, as_said
from streams.shard.ledger_row import prepared_in

_CHANGING: Final = np.array([KIND_CODES[data.KIND] for data in (LeadChanged, FactCorrected)], np.uint8)
_REGISTERED: Final = np.array(sorted(codes_of(REGISTERED_KINDS)), np.uint8)

Said = tuple[str, bytes]
"""The subject of the person, and the message as JSON."""


class NewLeads:
    """The new leads that one writer knows; :meth:`forget` after a failure."""

    def __init__(self, facts: SubjectFacts, ledger: Ledger, mine: Callable[[str], bool]) -> None:
        self._facts = facts
        self._ledger = ledger
        self._mine = mine
        self._known: dict[int, str] | None = None
        """Our new leads: the subject of each by its key; None until somebody asks."""

    def registered(self, connection: Connection, batch: PreparedBatch, positions: Positions) -> Iterator[Said]:
        """The registrations that ``batch`` makes necessary everywhere; it was recorded and indexed at ``positions``."""
        known = self._load(connection)
        changing = positions[np.isin(batch.kinds, _CHANGING)].tolist()
        for person in self._new_in(self._facts.at(connection, changing)):
            known[key_of(person)] = person
            for fact in self._facts.of(connection, person, kinds=REGISTERED_KINDS):
                ((_, _, state),) = self._ledger.read(connection, [fact.position])
                yield person, as_said(prepared_in(state))
        for row in np.flatnonzero(np.isin(batch.kinds, _REGISTERED)).tolist() if known else ():
            key = int(batch.subject_keys[np.searchsorted(batch.subject_rows, row)])
            if key in known:
                yield known[key], as_said(batch.states[row])

    def forget(self) -> None:
        self._known = None

    def _load(self, connection: Connection) -> dict[int, str]:
        if self._known is None:
            people = self._new_in(self._facts.of(connection, LEAD_CHANGES_SUBJECT))
            self._known = {key_of(person): person for person in people}
        return self._known

    def _new_in(self, facts: list[RecordedFact]) -> set[str]:
        """The subjects of our people whom changes, also those put in place by corrections, name as new leads."""
        content = [fact.data for fact in facts] + [data for data, _ in replacements(facts)]
        named = {data.new.subject for data in content if isinstance(data, LeadChanged)}
        return {person for person in named if self._mine(person)}
