"""The studio in a real browser: one Chromium for a run, one server for a module.

`scripts/test-studio` brings both the browser and axe-core, and says where they are.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright
from server_process import Server, run_cli

# Read while tests are collected: no test itself sees the machine's settings.
CHROMIUM = os.environ.get("VITASCOPE_CHROMIUM", "/usr/bin/chromium")
AXE = Path(os.environ.get("VITASCOPE_AXE", "axe.min.js"))

expect.set_options(timeout=60_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # Chromium's sandbox needs more rights than a container's root has.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def make_server(tmp_path_factory) -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def make(
        *flags: str, keys_for: tuple[str, ...] = (), bars: bool = False
    ) -> tuple[Server, list[str]]:
        # With `bars`, films cost little: where the picture does not matter.
        folder = tmp_path_factory.mktemp("studio") / "data"
        keys = []
        for project in keys_for:
            made = run_cli("keys", "create", "--project", project, "--data-dir", str(folder))
            assert made.returncode == 0, made.stderr
            keys.append(made.stdout.strip())
        servers.append(Server(folder, *flags, bars=bars))
        servers[-1].start()
        return servers[-1], keys

    yield make
    for server in servers:
        server.close()


@pytest.fixture(scope="module")
def server(make_server) -> Server:
    """A server without keys, with one worker."""
    return make_server()[0]


@pytest.fixture
def open_context(browser) -> Iterator[Callable[..., BrowserContext]]:
    """Open windows that share nothing with others; the arguments are the browser's."""
    contexts: list[BrowserContext] = []

    def make(**wish: object) -> BrowserContext:
        contexts.append(browser.new_context(**{"reduced_motion": "reduce", **wish}))
        return contexts[-1]

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def open_page(open_context) -> Iterator[Callable[..., Page]]:
    """Open a page of a server; scripts that fail or that the policy stops fail the test."""
    troubles: list[str] = []

    def make(server: Server, path: str = "/studio/", **wish: object) -> Page:
        page = open_context(**wish).new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda line: _note(troubles, line.type, line.text))
        page.goto(server.url + path)
        return page

    yield make
    assert not troubles


def follow(link: Locator) -> None:
    """Click a link and wait for the scripts of its page, without which clicks do nothing."""
    with link.page.expect_event("load"):
        link.click()


def _note(troubles: list[str], kind: str, text: str) -> None:
    # The browser itself reports refused requests, which tests mean to happen.
    if kind == "error" and not text.startswith("Failed to load resource"):
        troubles.append(text)
