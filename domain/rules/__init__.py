"""The rulebook: one rule a file."""
