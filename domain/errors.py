"""Errors that the monitor raises on purpose; each edge translates them once."""


class MonitorError(Exception):
    """The base of all errors here. Children carry typed fields; no message holds a personal value."""


class NotFound(MonitorError):
    """The thing does not exist, or the caller may not see it.

    Both cases look alike, so that nobody can find out by asking whether a hidden thing exists.
    """

    def __init__(self, what: str) -> None:
        super().__init__(f"no such {what}")
        self.what = what


class NotAllowed(MonitorError):
    """The thing is in a state that forbids the action; ``reason`` is a text for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotEntitled(MonitorError):
    """The caller may never do this, in whatever state the thing is; ``reason`` is a text for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unusable(MonitorError):
    """A setting or a file cannot be used as it is; the text says why."""


class CannotRecord(MonitorError):
    """Nothing can be recorded until somebody has seen to the machine; what is recorded can be read. The text says why.

    ``code`` tells programs the cause.
    """

    code = "cannot_record"


class Overloaded(MonitorError):
    """Too much is waiting to be written; the caller should try again after ``retry_after`` seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("too much is waiting")
        self.retry_after = retry_after
