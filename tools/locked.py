"""The packages that a lock file names, each with its version."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PRODUCT: Final = ROOT / "requirements.lock"
"""What the product needs."""
DEVELOPMENT: Final = ROOT / "requirements-dev.lock"
"""The same, and what its tests need."""
_LINE: Final = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True, order=True)
class Package:
    name: str
    version: str


def locked(lock: Path) -> tuple[Package, ...]:
    """Sorted; a package may be locked in several versions, for several Pythons."""
    found = {Package(plain_name(name), version) for name, version in _LINE.findall(lock.read_text(encoding="utf-8"))}
    return tuple(sorted(found))


def plain_name(name: str) -> str:
    """In the spelling of PEP 503, so that one package has one name."""
    return re.sub(r"[-_.]+", "-", name).lower()
