"""The tables that a shard keeps beside the ledger: one board a file."""
