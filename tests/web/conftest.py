"""A real Chromium on a real server; without a browser the tests are skipped and named at the end (failed in CI)."""

import os
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from domain.access import Actor
from tests.infra.http.served import Served, served
from tests.needs import cannot_be_had, check_mark
from tests.web.chromium import FLAGS, Chromium, NoChromium, find_chromium

SignIn = Callable[[Served, Actor], Page]
_FIRST_PAGE = re.compile(r"/(deliveries)?$")
"""That of a feed is where it hands in files."""


@pytest.fixture(scope="session")
def chromium(pytestconfig: pytest.Config) -> Chromium:
    check_mark(pytestconfig, "browser")
    try:
        return find_chromium()
    except NoChromium as missing:
        cannot_be_had("a browser", missing)


@pytest.fixture(scope="module")
def browser(chromium: Chromium) -> Iterator[Browser]:
    """Ends with its module: while it lives, its event loop keeps asynchronous tests from having one."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=str(chromium.executable),
            args=list(FLAGS),
            env={**os.environ, **chromium.environment},
        )
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("data"), synthetic=True) as found:
        yield found


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained of; a test that expects complaints clears the list."""
    return []


@pytest.fixture
def sign_in(browser: Browser, complaints: list[str]) -> Iterator[SignIn]:
    """Opens a page of its own for an actor, by the sign-in link; at the end nothing may have been complained of."""
    contexts = []

    def open_page(server: Served, actor: Actor) -> Page:
        context = browser.new_context(base_url=server.url, locale="zh-CN")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: _note(complaints, message))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"/sign-in#token={server.token(actor)}")
        page.wait_for_url(_FIRST_PAGE)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def _note(complaints: list[str], message: ConsoleMessage) -> None:
    if message.type in ("error", "warning"):
        complaints.append(message.text)
