"""The parts of a cluster: workers, publishers, and the console that sees all shards as one."""
