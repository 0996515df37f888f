"""How a notice leaves the house: one channel a file."""
