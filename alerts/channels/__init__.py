"""The channels by which notices leave the system: one channel in each file."""
