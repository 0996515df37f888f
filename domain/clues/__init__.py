"""A clue 线索: a finding that is tracked and pushed; its life, its events, and what it is about."""
