"""The transparency log: every ledger row a leaf of a Merkle tree, every batch a signed checkpoint.

RFC 6962 / 9162 trees kept as C2SP tlog-tiles, checkpoints as C2SP signed notes, countersigned by
outside witnesses (cosignature/v1). See docs/decisions/0016-transparency-log.md.
"""
