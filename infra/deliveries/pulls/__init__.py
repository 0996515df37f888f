"""Files that a watched folder fetches for itself."""
