"""Known vulnerabilities of the locked packages, by an advisory database that whoever asks names.

``python -m tools.advisories DATABASE`` reads an export of OSV (https://ossf.github.io/osv-schema/), a zip file
or a folder of JSON files, or asks a service that speaks OSV's interface. Without a database, and where none can be
read, it says that nothing was checked.
"""

import argparse
import asyncio
import io
import json
import sys
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import aiohttp
from packaging.version import InvalidVersion, Version

from tools.locked import DEVELOPMENT, PRODUCT, Package, locked, plain_name

ECOSYSTEM: Final = "PyPI"
OLD_AFTER_DAYS: Final = 7
_ANSWER_WITHIN_SECONDS: Final = 60
NOTHING_KNOWN, FOUND, NOT_CHECKED = 0, 1, 2
"""Exit codes."""


class NotReachable(Exception):
    """There is no advisory database there."""


@dataclass(frozen=True, slots=True, order=True)
class Advisory:
    """An advisory about one locked version."""

    package: Package
    id: str
    summary: str


@dataclass(frozen=True, slots=True)
class Checked:
    """``as_of`` is the newest change in the database; None where a service answers for this moment."""

    advisories: tuple[Advisory, ...]
    as_of: datetime | None


def check(database: str, packages: Sequence[Package]) -> Checked:
    """Raises :class:`NotReachable`."""
    if database.startswith(("http://", "https://")):
        return asyncio.run(_ask(database.rstrip("/"), packages))
    entries = list(_exported(Path(database)))
    if not entries:
        raise NotReachable(f"no advisories in {database}")
    found = sorted({advisory for entry in entries for advisory in advisories_in(entry, packages)})
    return Checked(tuple(found), max(_moment(entry["modified"]) for entry in entries))


def advisories_in(entry: dict[str, Any], packages: Iterable[Package]) -> Iterator[Advisory]:
    """What one entry of OSV says of ``packages``; one that was withdrawn says nothing."""
    if "withdrawn" in entry:
        return
    for package in packages:
        if any(_concerns(affected, package) for affected in entry.get("affected", ())):
            yield Advisory(package, entry["id"], _summary(entry))


def _concerns(affected: dict[str, Any], package: Package) -> bool:
    about = affected.get("package", {})
    if about.get("ecosystem") != ECOSYSTEM or plain_name(about.get("name", "")) != package.name:
        return False
    if package.version in affected.get("versions", ()):
        return True
    ranges = (each for each in affected.get("ranges", ()) if each.get("type") == "ECOSYSTEM")
    return any(_within(each["events"], Version(package.version)) for each in ranges)


def _within(events: Iterable[dict[str, str]], version: Version) -> bool:
    """Whether the last event up to ``version`` leaves it affected, as the OSV schema evaluates ranges."""
    affected = False
    for at, kind in sorted((_version(text), kind) for event in events for kind, text in event.items()):
        if kind == "introduced" and at <= version:
            affected = True
        elif (kind == "fixed" and at <= version) or (kind == "last_affected" and at < version):
            affected = False
    return affected


def _version(text: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion:
        # Before all others: where a version cannot be read, rather one advisory too many.
        return Version("0.dev0")


def _exported(database: Path) -> Iterator[dict[str, Any]]:
    try:
        if database.is_dir():
            files = (path.read_bytes() for path in sorted(database.rglob("*.json")))
        else:
            archive = zipfile.ZipFile(io.BytesIO(database.read_bytes()))
            files = (archive.read(name) for name in sorted(archive.namelist()) if name.endswith(".json"))
        yield from (json.loads(content) for content in files)
    except (OSError, zipfile.BadZipFile, ValueError) as error:
        raise NotReachable(f"{database} is no export of OSV ({type(error).__name__})") from error


async def _ask(service: str, packages: Sequence[Package]) -> Checked:
    timeout = aiohttp.ClientTimeout(total=_ANSWER_WITHIN_SECONDS)
    try:
        async with aiohttp.ClientSession(timeout=timeout, raise_for_status=True) as session:
            ids = await _ids(session, service, packages)
            entries = {id: await _entry(session, service, id) for _, id in sorted(ids)}
    except (aiohttp.ClientError, TimeoutError, ValueError, KeyError) as error:
        raise NotReachable(f"{service} does not answer as OSV does ({type(error).__name__})") from error
    found = sorted(Advisory(package, id, _summary(entries[id])) for package, id in ids)
    return Checked(tuple(found), None)


async def _ids(session: aiohttp.ClientSession, service: str, packages: Sequence[Package]) -> set[tuple[Package, str]]:
    found: set[tuple[Package, str]] = set()
    asked = [(package, _query(package)) for package in packages]
    while asked:
        body = {"queries": [query for _, query in asked]}
        async with session.post(f"{service}/v1/querybatch", json=body) as answer:
            results = (await answer.json())["results"]
        answered = [(package, query, result) for (package, query), result in zip(asked, results, strict=True)]
        found |= {(package, each["id"]) for package, _, result in answered for each in result.get("vulns", ())}
        asked = [
            (package, {**query, "page_token": result["next_page_token"]})
            for package, query, result in answered
            if result.get("next_page_token")
        ]
    return found


def _query(package: Package) -> dict[str, Any]:
    return {"package": {"ecosystem": ECOSYSTEM, "name": package.name}, "version": package.version}


async def _entry(session: aiohttp.ClientSession, service: str, id: str) -> dict[str, Any]:
    async with session.get(f"{service}/v1/vulns/{id}") as answer:
        entry: dict[str, Any] = await answer.json()
        return entry


def _summary(entry: dict[str, Any]) -> str:
    text = entry.get("summary") or entry.get("details") or ""
    return str(text).strip().split("\n")[0][:100]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def report(checked: Checked, packages: Sequence[Package], now: datetime) -> Iterator[str]:
    """Line by line: what was found, in how many packages, and how old the database is."""
    shipped = {package.name for package in locked(PRODUCT)}
    for each in checked.advisories:
        where = "product" if each.package.name in shipped else "tests only"
        yield f"{each.package.name} {each.package.version} ({where}): {each.id} {each.summary}".rstrip()
    yield f"{len(checked.advisories)} advisories about {len(packages)} locked packages"
    if checked.as_of is None:
        yield "as the service knows at this moment"
        return
    days = (now - checked.as_of).days
    old = "; old: get a new export" if days > OLD_AFTER_DAYS else ""
    yield f"by an export whose newest entry is of {checked.as_of:%Y-%m-%d}, {days} days ago{old}"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="make advisories", description=__doc__.split("\n", 1)[0])
    parser.add_argument(
        "database", nargs="?", help="an export of OSV (zip file or folder), or the address of a service"
    )
    given = parser.parse_args(arguments)
    packages = locked(DEVELOPMENT)
    if not given.database:
        print("nothing was checked: no advisory database is named (make advisories DATABASE=…)")
        return NOT_CHECKED
    try:
        checked = check(given.database, packages)
    except NotReachable as error:
        print(f"nothing was checked: {error}")
        return NOT_CHECKED
    print("\n".join(report(checked, packages, datetime.now(UTC))))
    return FOUND if checked.advisories else NOTHING_KNOWN


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
