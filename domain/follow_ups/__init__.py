"""Follow-ups: what the facts of one subject mean for another subject, as messages with derived ids."""
