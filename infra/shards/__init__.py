"""All shards of an installation at once, for the node that answers questions.

The shards are schemas of one PostgreSQL database, so one transaction sees all of them at one
moment. A reading connection finds each board as the shards' boards one under the other; what
has a meaning in one shard only (ledger, indexes, identities) is read after entering it. Notices
are collected into one inbox, whose numbers can be resumed from.
"""
