"""Copies of an installation's database that can be checked, and put back where nothing is.

Keys are kept apart: whoever has both can read who the people are. A copy without its keys
cannot be put back.
"""
