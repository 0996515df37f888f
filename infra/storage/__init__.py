"""Databases: engines for SQLite and PostgreSQL, the ledger's recorder, migrations."""
