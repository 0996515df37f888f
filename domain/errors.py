"""The root of every error the monitor raises on purpose."""


class MonitorError(Exception):
    """Children carry typed fields and are translated once, at each edge."""
