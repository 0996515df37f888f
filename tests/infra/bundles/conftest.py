"""An installation for every test that asks for one."""

from tests.monitor import monitor, monitor_anywhere

__all__ = ["monitor", "monitor_anywhere"]
