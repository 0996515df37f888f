"""Investigations 核查: what an office does about a matter, from the opening to an end that holds."""
