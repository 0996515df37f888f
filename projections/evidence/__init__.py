"""Facts read back from the ledger, subject by subject, for judging and for questions."""
