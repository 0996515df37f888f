"""An append-only index of 64-bit keys: a log-structured merge tree in two tables.

Random inserts into a B-tree become slower as the tree grows. Here a batch is one sorted run, written
in the batch's transaction. Runs of one level are merged into a run of the next level, one slice of
the key space at a time. Each append does a bounded share of the merging under way, so that no append
ever waits for a large merge.

A key is a hash of 64 bits, and a *prefix* is its upper 32 bits. A run is stored as *segments*, rows with
a few thousand entries each.
"""

from projections.index.log_index import LogIndex
from projections.index.log_reader import LogReader
from projections.index.shape import Keys, Shape, Values
from projections.index.tables import IndexTables

__all__ = ["IndexTables", "Keys", "LogIndex", "LogReader", "Shape", "Values"]
