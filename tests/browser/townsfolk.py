"""Who plays in the stories of the handoff: a citizen at the widget, one on Telegram, and a member of staff at the console."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import zip_longest
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.fakes import MovableClock
from tests.integration.app import Program, until
from tests.telegram_stand_in.state import StandIn

BERLIN = ZoneInfo("Europe/Berlin")
DESKTOP: ViewportSize = {"width": 1280, "height": 860}
SHOTS = os.environ.get("BROWSER_SHOTS")


def shoot(page: Page, name: str) -> None:
    """Keep a picture where BROWSER_SHOTS names a folder."""
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"play-{name}.png")


class Citizen(Protocol):
    """Somebody who needs an answer, on whatever channel."""

    def writes(self, text: str) -> None:
        """Send a message."""

    def reads(self, text: str) -> str:
        """Wait until somebody else says this; the whole message, with its label where a person has written it."""

    def presses(self, title: str) -> None:
        """Press the last button with this title."""

    @property
    def has_read(self) -> list[str]:
        """What others have said, but for the greeting."""


@dataclass(frozen=True)
class AtWidget:
    """A citizen who has the widget open."""

    page: Page

    def comes(self) -> None:
        """Open the chat and wait for the greeting."""
        self.page.locator(".launcher").click()
        self._others.first.wait_for()

    def writes(self, text: str) -> None:
        """Send a message and see that it has arrived."""
        self.page.locator("textarea").fill(text)
        self.page.locator("textarea").press("Enter")
        self.page.locator('[data-author="citizen"][data-state="received"]', has_text=text).last.wait_for()

    def reads(self, text: str) -> str:
        """Wait until somebody else says this; the whole message, with its label where a person has written it."""
        message = self._others.filter(has_text=text).last
        try:
            message.wait_for()
        except PlaywrightTimeout:
            pytest.fail(f"the citizen does not read {text!r}, but {self.has_read}")
        return to_text(message)

    def presses(self, title: str) -> None:
        """Press the last button with this title."""
        self.page.get_by_role("button", name=title, exact=True).last.click()

    def sees_status(self, text: str) -> None:
        """Wait until the line below the header says this."""
        expect(self.page.locator(".status")).to_contain_text(text)

    @property
    def has_read(self) -> list[str]:
        """What others have said, but for the greeting."""
        return [to_text(message) for message in self._others.all()[1:]]

    @property
    def _others(self) -> Locator:
        return self.page.locator('.message:not([data-author="citizen"])')


def to_text(message: Locator) -> str:
    """A message as it stands in the widget: the label of a person, and the words."""
    text = message.locator(".bubble").inner_text()
    is_person = message.get_attribute("data-author") == "staff"
    return f"{message.locator('.author').inner_text()}:\n{text}" if is_person else text


@dataclass(frozen=True)
class OnTelegram:
    """A citizen who has a chat with the bot."""

    telegram: StandIn
    chat: int

    def comes(self) -> None:
        """Start the chat; greeting and note are on their way."""
        self.writes("/start")

    def writes(self, text: str) -> None:
        """Send a message."""
        self.telegram.citizen_writes(self.chat, text)

    def reads(self, text: str) -> str:
        """Wait until the bot has sent this; the whole message, with its label where a person has written it."""
        try:
            return until(lambda: [each for each in self.telegram.texts_to(self.chat) if text in each])[-1]
        except AssertionError:
            pytest.fail(f"the citizen does not read {text!r}, but {self.has_read}")

    def presses(self, title: str) -> None:
        """Press the last button with this title."""
        with_title = [
            m["message_id"] for m in self.telegram.messages_to(self.chat) if f"'{title}'" in str(m.get("reply_markup"))
        ]
        self.telegram.citizen_presses(self.chat, with_title[-1], title)

    @property
    def has_read(self) -> list[str]:
        """What others have said, but for the greeting and the note about Telegram."""
        return self.telegram.texts_to(self.chat)[2:]


@dataclass(frozen=True)
class AtConsole:
    """A member of staff who is signed in."""

    page: Page

    def row(self, text: str, group: str) -> Locator:
        """The line of a conversation in a group of the list."""
        return self.page.locator(f'[data-group="{group}"] .row', has_text=text)

    def claims(self, text: str, group: str = "waiting") -> None:
        """Find a conversation in the list, take it over and be able to answer."""
        self.row(text, group).click()
        self.page.locator("#claim").click()
        expect(self.page.locator("#reply")).to_be_enabled()

    def opens(self, text: str) -> None:
        """Go back to a conversation that one has taken over."""
        self.row(text, "mine").click()
        self.reads(text)

    def replies(self, text: str) -> None:
        """Send an answer and see it in the log."""
        self.page.locator("#reply").fill(text)
        self.page.locator("#reply").press("Enter")
        self.page.locator(".by-staff .text", has_text=text).last.wait_for()

    def reads(self, text: str) -> None:
        """Wait until the log shows that the citizen writes this."""
        self.page.locator(".by-citizen .text", has_text=text).last.wait_for()

    def transfers(self, to: str, note: str) -> None:
        """Pass the conversation on, with a word to the colleagues."""
        self.page.locator("#more summary").click()
        self.page.locator("#transfer").click()
        self.page.locator("#step-to").select_option(label=to)
        self.page.locator("#step-note").fill(note)
        self.page.locator("#step-go").click()

    def resolves(self, result: str = "answered") -> None:
        """End the conversation with a result."""
        self.page.locator("#resolve").click()
        self.page.locator("#step-result").select_option(result)
        self.page.locator("#step-go").click()
        expect(self.page.locator("#state")).to_have_text("Erledigt")

    def leaves(self) -> None:
        """Close the console without a word."""
        self.page.close()


def check_has_read(citizen: Citizen, *signs: str) -> None:
    """Fail unless the citizen has read just these messages in this order; a sign is a part of one."""
    pairs = list(zip_longest(citizen.has_read, signs, fillvalue=""))
    assert [sign if sign and sign in text else text for text, sign in pairs] == [sign for _, sign in pairs]


@dataclass
class Town:
    """The program and everything around it."""

    program: Program
    telegram: StandIn
    clock: MovableClock
    passwords: dict[str, str]
    chats: Iterator[int]

    def it_is(self, hour: int, minute: int = 0) -> None:
        """Let it be so late today."""
        self.clock.move_to(datetime.combine(self.clock().astimezone(BERLIN), time(hour, minute), BERLIN))

    def next_day_comes(self, hour: int, minute: int = 0) -> None:
        """Let the next day come that is no weekend."""
        day = self.clock().astimezone(BERLIN).date() + timedelta(days=1)
        while day.weekday() > 4:
            day += timedelta(days=1)
        self.clock.move_to(datetime.combine(day, time(hour, minute), BERLIN))


class People:
    """Brings people into town; each page is in a browser profile of its own."""

    def __init__(self, town: Town, browser: Browser) -> None:
        self.town = town
        self.errors: list[str] = []
        self.profiles = ExitStack()
        self._browser = browser

    def at_widget(self) -> AtWidget:
        """A citizen with the chat open."""
        citizen = AtWidget(self._open("/"))
        citizen.comes()
        return citizen

    def on_telegram(self) -> OnTelegram:
        """A citizen with a chat of their own."""
        citizen = OnTelegram(self.town.telegram, next(self.town.chats))
        citizen.comes()
        return citizen

    def at_console(self, username: str) -> AtConsole:
        """A member of staff who has signed in."""
        page = self._open("/console")
        page.locator("#username").fill(username)
        page.locator("#password").fill(self.town.passwords[username])
        page.locator("form button").click()
        page.locator('[data-live="true"]').wait_for()
        return AtConsole(page)

    def _open(self, path: str) -> Page:
        context = self._browser.new_context(
            viewport=DESKTOP, locale="de-DE", timezone_id=BERLIN.key, reduced_motion="reduce"
        )
        self.profiles.callback(context.close)
        context.set_default_timeout(8_000)
        page = context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(f"{self.town.program.url}{path}")
        return page
