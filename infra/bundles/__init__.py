"""Bundles: one file with a clue or an approval case and all that proves it, to be checked offline.

See docs/decisions/0010-bundles.md.
"""
