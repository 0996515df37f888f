"""The intake process of a server is small: it loads what a message needs, and no rule."""

import subprocess
import sys

_LOADED = """
import sys, infra.command_line.main, infra.identity.intake, streams.intake.pool
print(*(name for name in sys.argv[1:] if name in sys.modules))
"""


def test_an_intake_process_loads_neither_rules_nor_the_server() -> None:
    """It loads the main module again, and what makes its intake."""
    heavy = ["pypinyin", "aiohttp", "eventsourcing", "infra.installation", "domain.rules", "projections.judging"]
    loaded = subprocess.run([sys.executable, "-c", _LOADED, *heavy], check=True, capture_output=True, encoding="utf-8")
    assert loaded.stdout.split() == []
