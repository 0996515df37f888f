"""Ending a process of a cluster."""

import os
import signal
import subprocess

from streams.cluster.deadline import EXIT_CODE

Process = subprocess.Popen[bytes]


def kill(process: Process) -> None:
    """With all processes it has started."""
    os.killpg(process.pid, signal.SIGCONT)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def stop(process: Process) -> None:
    """By SIGTERM. What needs more than ten seconds to end, as on a busy machine, ends with exit code 75.

    What has not begun ends by the signal.
    """
    process.terminate()
    assert process.wait(timeout=60) in (0, EXIT_CODE, -signal.SIGTERM)
