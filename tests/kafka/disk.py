"""A disk so small that a test can fill it: a file system in memory, where we may mount one."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MEGABYTES: Final = 512


@dataclass(frozen=True)
class Disk:
    """``real`` where it can be filled; else ``folder`` is one among others on the machine's own disk."""

    folder: Path
    real: bool

    def fill(self) -> None:
        """To the last byte."""
        assert self.real
        with self._filler.open("wb") as filler:
            try:
                while True:
                    filler.write(bytes(1 << 16))
                    filler.flush()
            except OSError:
                return

    def free(self) -> None:
        self._filler.unlink(missing_ok=True)

    @property
    def _filler(self) -> Path:
        return self.folder / "filler"


@dataclass(frozen=True)
class Disks:
    """Those of the broker, and of the database."""

    broker: Disk
    database: Disk

    def free(self) -> None:
        self.broker.free()
        self.database.free()


@contextmanager
def small_disk(name: str) -> Iterator[Disk]:
    """As long as the block lasts."""
    folder = Path(tempfile.mkdtemp(prefix=f"monitor-{name}-"))
    folder.chmod(0o755)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m,mode=755", "tmpfs", folder], check=False, capture_output=True
    )
    try:
        yield Disk(folder, real=mounted.returncode == 0)
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", "--lazy", folder], check=True)
        shutil.rmtree(folder)
