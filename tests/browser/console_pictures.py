"""Makes the pictures of docs/handbuch-sachbearbeitung.md: python -m tests.browser.console_pictures."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from .conftest import ARGUMENTS, CHROMIUM
from .console_cases import iso
from .console_fake import FakeConsole, morning

FOLDER = Path(__file__).parents[2] / "docs" / "images"
MONDAY = datetime(2026, 11, 23, 9, 12, tzinfo=UTC)
DESK = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 780}
NOTE = "Hat am Freitag schon angerufen. Der Verlust ist bei der Polizei gemeldet."
REPLY = "Guten Tag! Ja, mit dem Reisepass können Sie nach Portugal fliegen."


def main() -> None:
    """One picture after the other, each of a fresh console."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        take(browser, "liste", lambda _console, page: page.locator('.row[data-id="anna"]').wait_for())
        take(browser, "gespraech", answer)
        take(browser, "notizen", write_note, clip="#facts")
        take(browser, "textbausteine", lambda console, page: press(console, page, "#canned-open"), clip="#canned")
        take(
            browser,
            "weitergeben",
            lambda console, page: press(console, page, "#more summary", "#transfer"),
            clip="#step-dialog",
        )
        take(
            browser,
            "zurueckstellen",
            lambda console, page: press(console, page, "#more summary", "#snooze"),
            clip="#step-dialog",
        )
        take(browser, "abschliessen", lambda console, page: press(console, page, "#resolve"), clip="#step-dialog")
        take(browser, "tastatur", lambda console, page: press(console, page, "#help-open"), clip="#help")
        take(browser, "zahlen", show_figures, clip="#figures")
        take(browser, "telefon", answer, viewport=PHONE)
        browser.close()


def take(
    browser: Browser, name: str, act: Callable[[FakeConsole, Page], object], *, clip: str = "body", viewport: object = DESK
) -> None:
    """Let something happen in the console on a Monday morning and take a picture of it."""
    console = FakeConsole(began=MONDAY)
    console.fill(morning(MONDAY))
    with console.running():
        page = browser.new_page(viewport=viewport, locale="de-DE", color_scheme="light", reduced_motion="reduce")  # type: ignore[arg-type]
        page.clock.install(time=MONDAY)
        page.goto(console.url)
        page.locator('[data-live="true"]').wait_for()
        act(console, page)
        page.wait_for_timeout(400)
        page.locator(clip).screenshot(path=FOLDER / f"console-{name}.png")
        page.close()


def claim(console: FakeConsole, page: Page) -> None:
    """Frau Kaya takes the conversation about the lost identity card."""
    page.locator('.row[data-id="anna"]').click()
    page.locator("#claim").click()
    page.locator("#reply:not([disabled])").wait_for()
    page.locator(".suggestion").first.wait_for(state="attached")


def press(console: FakeConsole, page: Page, *buttons: str) -> None:
    """Take it and press one button after the other."""
    claim(console, page)
    for button in buttons:
        page.locator(button).click()


def answer(console: FakeConsole, page: Page) -> None:
    """Take it and write, while a colleague looks in and the citizen types."""
    claim(console, page)
    console.change("anna", viewers=[{"id": 2, "name": "Herr Brandt"}], citizen_is_typing=True)
    page.locator("#reply").fill(REPLY)
    page.locator("#viewers:not([hidden])").wait_for()


def show_figures(_console: FakeConsole, page: Page) -> None:
    """The lead counts."""
    page.locator("#figures-open").click()
    page.locator("#figures-rows tr").first.wait_for()


def write_note(console: FakeConsole, page: Page) -> None:
    """A colleague has left a note."""
    claim(console, page)
    note = {"id": 1, "author": "Herr Brandt", "text": NOTE, "created_at": iso(MONDAY - timedelta(minutes=2))}
    console.change("anna", notes=[note])
    page.locator(".note").wait_for()
    page.locator("#notes").scroll_into_view_if_needed()


if __name__ == "__main__":
    main()
