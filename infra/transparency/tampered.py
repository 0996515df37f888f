"""What an audit finds."""

from domain.errors import MonitorError


class Tampered(MonitorError):
    """What was recorded is not what stands there.

    ``position`` is the first that is affected; None for what stands beside the ledger.
    """

    def __init__(self, position: int | None, what: str) -> None:
        super().__init__(what if position is None else f"position {position}: {what}")
        self.position = position
        self.what = what
