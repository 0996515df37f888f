"""The shard: everything that follows from a batch, in one transaction; it knows no broker and no HTTP."""
