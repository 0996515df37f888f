"""Facts that come in, and cities to try with."""
