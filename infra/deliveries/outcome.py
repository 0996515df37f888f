"""What became of a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain.facts.taken_deliveries import DeliveryTaken
from infra.deliveries.importing import Tally
from infra.deliveries.rejected_lines import Reason
from streams.importers.header import TableForm


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file; ``rejected_to`` holds the lines that did not get in.

    ``reasons`` are those of the first of them. ``columns`` names the column of each field, in a table.
    ``verdicts`` are the first about the ``bids`` that were opened. ``form`` says how a table was read;
    ``rejected_table`` holds its rejected rows in that form. ``replaces``: the ``delivery`` takes back what it lacks.
    """

    file: str
    tally: Tally
    rejected_to: Path | None
    reasons: tuple[Reason, ...]
    columns: Mapping[str, str]
    verdicts: tuple[dict[str, Any], ...] = ()
    bids: int = 0
    form: TableForm | None = None
    rejected_table: Path | None = None
    delivery: DeliveryTaken | None = None
    replaces: bool = False
