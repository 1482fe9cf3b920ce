"""The pages of the console over a stand-in of its server: what is hard to bring about in a real town."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from .console_cases import ME, Json, to_conversation, to_message, to_ticket
from .console_fake import FakeConsole, crowd, morning, one
from .fake_api import wait_until

SIZES = [(1440, 900), (1024, 768), (390, 844)]
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TICKET = to_ticket("2026-0042", "Bürgerbüro", "Wie melde ich mich an?", at=NOON, due=NOON + timedelta(days=1))
NOTIFICATIONS = """
    window.shown = [];
    window.isAway = true;
    Object.defineProperty(document, "hidden", { get: () => window.isAway });
    window.Notification = class extends EventTarget {
      static permission = "default";
      static async requestPermission() { return (Notification.permission = "granted"); }
      constructor(title, { body }) { super(); window.shown.push(body); window.last = this; }
      close() {}
    };
"""
TONES = """
    window.tones = 0;
    const Real = window.AudioContext;
    window.AudioContext = class extends Real {
      static isForbidden = false;
      get state() { return AudioContext.isForbidden ? "suspended" : super.state; }
      resume() { return AudioContext.isForbidden ? new Promise(() => {}) : super.resume(); }
      createOscillator() {
        const tone = super.createOscillator();
        const start = tone.start.bind(tone);
        tone.start = (...args) => { window.tones += 1; start(...args); };
        return tone;
      }
    };
"""


@pytest.fixture(scope="module")
def serving() -> Iterator[FakeConsole]:
    """The stand-in, served once for all tests of this module."""
    with FakeConsole().running() as console:
        yield console


@pytest.fixture
def console(serving: FakeConsole) -> FakeConsole:
    """A Monday morning."""
    serving.reset()
    serving.fill(morning(serving.now))
    return serving


@pytest.fixture
def desk(console: FakeConsole, page: Page) -> Page:
    """The console of Frau Kaya, live."""
    enter(console, page)
    return page


def enter(console: FakeConsole, page: Page) -> None:
    """Open the console and wait until it is live."""
    page.goto(console.url)
    page.locator('[data-live="true"]').wait_for()
    page.locator(".group:not([hidden]) :is(.row, .empty)").first.wait_for()


def row(page: Page, id_: str) -> Locator:
    """The line of a conversation."""
    return page.locator(f'.row[data-id="{id_}"]')


def read(page: Page, id_: str) -> None:
    """Open the first conversation and see its state."""
    row(page, id_).click()
    expect(page.locator("#state")).not_to_be_empty()


def take(page: Page, id_: str = "anna") -> None:
    """Open a conversation and take it over."""
    row(page, id_).click()
    page.locator("#claim").click()
    expect(page.locator("#reply")).to_be_enabled()


def further(page: Page, step: str) -> None:
    """Take one of the steps behind the menu."""
    page.locator("#more summary").click()
    page.locator(f"#{step}").click()


def rows(page: Page) -> list[str]:
    """Ids in the list, as they stand."""
    return [each.get_attribute("data-id") or "" for each in page.locator(".row:visible").all()]


def test_list_is_filtered_and_says_what_it_hides(desk: Page) -> None:
    """By language, channel and team; what one has taken oneself always stays."""
    desk.locator("#language").select_option(label="Englisch")
    assert rows(desk) == ["cem", "dora", "grace"]
    expect(desk.locator('[data-group="waiting"] .filtered')).to_have_text("3 Gespräche passen nicht zum Filter.")
    desk.locator("#language").select_option("")
    desk.locator("#channel").select_option("telegram")
    assert rows(desk) == ["emil", "cem", "dora", "grace"]
    desk.locator("#channel").select_option("")
    desk.locator("#own-team").check()

    assert rows(desk) == ["anna", "berta", "cem", "dora"]
    desk.reload()
    expect(desk.locator("#own-team")).to_be_checked()


def test_group_is_folded_away_and_stays_so(desk: Page) -> None:
    """With the mouse and with the arrow keys; its number stays in sight."""
    desk.locator("#group-tickets .fold").click()
    expect(row(desk, "hans")).to_be_hidden()
    row(desk, "emil").focus()
    desk.keyboard.press("ArrowLeft")
    expect(row(desk, "emil")).to_be_hidden()
    desk.reload()
    expect(desk.locator("#group-waiting .count")).to_have_text("3")
    expect(row(desk, "emil")).to_be_hidden()
    desk.locator("#group-waiting .fold").press("ArrowRight")

    expect(row(desk, "emil")).to_be_visible()
    expect(desk.locator("#group-tickets .fold")).to_have_attribute("aria-expanded", "false")


def test_times_run_and_turn_red(desk: Page, console: FakeConsole) -> None:
    """Waiting and promises are seen before they are missed."""
    expect(row(desk, "berta").locator(".row-time")).to_have_attribute("data-level", "calm")
    expect(row(desk, "anna").locator(".row-time")).to_have_attribute("data-level", "soon")
    expect(row(desk, "emil").locator(".row-time")).to_have_attribute("data-level", "late")
    expect(row(desk, "emil").locator(".row-time")).to_have_text(re.compile(r"wartet 12:0[2-9]"))
    expect(row(desk, "grace").locator(".urgent")).to_have_text("eilt")
    expect(row(desk, "grace").locator(".row-time")).to_have_text("noch 19 Min.")

    expect(row(desk, "hans").locator(".row-time")).to_have_attribute("data-level", "calm")


def test_keys_lead_through_a_conversation(desk: Page, console: FakeConsole) -> None:
    """Longest waiting, take over, note, put off, close: without the mouse."""
    desk.locator("#queue").focus()
    desk.keyboard.press("w")
    expect(desk.locator("#topic")).to_have_text("Kfz ummelden")
    expect(desk.locator("#claim")).to_be_visible()
    desk.keyboard.press("a")
    expect(desk.locator("#reply")).to_be_focused()
    desk.keyboard.type("aeztn?")
    expect(desk.locator("#reply")).to_have_value("aeztn?")
    desk.locator("#log").focus()
    desk.keyboard.press("n")
    expect(desk.locator("#note")).to_be_focused()
    desk.locator("#log").focus()
    desk.keyboard.press("z")
    expect(desk.locator("#step-title")).to_have_text("Gespräch zurückstellen")
    desk.keyboard.press("Escape")

    assert console.steps("claim") == [{}]
    assert console.steps("snooze") == []


def test_single_keys_can_be_switched_off(desk: Page) -> None:
    """For whoever speaks to the computer; the question mark still opens the help."""
    desk.locator("#help-open").click()
    desk.locator("#single-keys").uncheck()
    desk.keyboard.press("Escape")
    desk.locator("#log").evaluate("document.activeElement.blur()")
    desk.keyboard.press("w")
    expect(desk.locator("#blank")).to_be_visible()
    desk.keyboard.press("?")

    expect(desk.locator("#help")).to_be_visible()


def test_double_click_replies_once(desk: Page, console: FakeConsole) -> None:
    """However often one clicks."""
    take(desk)
    desk.locator("#reply").fill("Guten Tag!")
    desk.locator("#send").dblclick()
    expect(desk.locator(".by-staff")).to_have_count(1)

    assert len(console.steps("replies")) == 1


def test_reply_that_comes_too_late_is_kept(desk: Page, console: FakeConsole) -> None:
    """The conversation went elsewhere meanwhile: the text is still there, and the reason too."""
    take(desk)
    desk.locator("#reply").fill("Guten Tag!")
    console.failing = {"replies": 409}
    desk.locator("#reply").press("Enter")

    expect(desk.locator("#send-problem")).to_contain_text("Sie bearbeiten dieses Gespräch nicht mehr")
    expect(desk.locator("#reply")).to_have_value("Guten Tag!")


def test_erased_conversation_says_so(desk: Page, console: FakeConsole) -> None:
    """Nothing is left to do, and nothing can be written any more."""
    take(desk)
    del console.conversations["anna"]
    console.change("anna")

    expect(desk.locator("#state")).to_have_text("Nicht mehr in der Liste")
    expect(desk.locator("#reply")).to_be_disabled()
    expect(row(desk, "anna")).to_have_count(0)


def test_pasted_book_is_refused_but_kept(desk: Page, console: FakeConsole) -> None:
    """50,000 characters are too many; how many is said, and nothing is cut off."""
    take(desk)
    desk.locator("#reply").fill("x" * 50_000)

    expect(desk.locator("#draft-state")).to_have_text("46000 Zeichen zu viel")
    expect(desk.locator("#send")).to_be_disabled()
    assert len(desk.locator("#reply").input_value()) == 50_000


def test_reply_and_note_survive_an_expired_session(desk: Page, console: FakeConsole) -> None:
    """After signing in again the same conversation is open, with what was being written."""
    take(desk)
    desk.locator("#reply").fill("noch nicht fertig")
    desk.locator("#note").fill("auch nicht")
    console.is_signed_in = False
    console.change("anna")
    expect(desk.locator("#problem")).to_contain_text("Sitzung ist beendet")
    desk.locator("#username").fill("kaya")
    desk.locator("#password").fill("geheim")
    desk.locator("form button").click()

    expect(desk.locator("#reply")).to_have_value("noch nicht fertig")
    expect(desk.locator("#note")).to_have_value("auch nicht")


def test_suggestion_is_edited_first(desk: Page, console: FakeConsole) -> None:
    """It goes into the reply box, where it can be changed; nothing is sent before."""
    take(desk)
    first = desk.locator(".suggestion").first
    expect(first.locator("a")).to_have_attribute("href", "https://www.musterstadt.example/ausweis")
    first.get_by_role("button", name="Erst bearbeiten").click()

    expect(desk.locator("#reply")).to_have_value(re.compile("Der Reisepass reicht"))
    assert console.steps("replies") == []


def test_canned_response_speaks_the_citizens_language(desk: Page) -> None:
    """What exists in it is offered in it; what is not known stays visible as a placeholder."""
    row(desk, "cem").click()
    expect(desk.locator("#facts-list")).to_contain_text("Türkisch")
    desk.locator("#reply").press("/")
    desk.locator("#canned-search").fill("gruss")
    expect(desk.locator(".canned-item")).to_have_count(1)
    desk.locator("#canned-search").press("Enter")
    expect(desk.locator("#reply")).to_have_value(
        "İyi günler, ben Frau Kaya, Musterstadt, Bürgerbüro. Talebinizle ben ilgileneceğim."
    )
    desk.locator("#reply").fill("")
    desk.locator("#canned-open").click()
    desk.locator(".canned-item", has_text="Auskunft zum Ticket").click()

    expect(desk.locator("#reply")).to_have_value(re.compile(r"die Nummer \{ticket\}"))


def test_colleague_at_the_same_conversation_is_seen(desk: Page, console: FakeConsole) -> None:
    """One is named, several too, and the mark goes when they leave."""
    read(desk, "anna")
    console.change("anna", viewers=[{"id": 2, "name": "Herr Brandt"}])
    expect(desk.locator("#viewers")).to_have_text("Auch offen bei Herrn Brandt")
    console.change("anna", viewers=[{"id": 2, "name": "Herr Brandt"}, {"id": 3, "name": "Frau Yıldız"}])
    expect(desk.locator("#viewers")).to_have_text("Auch offen bei Herrn Brandt, Frau Yıldız")
    console.change("anna", viewers=[])

    expect(desk.locator("#viewers")).to_be_hidden()
    assert {"is_open": True} in console.steps("viewing")


LOST: dict[str, tuple[Json, str]] = {
    "closed": (
        {"state": "bot", "assignee": None, **TICKET},
        "Die Dienststelle hat geschlossen. Aus dem Gespräch wurde Ticket 2026-0042.",
    ),
    "taken": (
        {"state": "colleague", "assignee": {"id": 2, "name": "Herr Brandt"}},
        "Herr Brandt hat das Gespräch übernommen.",
    ),
    "queue": ({"state": "waiting", "assignee": None}, "Das Gespräch ist wieder in der Warteschlange."),
    "moved": (
        {"state": "waiting", "assignee": None, "office_id": "steueramt", "office": "Steueramt"},
        "Das Gespräch wurde weitergegeben. Es wartet jetzt hier: Steueramt.",
    ),
    "moved and closed": (
        {"state": "bot", "assignee": None, "office_id": "steueramt", "office": "Steueramt", **TICKET},
        "Das Gespräch wurde weitergegeben. Daraus wurde Ticket 2026-0042, und zuständig ist jetzt: Steueramt.",
    ),
}


@pytest.mark.parametrize("case", LOST)
def test_holder_is_told_that_the_conversation_was_taken_away(desk: Page, console: FakeConsole, case: str) -> None:
    """In the open conversation, read out, until it is dismissed; the draft stays."""
    changes, text = LOST[case]
    console.closed.add("buergerbuero")
    read(desk, "cem")
    desk.locator("#reply").fill("Halb fertig")
    console.change("cem", **changes)

    expect(desk.get_by_role("status").filter(has_text=text)).to_be_visible()
    expect(desk.locator("#reply")).to_have_value("Halb fertig")
    assert Axe().run(desk).response["violations"] == []
    desk.locator("#change-close").click()
    expect(desk.locator("#change-text")).to_be_hidden()
    console.change("cem", citizen_is_typing=True)
    expect(desk.locator("#typing")).not_to_be_empty()
    expect(desk.locator("#change-text")).to_be_hidden()


def test_holder_is_told_why_in_office_hours(desk: Page, console: FakeConsole) -> None:
    """The line goes with the conversation, and is not said of what one does oneself."""
    read(desk, "cem")
    console.change("cem", state="bot", assignee=None, **TICKET)
    expect(desk.locator("#change-text")).to_contain_text("hat zu lange auf Antwort gewartet. Aus dem Gespräch wurde")
    row(desk, "anna").click()
    expect(desk.locator("#change-text")).to_be_hidden()
    desk.locator("#claim").click()
    further(desk, "release")
    expect(desk.locator("#state")).to_have_text("Wartet auf eine Antwort")
    expect(desk.locator("#change-text")).to_be_hidden()
    console.change("anna", state="mine", assignee=ME, waiting_since=None)
    expect(desk.locator("#change-text")).to_have_text("Dieses Gespräch liegt jetzt bei Ihnen.")
    desk.locator("#more summary").click()
    desk.locator("#release").click()

    expect(desk.locator("#state")).to_have_text("Wartet auf eine Antwort")
    expect(desk.locator("#change-text")).to_be_hidden()


def test_what_was_put_off_comes_back_with_a_word(desk: Page, console: FakeConsole) -> None:
    """Whoever looks at it sees that it is theirs again."""
    read(desk, "dora")
    console.change("dora", state="mine", snoozed_until=None)

    expect(desk.locator("#change-text")).to_have_text("Das zurückgestellte Gespräch ist wieder da.")


def test_single_guess_is_no_wavering(desk: Page, console: FakeConsole) -> None:
    """Only of several the bot wavers between."""
    row(desk, "anna").click()
    expect(desk.locator("#facts-list")).to_contain_text("Der Bot schwankte zwischen")
    guesses = [{"name": "Personalausweis", "score": 0.9}]
    at = console.now
    console.conversations["cem"]["messages"].append(to_message(2, "bot", "Bitte warten.", at, guesses=guesses))
    row(desk, "cem").click()

    expect(desk.locator("#facts-list")).to_contain_text("Der Bot dachte an")
    expect(desk.locator("#facts-list")).to_contain_text("Personalausweis (90 %)")


def test_conversation_is_given_to_a_colleague_by_the_lead(desk: Page, console: FakeConsole) -> None:
    """Also to one who is not there; the body names the member."""
    row(desk, "anna").click()
    further(desk, "assign")
    desk.locator("#step-staff_id").select_option(label="Herr Nowak (nicht da)")
    desk.locator("#step-go").click()
    expect(desk.locator("#state")).to_have_text("Wird von Herrn Nowak bearbeitet")

    assert console.steps("assign") == [{"staff_id": 4}]


def test_transfer_names_closed_offices_and_keeps_the_note_apart(desk: Page, console: FakeConsole) -> None:
    """What is closed can be chosen and says so; who is not there can't be."""
    row(desk, "cem").click()
    further(desk, "transfer")
    expect(desk.locator("#step-to option", has_text="Herr Nowak")).to_be_disabled()
    desk.locator("#step-to").select_option(label="Standesamt (jetzt geschlossen)")
    desk.locator("#step-note").fill("Es geht um den Namen.")
    desk.locator("#step-go").click()
    expect(desk.locator("#notice")).to_contain_text("weitergegeben")

    assert console.steps("transfer") == [{"office_id": "standesamt", "note": "Es geht um den Namen."}]


def test_put_off_until_a_chosen_moment(desk: Page, console: FakeConsole) -> None:
    """A moment of one's own needs to be given and can't lie in the past."""
    row(desk, "cem").click()
    further(desk, "snooze")
    desk.locator("#step-choice").select_option(label="Anderer Zeitpunkt")
    desk.locator("#step-go").click()
    expect(desk.locator("#step-dialog")).to_be_visible()
    desk.locator("#step-moment").fill("2020-01-02T09:00")
    desk.locator("#step-go").click()
    expect(desk.locator("#step-dialog")).to_be_visible()
    desk.locator("#step-moment").fill("2099-01-02T09:00")
    desk.locator("#step-go").click()
    expect(row(desk, "cem")).to_contain_text("zurück")

    assert [body["until"][:10] for body in console.steps("snooze")] == ["2099-01-02"]


def test_menu_closes_by_escape_and_by_a_click_elsewhere(desk: Page) -> None:
    """And Escape in it does not lead back to the list."""
    row(desk, "cem").click()
    desk.locator("#more summary").click()
    desk.keyboard.press("Escape")
    expect(desk.locator("#transfer")).to_be_hidden()
    expect(desk.locator("#more summary")).to_be_focused()
    desk.locator("#more summary").click()
    desk.locator("#log").click()

    expect(desk.locator("#transfer")).to_be_hidden()


def test_typing_fades_and_is_told(desk: Page, console: FakeConsole) -> None:
    """A citizen who stopped is not shown as typing for ever; the member's own typing is told sparingly."""
    desk.clock.install()
    desk.reload()
    read(desk, "cem")
    console.change("cem", citizen_is_typing=True)
    expect(desk.locator("#typing")).to_have_text("Die Bürgerin oder der Bürger schreibt …")
    desk.clock.fast_forward(9_500)
    expect(desk.locator("#typing")).to_have_text("")
    desk.locator("#reply").press_sequentially("Guten Tag")

    wait_until(lambda: console.steps("typing"))
    assert console.steps("typing") == [{"is_typing": True}]


FETCHES = """
    () => {
      const real = window.fetch;
      window.fetches = [];
      window.fetch = async (url, options) => {
        const name = url.split("/").pop();
        window.fetches.push(name);
        const response = await real(url, options);
        window.fetches.push(`${name} done`);
        return response;
      };
    }
"""


def fetched(desk: Page) -> list[str]:
    """The order of replies and of signs that one is written."""
    return [each for each in desk.evaluate("window.fetches") if each.split()[0] in ("typing", "replies")]


def test_reply_is_not_overtaken_by_the_sign_that_it_is_written(desk: Page) -> None:
    """Whoever replies at once would otherwise seem to go on writing."""
    held: list[Route] = []
    row(desk, "cem").click()
    expect(desk.locator("#reply")).to_be_enabled()
    desk.evaluate(FETCHES)
    desk.route("**/typing", lambda route: held.append(route))
    desk.locator("#reply").fill("Guten Tag")
    desk.locator("#reply").press("Enter")
    expect(desk.locator("#draft-state")).to_have_text("Wird gesendet …")
    held[0].continue_()
    expect(desk.locator(".by-staff .text").last).to_have_text("Guten Tag")

    assert fetched(desk) == ["typing", "typing done", "replies", "replies done"]


def test_draft_that_is_put_back_is_no_typing(desk: Page, console: FakeConsole) -> None:
    """After a suggestion was sent as it is, what was being written before stays, and the citizen sees nobody write."""
    row(desk, "cem").click()
    desk.evaluate(FETCHES)
    desk.locator("#reply").fill("Entwurf")
    wait_until(lambda: console.steps("typing"))
    said = desk.locator(".by-staff .text").count()
    desk.get_by_role("button", name="So senden").first.click()
    expect(desk.locator(".by-staff .text")).to_have_count(said + 1)
    expect(desk.locator("#reply")).to_have_value("Entwurf")

    assert fetched(desk) == ["typing", "typing done", "replies", "replies done"]


def test_alerts_are_wanted_first_and_hold_no_words_of_the_citizen(
    context: BrowserContext, desk: Page, console: FakeConsole
) -> None:
    """Off until switched on, remembered; a click on the notification opens the conversation."""
    context.add_init_script(NOTIFICATIONS)
    desk.reload()
    expect(desk.locator("#alerts")).to_have_attribute("aria-pressed", "false")
    desk.locator("#alerts").click()
    desk.reload()
    expect(desk.locator("#alerts")).to_have_attribute("aria-pressed", "true")
    expect(row(desk, "cem")).to_be_visible()
    desk.evaluate("Notification.permission = 'granted'")
    console.write("cem", "Meine Nummer ist 12345")
    expect(row(desk, "cem").locator(".badge")).to_contain_text("2")
    desk.wait_for_function("window.shown.length === 1")
    assert desk.evaluate("window.shown") == ["Neue Nachricht: Wohnsitz anmelden"]
    desk.evaluate("window.last.dispatchEvent(new Event('click'))")

    expect(desk.locator("#topic")).to_have_text("Wohnsitz anmelden")


def arrive(console: FakeConsole, id_: str, matter: int = 0) -> None:
    """A citizen comes into the queue; matters 0 and 4 are those of Frau Kaya's team."""
    console.conversations[id_] = to_conversation(id_, "waiting", console.now, matter)
    console.change(id_)


def check_alerted(page: Page, *, sounds: int, notifications: list[str]) -> None:
    """Wait until just so much was heard and seen; a sound is two tones."""
    page.wait_for_function("([tones, seen]) => window.tones >= tones && window.shown.length >= seen", arg=[
        2 * sounds, len(notifications)
    ])  # fmt: skip
    assert (page.evaluate("window.tones"), page.evaluate("window.shown")) == (2 * sounds, notifications)


@pytest.fixture
def listening(context: BrowserContext, console: FakeConsole, page: Page) -> Page:
    """The console with alerts on, sounds and notifications counted; switching on was heard once."""
    context.add_init_script(NOTIFICATIONS + TONES)
    enter(console, page)
    page.locator("#alerts").click()
    check_alerted(page, sounds=1, notifications=[])
    return page


def test_waiting_citizen_is_heard_and_seen_once(listening: Page, console: FakeConsole) -> None:
    """However often the list is fetched, and again when the same citizen comes back into the queue."""
    arrive(console, "new", 4)
    check_alerted(listening, sounds=2, notifications=["Jemand wartet: Bürgerbüro"])
    console.write("new", "Hallo?")
    expect(row(listening, "new").locator(".badge")).to_contain_text("2")
    console.change("new", state="colleague", assignee={"id": 2, "name": "Herr Brandt"})
    expect(listening.locator('[data-group="colleagues"] .row[data-id="new"]')).to_be_visible()
    check_alerted(listening, sounds=2, notifications=["Jemand wartet: Bürgerbüro"])
    console.change("new", state="waiting", assignee=None)

    check_alerted(listening, sounds=3, notifications=["Jemand wartet: Bürgerbüro"] * 2)


def test_citizen_of_another_team_alerts_nobody_here(listening: Page, console: FakeConsole) -> None:
    """They stand in the list, that is all."""
    arrive(console, "taxes", 2)
    expect(row(listening, "taxes")).to_be_visible()

    check_alerted(listening, sounds=1, notifications=[])


def test_console_in_sight_sounds_but_notifies_of_nothing(listening: Page, console: FakeConsole) -> None:
    """The list is before one's eyes, but one may be looking at paper."""
    listening.evaluate("window.isAway = false")
    arrive(console, "new")
    check_alerted(listening, sounds=2, notifications=[])
    expect(row(listening, "new")).to_be_visible()

    check_alerted(listening, sounds=2, notifications=[])


def test_alerts_that_are_off_are_silent(listening: Page, console: FakeConsole) -> None:
    """At once, and after a reload."""
    listening.locator("#alerts").click()
    arrive(console, "new")
    expect(row(listening, "new")).to_be_visible()
    check_alerted(listening, sounds=1, notifications=[])
    listening.reload()
    expect(row(listening, "new")).to_be_visible()
    arrive(console, "newer")
    expect(row(listening, "newer")).to_be_visible()

    check_alerted(listening, sounds=0, notifications=[])


def test_sounds_that_the_browser_forbade_are_not_made_up_for(listening: Page, console: FakeConsole) -> None:
    """Before the first click after a reload there is no sound; the click does not bring all of them at once."""
    listening.reload()
    expect(row(listening, "anna")).to_be_visible()
    listening.evaluate("AudioContext.isForbidden = true; Notification.permission = 'granted'")
    for number in range(3):
        arrive(console, f"new{number}")
        expect(row(listening, f"new{number}")).to_be_visible()
    check_alerted(listening, sounds=0, notifications=["Jemand wartet: Personalausweis"] * 3)
    listening.evaluate("AudioContext.isForbidden = false")
    listening.locator("#search").click()
    arrive(console, "last")

    check_alerted(listening, sounds=1, notifications=["Jemand wartet: Personalausweis"] * 4)


def test_reading_further_up_is_not_disturbed(desk: Page, console: FakeConsole) -> None:
    """A new message is offered by a button; who reads at the end sees it at once, whatever else on the page grows."""
    for number in range(40):
        console.write("cem", f"Nachricht {number}")
    row(desk, "cem").click()
    expect(desk.locator(".by-citizen .text").last).to_have_text("Nachricht 39")
    expect(desk.locator(".by-citizen .text").last).to_be_in_viewport()
    console.change("cem", viewers=[{"id": 2, "name": "Herr Brandt"}])
    console.write("cem", "Unten?")
    expect(desk.locator(".by-citizen .text").last).to_have_text("Unten?")
    expect(desk.locator(".by-citizen .text").last).to_be_in_viewport()
    desk.locator("#log").evaluate("log => log.scrollTop = 0")
    console.write("cem", "Noch eine")
    desk.locator("#below").click()

    expect(desk.locator(".by-citizen .text").last).to_have_text("Noch eine")
    expect(desk.locator(".by-citizen .text").last).to_be_in_viewport()


def test_lead_reads_the_figures_of_the_team(desk: Page, console: FakeConsole) -> None:
    """Waits, first replies, ratings and results; without the server it says so, and staff have no such button."""
    desk.locator("#figures-open").click()
    expect(desk.locator("#figures-rows tr").first).to_have_text("Alle8402:1202:514,36 (28)")
    expect(desk.locator("#figures-rows tr").last).to_have_text("Herr Brandt301 Std. 2 Min.1 Std. 6 Min.–")
    expect(desk.locator("#figures-results")).to_contain_text("An andere Stelle verwiesen14")
    expect(desk.locator("#figures-comments li")).to_contain_text("Freundlich und schnell")
    assert Axe().run(desk).response["violations"] == []
    console.failing = {"figures": 503}
    desk.locator("#figures-days").select_option("7")
    expect(desk.locator("#figures-state")).to_contain_text("gerade nicht zu bekommen")
    console.role = "staff"
    desk.reload()
    desk.locator('[data-live="true"]').wait_for()

    expect(desk.locator("#figures-open")).to_be_hidden()


def test_lead_opens_the_conversation_that_was_commented(desk: Page) -> None:
    """From the words to what they are about; the figures are closed."""
    desk.locator("#figures-open").click()
    desk.get_by_role("link", name="Bürgerbüro · 5 von 5").click()

    expect(desk.locator("#figures")).to_be_hidden()
    expect(desk.locator("#topic")).to_have_text("Wohnsitz anmelden")


def test_rating_and_words_stand_among_the_details(console: FakeConsole, desk: Page) -> None:
    """Of each earlier handoff, the latest first, as the citizen typed them."""
    at = "2026-11-23T09:10:00Z"
    console.conversations["cem"]["feedback"] = [
        {"rating": 4, "comment": "<b>Gut</b> $& {rating}", "ended_at": at},
        {"rating": 1, "comment": None, "ended_at": at},
    ]
    desk.reload()
    row(desk, "cem").click()

    facts = desk.locator("#facts-list")
    expect(facts).to_contain_text("4 von 5")
    expect(facts).to_contain_text("<b>Gut</b> $& {rating}")
    expect(facts).to_contain_text("1 von 5")


def test_editor_sees_no_conversations(console: FakeConsole, page: Page) -> None:
    """And is told why."""
    console.role = "editor"
    page.goto(console.url)

    expect(page.locator("#blank")).to_contain_text("Ihr Konto ist für die Redaktion")
    expect(page.locator("#queue")).to_be_hidden()


@pytest.mark.parametrize("size", SIZES)
def test_row_tells_number_office_and_channel_in_full(page: Page, console: FakeConsole, size: tuple[int, int]) -> None:
    """Beside however long a time; nothing is cut off."""
    late = to_ticket("2026-0002", "Kfz-Zulassungsstelle", "Wann?", at=NOON, due=console.now - timedelta(hours=51))
    console.fill([to_conversation("late", "bot", console.now, 1, channel="telegram", **late)])
    page.set_viewport_size({"width": size[0], "height": size[1]})
    enter(console, page)
    meta = row(page, "late").locator(".row-meta")
    expect(meta).to_contain_text("#2026-0002 · Kfz-Zulassungsstelle · Telegram")
    expect(meta).to_contain_text("überfällig seit 2 Tg. 3 Std.")

    cut_off = [
        part.inner_text() for part in meta.locator("span").all() if part.evaluate("e => e.scrollWidth > e.offsetWidth")
    ]
    assert cut_off == []


@pytest.mark.parametrize("size", SIZES)
def test_notice_covers_nothing(page: Page, console: FakeConsole, size: tuple[int, int]) -> None:
    """Neither rows nor messages nor what one needs to answer."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    enter(console, page)
    row(page, "cem").click()
    expect(page.locator("#reply")).to_be_enabled()
    further(page, "snooze")
    page.locator("#step-go").click()
    expect(page.locator("#notice")).to_be_visible()

    notice = page.locator("#notice").bounding_box()
    assert notice
    for part in page.locator("#queue:visible, .head, #log, #composer, .bar").all():
        box = part.bounding_box()
        assert box
        is_beside = box["x"] + box["width"] <= notice["x"] or notice["x"] + notice["width"] <= box["x"]
        is_above = box["y"] + box["height"] <= notice["y"] + 0.5 or notice["y"] + notice["height"] <= box["y"] + 0.5
        assert is_beside or is_above


@pytest.mark.parametrize("count", [0, 1, 200])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_width_holds_any_number(page: Page, console: FakeConsole, count: int, scheme: Any) -> None:
    """Nothing sticks out sideways and axe finds nothing, with no, one and two hundred conversations."""
    console.fill(one(console.now) if count == 1 else list(crowd(console.now, count))[:count])
    page.emulate_media(color_scheme=scheme)
    enter(console, page)

    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        violations = Axe().run(page).response["violations"]
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in violations] == []
