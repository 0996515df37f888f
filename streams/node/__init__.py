"""A node: whoever records facts, carries out what people decide, and tells when there is news."""
