"""The console in a real browser: two members of staff, live updates, lost connections, keyboard, accessibility."""

import asyncio
import os
import re
import socket
import threading
from collections.abc import Coroutine, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from bot.domain.conversations import ConversationStatus
from bot.domain.messages import Author
from tests.console_support import PASSWORD, TEXTS, Town

T = TypeVar("T")
SHOTS = os.environ.get("CONSOLE_SHOTS")
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 380, "height": 780}


class Stage:
    """A town whose console is served on a thread of its own."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.town: Town
        self._loop: asyncio.AbstractEventLoop
        self._server: uvicorn.Server
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.town = Town(public_url=self.url, texts=TEXTS)
        config = uvicorn.Config(self.town.app(), log_level="error", timeout_graceful_shutdown=1, lifespan="off", ws="none")
        self._server = uvicorn.Server(config)
        self._ready.set()
        await self._server.serve(sockets=[self._socket])

    def start(self) -> None:
        """Serve, with two members of staff."""
        self._thread.start()
        assert self._ready.wait(10), "the console did not start"
        self.happens(self.town.employ("kaya", "Frau Kaya"))
        self.happens(self.town.employ("brandt", "Herr Brandt"))

    def stop(self) -> None:
        """Stop serving."""
        self._server.should_exit = True
        self._thread.join(10)
        self._socket.close()

    def happens(self, step: Coroutine[Any, Any, T]) -> T:
        """Let something happen in town, on the server's loop."""
        return asyncio.run_coroutine_threadsafe(step, self._loop).result(10)

    def arrive(self, id_: str = "anna", text: str = "Mein Perso ist weg, kann ich mit jemandem reden?") -> None:
        """A citizen writes and lands in the live queue."""
        self.happens(self.town.start(id_, text))
        self.happens(self.town.hand_off(id_, office="buergerbuero", service="personalausweis"))


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A fresh town."""
    stage = Stage()
    stage.start()
    yield stage
    stage.stop()


class Enter(Protocol):
    """Opens the console in a browser of one's own."""

    def __call__(self, username: str | None = "kaya", **options: Any) -> Page: ...


@pytest.fixture
def enter(stage: Stage, browser: Browser) -> Iterator[Enter]:
    """Sign in and wait until the console is live; with None stay at the sign-in page."""
    contexts: list[BrowserContext] = []

    def enter_console(username: str | None = "kaya", **options: Any) -> Page:
        context = browser.new_context(**({"viewport": DESKTOP, "locale": "de-DE", "reduced_motion": "reduce"} | options))
        contexts.append(context)
        context.set_default_timeout(6_000)
        page = context.new_page()
        page.goto(f"{stage.url}/console")
        if username is not None:
            sign_in(page, username)
        return page

    yield enter_console
    for context in contexts:
        context.close()


def sign_in(page: Page, username: str = "kaya") -> None:
    """Fill the form in and wait until the console is live."""
    page.locator("#username").fill(username)
    page.locator("#password").fill(PASSWORD)
    page.locator("form button").click()
    page.locator('[data-live="true"]').wait_for()


def row(page: Page, topic: str, group: str = "waiting") -> Any:
    """A row of the list."""
    return page.locator(f'[data-group="{group}"] .row', has_text=topic)


def claim(page: Page, topic: str = "Personalausweis") -> None:
    """Open the waiting conversation and take it over."""
    row(page, topic).click()
    page.locator("#claim").click()
    expect(page.locator("#reply")).to_be_enabled()


def resolve(page: Page, result: str = "answered") -> None:
    """End the conversation with a result."""
    page.locator("#resolve").click()
    page.locator("#step-result").select_option(result)
    page.locator("#step-go").click()


def further(page: Page, step: str) -> None:
    """Take one of the steps behind the menu."""
    page.locator("#more summary").click()
    page.locator(f"#{step}").click()


def check_view(page: Page, name: str) -> None:
    """Fail on any violation that axe finds and on content wider than the screen; CONSOLE_SHOTS names a folder for pictures."""
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"console-{name}.png")
    violations = Axe().run(page).response["violations"]
    assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def fill_town(stage: Stage) -> None:
    """A busy Monday morning."""
    town = stage.town
    town.clock.advance(-timedelta(minutes=34))
    stage.happens(town.start("t1", "Was kostet die Hundesteuer für zwei Hunde, wenn einer davon ein Assistenzhund ist?"))
    due = timedelta(hours=3)
    stage.happens(
        town.open_ticket(
            "t1", "Was kostet die Hundesteuer für zwei Hunde?", office="steueramt", service="hundesteuer", due_in=due
        )
    )
    stage.happens(
        town.start("t2", "can my sister be a witness at our wedding if she lives abroad?", language="en", channel="telegram")
    )
    due = timedelta(minutes=20)
    stage.happens(
        town.open_ticket(
            "t2",
            "Can my sister be a witness at our wedding if she lives abroad?",
            office="standesamt",
            service="eheschliessung",
            due_in=due,
        )
    )
    stage.happens(town.start("c1", "Ich brauche bis Freitag ein neues Kennzeichen, geht das?"))
    stage.happens(town.hand_off("c1", office="kfz_zulassung", service="kfz_ummeldung"))
    town.clock.advance(timedelta(minutes=22))
    stage.happens(
        town.start(
            "anna",
            "Hallo, mein Perso ist weg und am Donnerstag fliege ich nach Porto",
            "geht auch der reisepass?",
            channel="telegram",
        )
    )
    stage.happens(town.ask_back("anna", ("personalausweis", 0.46), ("reisepass", 0.41)))
    stage.happens(town.write("anna", "beides irgendwie. kann ich bitte mit einem menschen reden"))
    stage.happens(town.hand_off("anna", office="buergerbuero", service="personalausweis"))
    town.clock.advance(timedelta(minutes=8))
    stage.happens(
        town.start(
            "w2", "Ich möchte mich über den Lärm von der Baustelle am Markt beschweren, seit drei Wochen geht das so!"
        )
    )
    stage.happens(town.hand_off("w2", office="buergerbuero", reason="complaint"))
    town.clock.advance(timedelta(minutes=4))


def test_waiting_conversation_appears_live_and_is_answered(stage: Stage, enter: Enter) -> None:
    """Without a reload a citizen shows up, is claimed, answered and done, and the title counts who waits."""
    page = enter()
    expect(page).to_have_title("Rathausbote")
    expect(page.locator('[data-group="waiting"] .empty')).to_be_visible()
    stage.arrive()

    expect(row(page, "Personalausweis")).to_be_visible()
    expect(page).to_have_title("(1) Rathausbote")
    claim(page)
    expect(page).to_have_title("(1) Rathausbote")
    page.locator("#reply").fill("Guten Tag, ich helfe Ihnen gern.")
    page.locator("#reply").press("Enter")
    expect(page.locator(".by-staff .text")).to_have_text("Guten Tag, ich helfe Ihnen gern.")
    expect(page.locator("#reply")).to_have_value("")
    expect(page).to_have_title("Rathausbote")
    stage.happens(stage.town.write("anna", "Danke!"))
    expect(page.locator(".by-citizen .text").last).to_have_text("Danke!")
    expect(page.locator(".by-citizen .text").last).to_be_in_viewport()
    resolve(page)
    expect(page.locator("#state")).to_have_text("Erledigt")
    expect(page.locator("#topic")).to_have_text("Personalausweis")
    expect(page.locator("#facts-list")).to_contain_text("Bürgerbüro")
    expect(page.locator('[data-group="mine"] .row')).to_have_count(0)

    assert stage.happens(stage.town.get("anna")).status is ConversationStatus.RESOLVED
    assert [author for author, _ in stage.happens(stage.town.said("anna"))] == [
        Author.BOT,
        Author.CITIZEN,
        Author.SYSTEM,
        Author.STAFF,
        Author.CITIZEN,
        Author.SYSTEM,
        Author.SYSTEM,
    ]


def test_colleague_sees_claim_at_once(stage: Stage, enter: Enter) -> None:
    """Who has it open sees whose it is now and can't write into it."""
    stage.arrive()
    kaya, brandt = enter(), enter("brandt")
    row(brandt, "Personalausweis").click()
    expect(brandt.locator("#claim")).to_be_visible()
    claim(kaya)

    expect(brandt.locator("#state")).to_have_text("Wird von Frau Kaya bearbeitet")
    expect(brandt.locator("#reply")).to_be_disabled()
    expect(brandt.locator("#claim")).to_be_hidden()
    expect(row(brandt, "Frau Kaya", "colleagues")).to_be_visible()


def test_second_of_two_claims_is_told_who_was_faster(stage: Stage, enter: Enter) -> None:
    """A claim that comes too late changes nothing and says who holds the conversation."""
    stage.arrive()
    kaya, brandt = enter(), enter("brandt")
    row(brandt, "Personalausweis").click()
    expect(brandt.locator("#claim")).to_be_visible()
    held: list[Route] = []
    brandt.route("**/claim", lambda route: held.append(route))
    brandt.locator("#claim").click()
    brandt.wait_for_timeout(100)
    claim(kaya)
    held[0].continue_()

    expect(brandt.locator("#notice")).to_contain_text("wird jetzt von Frau Kaya bearbeitet")
    assert stage.happens(stage.town.get("anna")).assignee_name == "Frau Kaya"


def test_conversation_of_absent_colleague_can_be_taken_knowingly(stage: Stage, enter: Enter) -> None:
    """Nobody's conversation hangs because its holder went home: after a question it changes hands."""
    stage.arrive()
    kaya, brandt = enter(), enter("brandt")
    claim(kaya)
    row(brandt, "Personalausweis", "colleagues").click()
    brandt.locator("#take-over").click()
    brandt.locator("#confirm button[value=yes]").click()

    expect(brandt.locator("#reply")).to_be_enabled()
    expect(kaya.locator("#state")).to_have_text("Wird von Herrn Brandt bearbeitet")
    expect(kaya.locator("#reply")).to_be_disabled()


def test_draft_survives_reload_and_failed_send(stage: Stage, enter: Enter) -> None:
    """What was typed is still there after a reload and after the network failed, and is then sent once."""
    stage.arrive()
    page = enter()
    claim(page)
    page.locator("#reply").fill("Ein langer Text")
    page.reload()
    expect(page.locator("#reply")).to_have_value("Ein langer Text")
    expect(page.locator("#reply")).to_be_enabled()

    def lose_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/replies", lose_answer, times=1)
    page.locator("#reply").press("Control+Enter")
    expect(page.locator("#send-problem")).to_contain_text("Ihr Text ist noch da")
    expect(page.locator("#reply")).to_have_value("Ein langer Text")
    page.reload()
    page.locator("#send").click()
    expect(page.locator("#reply")).to_have_value("")

    assert stage.happens(stage.town.said("anna")).count((Author.STAFF, "Ein langer Text")) == 1
    expect(page.locator(".by-staff")).to_have_count(1)


def test_missed_messages_arrive_after_network_loss(stage: Stage, enter: Enter) -> None:
    """The console says that it is cut off, and fetches what it missed when it is back."""
    stage.arrive()
    page = enter()
    claim(page)
    page.context.set_offline(True)
    expect(page.locator('[data-live="false"]')).to_be_visible()
    stage.happens(stage.town.write("anna", "Sind Sie noch da?"))
    stage.arrive("berta")
    page.context.set_offline(False)

    expect(page.locator(".by-citizen .text").last).to_have_text("Sind Sie noch da?")
    expect(page.locator('[data-group="waiting"] .row')).to_have_count(1)
    expect(page.locator('[data-live="true"]')).to_be_visible()


def test_ticket_is_claimed_and_answered_later(stage: Stage, enter: Enter) -> None:
    """A ticket shows its number and what is left of the promise; the answer arrives in the same chat and closes it."""
    fill_town(stage)
    page = enter()
    ticket = row(page, "Hundesteuer", "tickets")
    expect(ticket.locator(".row-time")).to_have_text(re.compile("noch 2 Std. 2[56] Min."))
    ticket.click()
    page.locator("#claim").click()
    page.locator("#reply").fill("Assistenzhunde sind befreit.")
    page.locator("#reply").press("Enter")
    page.locator(".by-staff").wait_for()
    further(page, "return")
    expect(row(page, "Hundesteuer", "tickets")).to_have_count(0)
    expect(page.locator("#state")).to_have_text("Der Bot antwortet wieder")
    expect(page.locator("#reply")).to_have_attribute("placeholder", "Dieses Gespräch ist beendet.")

    assert (Author.STAFF, "Assistenzhunde sind befreit.") in stage.happens(stage.town.said("t1"))
    assert stage.happens(stage.town.get("t1")).status is ConversationStatus.PENDING


def test_list_is_used_with_the_keyboard(stage: Stage, enter: Enter) -> None:
    """One tab stop, arrow keys, Enter opens, Escape comes back; an update does not take the focus away."""
    fill_town(stage)
    page = enter()
    row(page, "Personalausweis").wait_for()
    page.locator("#channel").focus()
    page.keyboard.press("Tab")
    first = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("ArrowDown")
    second = page.evaluate("document.activeElement.textContent")
    stage.arrive("neu")
    expect(page.locator('[data-group="waiting"] .row')).to_have_count(4)
    assert page.evaluate("document.activeElement.textContent").startswith("Personalausweis")
    page.keyboard.press("Enter")
    expect(page.locator("#topic")).to_have_text("Personalausweis")
    page.locator("#claim").focus()
    page.keyboard.press("Escape")

    assert first.startswith("Kfz ummelden")
    assert second.startswith("Personalausweis")
    assert page.evaluate("document.activeElement.closest('.queue') !== null")


def test_markup_in_messages_stays_text(stage: Stage, enter: Enter) -> None:
    """What a citizen writes is shown letter by letter and never runs; the page obeys its own content policy."""
    problems: list[str] = []
    page = enter()
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    evil = "<img src=x onerror=\"document.title='pwned'\"><script>alert(1)</script>"
    stage.arrive("mallory", evil)
    row(page, "Personalausweis").click()

    expect(page.locator(".by-citizen .text")).to_have_text(evil)
    expect(page).to_have_title("(1) Rathausbote")
    assert problems == []


def test_sign_out_ends_the_session_and_forgets_drafts(stage: Stage, enter: Enter) -> None:
    """After signing out neither the pages nor what was typed are there for the next person."""
    stage.arrive()
    page = enter()
    claim(page)
    page.locator("#reply").fill("geheim")
    page.locator("#sign-out").click()
    page.locator("#username").wait_for()

    assert page.evaluate("sessionStorage.length") == 0
    page.goto(f"{stage.url}/console")
    expect(page).to_have_url(f"{stage.url}/console/sign-in")


def test_ended_session_leads_to_sign_in_and_keeps_the_draft(stage: Stage, enter: Enter) -> None:
    """When ten hours are over the console says so by itself, and the text is there after signing in again."""
    stage.arrive()
    page = enter()
    claim(page)
    page.locator("#reply").fill("noch nicht fertig")
    stage.town.clock.advance(timedelta(hours=10, seconds=1))
    expect(page.locator("#problem")).to_contain_text("Sitzung ist beendet")
    sign_in(page)
    row(page, "Personalausweis", "mine").click()

    expect(page.locator("#reply")).to_have_value("noch nicht fertig")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_view_is_accessible(stage: Stage, enter: Enter, scheme: str, size: dict[str, int]) -> None:
    """No violation of axe in any view, light and dark, wide and narrow; nothing sticks out sideways."""
    name = f"{scheme}-{size['width']}"
    fill_town(stage)
    page = enter(None, viewport=size, color_scheme=scheme)
    check_view(page, f"sign-in-{name}")
    sign_in(page)
    row(page, "Personalausweis").wait_for()
    check_view(page, f"list-{name}")
    row(page, "Personalausweis").click()
    page.locator("#claim").wait_for()
    check_view(page, f"waiting-{name}")
    page.locator("#claim").click()
    page.locator("#reply").fill("Guten Tag! Ja, mit dem Reisepass können Sie nach Portugal fliegen.")
    page.locator("#reply").press("Enter")
    page.locator(".by-staff").wait_for()
    stage.happens(stage.town.write("anna", "Super, vielen Dank! Und der Perso?"))
    page.locator("#reply").fill("Für den neuen Ausweis brauchen Sie")
    expect(page.locator(".by-citizen", has_text="Und der Perso")).to_be_in_viewport()
    check_view(page, f"mine-{name}")
    page.locator("#resolve").click()
    page.locator("#confirm").wait_for()
    check_view(page, f"confirm-{name}")


def test_english_surface_and_views_of_a_colleague(stage: Stage, enter: Enter) -> None:
    """The browser's language counts until one switches; both surfaces are complete."""
    fill_town(stage)
    kaya = enter()
    claim(kaya)
    page = enter("brandt", locale="en-GB")
    row(page, "Identity card", "colleagues").click()
    expect(page.locator("#state")).to_have_text("Being handled by Frau Kaya")
    check_view(page, "colleague-en")
    page.locator("#switch-language").click()

    expect(page.locator("#group-waiting")).to_contain_text("Wartet")
    page.reload()
    expect(page.locator("#group-waiting")).to_contain_text("Wartet")
