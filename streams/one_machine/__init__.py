"""One machine's node: one writer that feeds one shard."""
