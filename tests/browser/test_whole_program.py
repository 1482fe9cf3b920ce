"""The whole program with the real engine in a real browser: a citizen in the widget, a staff member at the console."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from tests.integration.app import Program, copy_town, running, to_settings, until

pytestmark = [pytest.mark.browser, pytest.mark.engine]

SHOTS = os.environ.get("BROWSER_SHOTS")
DESKTOP: ViewportSize = {"width": 1280, "height": 860}
ODD_TEXTS = [
    "👍🏽", "?", "x" * 4_000, "Personalausweis " * 200, "<script>alert(1)</script>", "/", "/unbekannt", "{name} {{}} %s",
    "Привет", "护照多少钱", "heute in 99999999999 Tagen offen?", "offen am 99.99.9999", "Z̸̡̛a̷l̵g̶o̴",
]  # fmt: skip
ENGINE_SECONDS = 120


@pytest.fixture(scope="module")
def program(trained_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The program as `rathausbote run` starts it, with an engine of its own; every office is open."""
    folder = tmp_path_factory.mktemp("town")
    settings = to_settings(folder, project_dir=copy_town(folder, "open"), engine_url="", turn_timeout=5.0)
    assert trained_model.exists()
    with running(settings) as program:
        until(lambda: program.http.get("/readyz").json()["status"] == "ready", ENGINE_SECONDS)
        yield program


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Any]:
    """Opens a page in a browser profile of its own; a script error fails the test."""
    contexts, errors = [], []

    def open_(url: str) -> Page:
        context = browser.new_context(viewport=DESKTOP, locale="de-DE", reduced_motion="reduce")
        contexts.append(context)
        context.set_default_timeout(8_000)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(url)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert errors == []


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_nothing_that_can_be_written_is_met_with_silence(program: Program, text: str) -> None:
    """However odd, the engine itself answers, and answers the next question as well."""
    citizen = program.citizen()
    citizen.asks(text)
    metrics = program.http.get("/metrics").text

    assert citizen.status == "bot"
    assert 'degraded="true"' not in metrics


def shoot(page: Page, name: str) -> None:
    """Keep a picture where BROWSER_SHOTS names a folder."""
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"whole-{name}.png")


def by(page: Page, author: str) -> Locator:
    """The widget's messages of an author."""
    return page.locator(f'.message[data-author="{author}"]')


def ask(page: Page, text: str) -> Locator:
    """Write in the widget and wait for an answer; the last message of the bot."""
    before = by(page, "bot").count()
    page.locator("textarea").fill(text)
    page.locator("textarea").press("Enter")
    expect(by(page, "bot").nth(before)).to_be_visible()
    return by(page, "bot").last


def open_widget(page: Page) -> None:
    """Open the chat and wait for the greeting."""
    page.locator(".launcher").click()
    expect(by(page, "bot")).to_have_count(1)


def sign_in(page: Page, password: str) -> None:
    """Sign in at the console and wait until it is live."""
    page.locator("#username").fill("kaya")
    page.locator("#password").fill(password)
    page.locator("form button").click()
    page.locator('[data-live="true"]').wait_for()


def test_citizen_is_answered_by_bot_then_person_then_bot(program: Program, open_page: Any) -> None:
    """Four sentences in plain German, a handoff, a staff member in another browser, and back to the bot."""
    citizen = open_page(f"{program.url}/")
    shoot(citizen, "1-page")
    open_widget(citizen)
    expect(by(citizen, "bot").first).to_contain_text("Computerprogramm")
    shoot(citizen, "2-greeting")

    lost = ask(citizen, "Ich habe meinen Perso verloren, was nun?")
    expect(lost).to_contain_text("Verlust")
    expect(lost).to_contain_text("Stand")
    shoot(citizen, "3-lost")
    price = ask(citizen, "und was kostet ein neuer?")
    expect(price).to_contain_text("€")
    shoot(citizen, "4-price")
    saturday = ask(citizen, "wann habt ihr Samstag offen?")
    expect(saturday).to_contain_text("Bürgerbüro")
    expect(saturday).to_contain_text("Samstag")
    shoot(citizen, "5-saturday")
    handed = ask(citizen, "ich möchte mit einem Menschen sprechen")
    expect(handed).to_contain_text("Ich gebe Sie an einen Menschen weiter")
    shoot(citizen, "6-waiting")

    staff = open_page(f"{program.url}/console")
    sign_in(staff, program.employ())
    expect(staff.locator('[data-group="waiting"] .row')).to_have_count(1)
    staff.locator('[data-group="waiting"] .row').click()
    expect(staff.locator(".by-citizen .text").first).to_have_text("Ich habe meinen Perso verloren, was nun?")
    shoot(staff, "7-queue")
    staff.locator("#claim").click()
    expect(by(citizen, "system").last).to_contain_text("Frau Kaya hat das Gespräch übernommen")
    staff.locator("#reply").fill("Guten Tag, wann und wo haben Sie ihn verloren?")
    staff.locator("#reply").press("Enter")
    expect(by(citizen, "staff")).to_contain_text("Guten Tag, wann und wo haben Sie ihn verloren?")
    bot_messages = by(citizen, "bot").count()
    citizen.locator("textarea").fill("Was kostet ein Reisepass?")
    citizen.locator("textarea").press("Enter")
    expect(staff.locator(".by-citizen .text").last).to_have_text("Was kostet ein Reisepass?")
    shoot(citizen, "8-live")
    shoot(staff, "9-live")
    staff.locator("#more summary").click()
    staff.locator("#return").click()
    expect(by(citizen, "system").last).to_contain_text("Ab jetzt antwortet Ihnen wieder der Chatbot")
    assert by(citizen, "bot").count() == bot_messages

    passport = ask(citizen, "Was kostet ein Reisepass?")
    expect(passport).to_contain_text("Reisepass")
    expect(passport).to_contain_text("€")
    shoot(citizen, "10-back")


def test_conversation_survives_a_reload_and_a_broken_connection(program: Program, open_page: Any) -> None:
    """After a reload everything is there once; what is written while offline is sent when the connection is back."""
    citizen = open_page(f"{program.url}/")
    open_widget(citizen)
    ask(citizen, "Was kostet ein Reisepass?")
    citizen.reload()
    expect(by(citizen, "bot")).to_have_count(2)
    expect(by(citizen, "citizen")).to_have_count(1)

    citizen.context.set_offline(True)
    citizen.locator("textarea").fill("und welche Unterlagen brauche ich?")
    citizen.locator("textarea").press("Enter")
    shoot(citizen, "11-offline")
    citizen.context.set_offline(False)
    expect(by(citizen, "bot")).to_have_count(3, timeout=20_000)
    expect(by(citizen, "citizen")).to_have_count(2)


def test_quick_reply_is_understood_by_the_engine(program: Program, open_page: Any) -> None:
    """A button below an answer asks the next thing about the same service."""
    citizen = open_page(f"{program.url}/")
    open_widget(citizen)
    by(citizen, "bot").first.get_by_role("button", name="Personalausweis").click()
    expect(by(citizen, "bot")).to_have_count(2)
    buttons = by(citizen, "bot").last.get_by_role("button")
    title = buttons.first.inner_text()
    buttons.first.click()
    expect(by(citizen, "bot")).to_have_count(3)

    expect(by(citizen, "citizen").last).to_contain_text(title)
    expect(by(citizen, "bot").last).to_contain_text("Stand")
