"""The tables of one shard: every owner defines its own on this metadata."""

from sqlalchemy import MetaData

METADATA = MetaData()
