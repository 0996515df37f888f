"""The rulebook, and rules tried out on what is recorded."""
