"""The node that answers questions about a cluster, and carries what people decide to the shards.

A shard has one writer, its worker, which holds in memory what it has written. So whoever else
wants something recorded asks: a command is put into a table of the shard, the worker does it
between two batches and leaves the answer there, in one transaction with what it did.
"""
