"""The rulebook for people: as a list, and as pages."""
