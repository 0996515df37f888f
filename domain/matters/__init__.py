"""Matters 事项: the clues that are one piece of work, and what is done about them as one."""
