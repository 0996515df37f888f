"""Advisories about locked packages, from an export and from a service."""

import json
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tools.advisories import (
    FOUND,
    NOT_CHECKED,
    NOTHING_KNOWN,
    Advisory,
    Checked,
    NotReachable,
    _ask,
    advisories_in,
    check,
    main,
    report,
)
from tools.locked import DEVELOPMENT, PRODUCT, Package, locked

AIOHTTP = Package("aiohttp", "3.14.5")


def an_advisory(*events: dict[str, str], name: str = "aiohttp", **given: Any) -> dict[str, Any]:
    affected = {"package": {"ecosystem": "PyPI", "name": name}, "ranges": [{"type": "ECOSYSTEM", "events": [*events]}]}
    return {"id": "OSV-1", "modified": "2026-11-29T08:00:00Z", "summary": "…", "affected": [affected], **given}


def concerned(entry: dict[str, Any], package: Package = AIOHTTP) -> bool:
    return bool(list(advisories_in(entry, [package])))


def test_lock_files_are_read_whole() -> None:
    product, all_packages = locked(PRODUCT), locked(DEVELOPMENT)
    assert set(product) < set(all_packages)
    for lock, packages in ((PRODUCT, product), (DEVELOPMENT, all_packages)):
        lines = lock.read_text(encoding="utf-8").splitlines()
        assert len(packages) == len([line for line in lines if line and not line.startswith((" ", "#"))])
    assert {package.name for package in product} >= {"aiohttp", "psycopg", "uvloop"}


@pytest.mark.parametrize(
    ("events", "found"),
    [
        ([{"introduced": "0"}], True),
        ([{"introduced": "0"}, {"fixed": "3.14.5"}], False),
        ([{"introduced": "0"}, {"fixed": "3.14.6"}], True),
        ([{"introduced": "0"}, {"last_affected": "3.14.5"}], True),
        ([{"introduced": "0"}, {"last_affected": "3.14.4"}], False),
        ([{"introduced": "3.15"}], False),
        ([{"introduced": "0"}, {"fixed": "3.9"}, {"introduced": "3.14.0"}], True),
        ([{"fixed": "3.14.10"}, {"introduced": "3.14.2"}], True),
    ],
)
def test_a_version_is_affected_between_introduction_and_fix(events: list[dict[str, str]], found: bool) -> None:
    assert concerned(an_advisory(*events)) == found


def test_a_version_may_be_named_and_a_package_is_known_in_any_spelling() -> None:
    listed = an_advisory(name="Aio_HTTP")
    assert not concerned(listed)
    listed["affected"][0] |= {"versions": ["3.14.5"]}
    assert not concerned(listed)
    assert concerned(listed, Package("aio-http", "3.14.5"))


def test_what_was_withdrawn_or_is_about_another_ecosystem_says_nothing() -> None:
    assert not concerned(an_advisory({"introduced": "0"}, withdrawn="2026-11-30T00:00:00Z"))
    other = an_advisory({"introduced": "0"})
    other["affected"][0]["package"]["ecosystem"] = "npm"
    assert not concerned(other)


@pytest.fixture(params=["folder", "zip"])
def export(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    entry = json.dumps(an_advisory({"introduced": "0"}))
    if request.param == "folder":
        (tmp_path / "OSV-1.json").write_text(entry)
        return tmp_path
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("OSV-1.json", entry)
    return tmp_path / "all.zip"


def test_an_export_is_read_and_its_age_said(export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    checked = check(str(export), [AIOHTTP])
    assert [(each.package, each.id) for each in checked.advisories] == [(AIOHTTP, "OSV-1")]
    *_, age = report(checked, [AIOHTTP], datetime(2026, 12, 1, tzinfo=UTC))
    assert age == "by an export whose newest entry is of 2026-11-29, 1 days ago"
    *_, age = report(checked, [AIOHTTP], datetime(2026, 12, 30, tzinfo=UTC))
    assert age.endswith("30 days ago; old: get a new export")
    assert main([str(export)]) == FOUND
    assert "aiohttp" in capsys.readouterr().out


def test_without_a_database_nothing_is_said_to_be_clean(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "broken.zip").write_bytes(b"no zip file")
    (tmp_path / "empty").mkdir()
    for database in ([], [str(tmp_path / "broken.zip")], [str(tmp_path / "empty")], [str(tmp_path / "missing")]):
        assert main(database) == NOT_CHECKED
        assert capsys.readouterr().out.startswith("nothing was checked")


def test_no_advisory_is_said_with_the_number_of_packages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.json").write_text(json.dumps(an_advisory({"introduced": "0"}, name="not-locked-here")))
    assert main([str(tmp_path)]) == NOTHING_KNOWN
    assert capsys.readouterr().out.startswith(f"0 advisories about {len(locked(DEVELOPMENT))} locked packages")


@pytest.fixture
async def service() -> AsyncIterator[TestServer]:
    """Speaks OSV's interface: the first package has two advisories, the second one on a further page."""

    async def query(request: web.Request) -> web.Response:
        queries = (await request.json())["queries"]
        if "page_token" in queries[0]:
            return web.json_response({"results": [{"vulns": [{"id": "OSV-2"}]}]})
        first = {"vulns": [{"id": "OSV-1"}], "next_page_token": "more"}
        return web.json_response({"results": [first, *({} for _ in queries[1:])]})

    async def entry(request: web.Request) -> web.Response:
        return web.json_response({"id": request.match_info["id"], "details": "first line\nsecond"})

    application = web.Application()
    application.add_routes([web.post("/v1/querybatch", query), web.get("/v1/vulns/{id}", entry)])
    server = TestServer(application)
    await server.start_server()
    yield server
    await server.close()


async def test_a_service_is_asked_for_all_packages_page_by_page(service: TestServer) -> None:
    checked = await _ask(str(service.make_url("")).rstrip("/"), [AIOHTTP, Package("click", "8.3.3")])
    assert [(each.package, each.id, each.summary) for each in checked.advisories] == [
        (AIOHTTP, "OSV-1", "first line"),
        (AIOHTTP, "OSV-2", "first line"),
    ]
    assert [*report(checked, [AIOHTTP], datetime.now(UTC))][-1] == "as the service knows at this moment"


async def test_a_service_that_speaks_otherwise_is_not_reachable(service: TestServer) -> None:
    with pytest.raises(NotReachable):
        await _ask(str(service.make_url("/elsewhere")), [AIOHTTP])


def test_what_concerns_the_tests_alone_is_told_apart() -> None:
    found = Checked((Advisory(AIOHTTP, "OSV-1", ""), Advisory(Package("pytest", "9.2.0"), "OSV-2", "")), None)
    product, tests, *_ = report(found, [], datetime.now(UTC))
    assert "(product): OSV-1" in product
    assert "(tests only): OSV-2" in tests
