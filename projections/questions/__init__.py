"""What can be asked of the boards and of the ledger, now or as of a moment, by whoever may see it."""
