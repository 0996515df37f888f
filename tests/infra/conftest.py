"""Installations under test for what stands above their parts."""

from tests.monitor import monitor, monitor_anywhere

__all__ = ["monitor", "monitor_anywhere"]
