"""What is logged of an error that nobody expected."""

import traceback
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)


def log_failure(error: Exception, **about: object) -> None:
    """The kind and the place only: a message or a traceback's values could carry what was sent."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "site-packages" not in frame.filename]
    place = f"{Path(own[-1].filename).name}:{own[-1].lineno}" if own else None
    log.error("request_failed", error=type(error).__name__, place=place, **about)
