"""What the machine does, in figures: ``python -m bench``, or ``make bench``."""
