"""Append-only index of 64-bit keys, written as sorted runs that are merged level by level.

Random inserts into a B-tree slow down as it grows; here a batch is one sorted run, written
with the batch's other rows in one transaction. Runs of a level are merged into one of the
next, a slice of the key space at a time: each append pays a bounded share of the merging
under way, so that no single append ever waits for a large merge.
"""

from projections.index.log_index import LogIndex
from projections.index.log_reader import LogReader
from projections.index.shape import Keys, Shape, Values
from projections.index.tables import IndexTables

__all__ = ["IndexTables", "Keys", "LogIndex", "LogReader", "Shape", "Values"]
