"""How many examples a law is tried on."""

from typing import Final

from hypothesis import settings

FEW: Final = "few"
"""The profile of ``make check``."""


def examples(count: int) -> int:
    """``count``, or a fifth of them in ``make check``: for laws that take seconds. ``make test`` tries them in full."""
    return max(1, count // 5) if settings.get_current_profile_name() == FEW else count
