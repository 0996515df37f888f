"""Errors the monitor raises on purpose; each edge translates them once."""


class MonitorError(Exception):
    """The root. Children carry typed fields; no message holds a personal value."""


class NotFound(MonitorError):
    """There is no such thing, or it is not the caller's to see: the two must look alike."""

    def __init__(self, what: str) -> None:
        super().__init__(f"no such {what}")
        self.what = what


class NotAllowed(MonitorError):
    """The state of the thing forbids it; ``reason`` is for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotEntitled(MonitorError):
    """Whoever asks may not do this, in whatever state the thing is; ``reason`` is for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unusable(MonitorError):
    """What was given, settings or a file, cannot be used as it is; the text says why."""


class Overloaded(MonitorError):
    """Too much is waiting to be written; ``retry_after`` in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("too much is waiting")
        self.retry_after = retry_after
