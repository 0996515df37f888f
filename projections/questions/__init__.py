"""Questions to the boards and to the ledger, about now or a past moment, each with who may see the answer."""
