"""Fixtures of the browser tests: Chromium, the stand-in API and a town's page on another origin."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from .fake_api import FakeApi, Server, town_website

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]


@dataclass
class Site:
    """The town's page and the API behind the widget in it."""

    page: Page
    api: FakeApi
    url: str

    def visit(self, **attributes: str) -> None:
        """Load the town's page; attributes become data-* of the script tag, `lang` the language of the page."""
        query = "&".join(f"{name}={value.replace('#', '%23')}" for name, value in attributes.items())
        self.page.goto(f"{self.url}/?{query}")

    def open(self, **attributes: str) -> None:
        """Load the page, open the widget and wait for the greeting."""
        self.visit(**attributes)
        self.page.locator(".launcher").click()
        self.page.locator(".message").first.wait_for()

    def write(self, text: str) -> None:
        """Type a message and press Enter."""
        self.page.locator("textarea").fill(text)
        self.page.locator("textarea").press("Enter")


# Module scope: Playwright keeps an event loop in this thread, which must be gone before asynchronous tests run.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium; without one the tests are skipped, and say so."""
    if CHROMIUM is None:
        pytest.skip("BROWSER TESTS NOT RUN: no chromium on this machine (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def serving_api() -> Iterator[FakeApi]:
    """The stand-in API, served once for all tests of a module."""
    with FakeApi().running() as api:
        yield api


@pytest.fixture(scope="module")
def town_url(serving_api: FakeApi) -> Iterator[str]:
    """The origin of the town's own website."""
    with Server(town_website(lambda: serving_api.server.url)) as server:
        yield server.url


@pytest.fixture
def api(serving_api: FakeApi) -> FakeApi:
    """The stand-in API, without memory of the test before."""
    serving_api.cut_streams()
    serving_api.reset()
    return serving_api


@pytest.fixture
def context_options() -> dict[str, Any]:
    """Options of the browser context; a test overrides them with parametrize."""
    return {}


@pytest.fixture
def context(browser: Browser, context_options: dict[str, Any]) -> Iterator[BrowserContext]:
    """A fresh browser profile of a desktop computer."""
    desktop = {"viewport": {"width": 1280, "height": 800}, "locale": "de-DE", "reduced_motion": "reduce"}
    context = browser.new_context(**(desktop | context_options))
    context.set_default_timeout(5_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab in which no script error may happen."""
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    assert errors == []


@pytest.fixture
def site(page: Page, api: FakeApi, town_url: str) -> Site:
    """The town's page with the widget, not yet loaded."""
    return Site(page, api, town_url)
