"""The metadata on which each module defines its tables of a shard."""

from sqlalchemy import MetaData

METADATA = MetaData()
