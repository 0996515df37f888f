"""Whom renames and corrections concern: both are found under subjects, by key alone."""

from collections import defaultdict
from typing import Final

from sqlalchemy import Connection

from domain.facts.corrections import FactCorrected
from domain.facts.employers import EmployerRenamed
from projections.boards.cross_bid_board import SubjectBoard
from projections.evidence.organisations import Organisations
from projections.judging.case_kind import Touched, wanted

_CHANGING: Final = wanted([EmployerRenamed.KIND, FactCorrected.KIND])


def renamed_or_corrected(
    connection: Connection, board: SubjectBoard, organisations: Organisations, touched: Touched
) -> dict[str, set[int]]:
    """The owners on ``board`` whom a rename or a correction touches, with the positions of these."""
    changing = touched.only(_CHANGING)
    if not len(changing):
        return {}
    keys, places = organisations.with_former_names(connection, changing.keys, changing.positions)
    positions: defaultdict[int, set[int]] = defaultdict(set)
    for key, position in zip(keys.tolist(), places.tolist(), strict=True):
        positions[key].add(position)
    return board.owners(connection, positions)
