"""Which lots and payers renames and corrections concern, found by the keys of subjects."""

from collections import defaultdict
from typing import Final

from sqlalchemy import Connection

from domain.facts.corrections import FactCorrected
from domain.facts.employers import EmployerRenamed
from projections.boards.cross_bid_board import SubjectBoard
from projections.evidence.organisations import Organisations
from projections.judging.case_kind import NOTHING, Touched, wanted

_CHANGING: Final = wanted([EmployerRenamed.KIND, FactCorrected.KIND])


def renamed_or_corrected(
    connection: Connection,
    board: SubjectBoard,
    organisations: Organisations,
    touched: Touched,
    others: Touched = NOTHING,
) -> dict[str, set[int]]:
    """The owners on ``board`` that renames and corrections concern, each with the positions of these facts.

    The facts of ``others`` are looked at in the same way.
    """
    changing = Touched.joined([touched.only(_CHANGING), others])
    if not len(changing):
        return {}
    keys, positions = organisations.with_former_names(connection, changing.keys, changing.positions)
    by_key: defaultdict[int, set[int]] = defaultdict(set)
    for key, position in zip(keys.tolist(), positions.tolist(), strict=True):
        by_key[key].add(position)
    return board.owners(connection, by_key)
