"""The tables that a shard derives from the ledger: one board in each file."""
