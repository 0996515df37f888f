"""What an audit finds."""

from domain.errors import MonitorError


class Tampered(MonitorError):
    """What was recorded is not what stands there. ``position`` is the first that is affected."""

    def __init__(self, position: int, what: str) -> None:
        super().__init__(f"position {position}: {what}")
        self.position = position
        self.what = what
