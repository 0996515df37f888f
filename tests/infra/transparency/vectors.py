"""Where the shared vectors lie."""

from pathlib import Path

VECTORS = Path(__file__).parents[3] / ".." / "shared" / "vectors"
