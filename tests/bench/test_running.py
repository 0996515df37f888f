"""The bench runs to its end, at its smallest; that of the cluster: tests/streams/kafka/test_bench.py."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def table(*command: str) -> str:
    """What a bench printed that ended well."""
    ended = subprocess.run([sys.executable, "-m", *command], check=False, capture_output=True, text=True, cwd=ROOT)
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout


@pytest.mark.city
def test_every_figure_of_one_machine_is_measured(tmp_path: Path) -> None:
    told = table("bench", "--most", "10000", "--scratch", str(tmp_path))
    last = "openings without a notice"
    for figure in (
        "full path, 10,000 events",
        "rebuild of 10,000 events",
        "processor time of `comparison`",
        last,
    ):
        assert figure in told
    assert list(tmp_path.iterdir()) == []
