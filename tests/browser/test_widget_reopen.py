"""The ticket's card in the chat widget, and the way back to an earlier conversation."""

import json
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from .conftest import Site
from .fake_api import wait_until
from .test_widget import DARK, PHONE, SMALLEST, choose, focused_class, messages, stored, violations

NUMBER, CODE = "2026-0042", "K7QM-3XRT-9HWA"
TICKET = {"ticket": NUMBER, "access_code": CODE}
FORCED = {"forced_colors": "active"}
NO_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', { value: undefined })"
SAID = "Ihr Ausweis ist fertig und liegt im Bürgerbüro."


def get_ticket(site: Site) -> Locator:
    """Ask for a person at night; the card."""
    site.open()
    site.write("Bitte ein Mensch")
    expect(messages(site, "citizen")).to_have_count(1)
    site.api.set_status("bot", **TICKET)
    site.api.say(f"Ich habe Ihr Anliegen notiert. Ihre Nummer: {NUMBER}.", language="de")
    expect(messages(site, "bot")).to_have_count(2)
    return site.page.locator(".card")


def come_back(site: Site) -> None:
    """The tab was closed; a person has answered meanwhile, and the citizen opens the chat anew."""
    get_ticket(site)
    site.api.say(SAID, "staff", author_name="Sabine Keller")
    expect(messages(site, "staff")).to_be_visible()
    site.page.evaluate("sessionStorage.clear()")
    site.page.goto("about:blank")
    site.open()


def form(site: Site) -> Locator:
    """The form for number and code."""
    return site.page.locator(".reopen")


def fill(site: Site, number: str, code: str) -> None:
    """Type number and code, and press Enter."""
    form(site).get_by_label("Nummer der Anfrage").fill(number)
    form(site).get_by_label("Code", exact=True).fill(code)
    form(site).get_by_label("Code", exact=True).press("Enter")


# The card


def test_card_shows_number_and_code_of_the_ticket(site: Site) -> None:
    """It comes with the ticket, is read out once, and goes when the ticket is closed."""
    card = get_ticket(site)
    expect(card).to_contain_text(f"Ihre Anfrage {NUMBER}")
    expect(card).to_contain_text("Bewahren Sie Nummer und Code auf")
    expect(card.locator(".code")).to_have_text(CODE)
    expect(site.page.locator(".body > .unseen")).to_contain_text(CODE)
    expect(messages(site).filter(has_text=CODE)).to_have_count(0)

    site.api.set_status("resolved")

    expect(card).to_be_hidden()


def test_code_is_not_kept_in_the_browser(site: Site) -> None:
    """After a reload it comes from the server, and is not read out again."""
    get_ticket(site)
    assert CODE not in json.dumps(stored(site.page))
    site.page.reload()

    expect(site.page.locator(".card .code")).to_have_text(CODE)
    expect(messages(site)).to_have_count(3)
    assert site.page.locator(".body > .unseen").text_content() == ""


@pytest.mark.parametrize("has_clipboard", [True, False], ids=["clipboard", "none"])
def test_number_and_code_are_copied(site: Site, has_clipboard: bool) -> None:
    """By the clipboard's interface or without; said to the eye and to screen readers, and the focus stays."""
    if has_clipboard:
        site.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    else:
        site.page.add_init_script(NO_CLIPBOARD)
    card = get_ticket(site)
    button = card.get_by_role("button", name="Nummer und Code kopieren")
    button.click()

    expect(button).to_have_text("Kopiert")
    expect(site.page.locator(".body > .unseen")).to_have_text("Nummer und Code sind kopiert.")
    assert focused_class(site.page) == "plain copy"
    site.page.locator("textarea").focus()
    site.page.keyboard.press("Control+V")
    expect(site.page.locator("textarea")).to_have_value(f"Anfrage {NUMBER}, Code {CODE}")


def test_copying_that_fails_is_said(site: Site) -> None:
    """The citizen reads what to do instead."""
    site.page.add_init_script(f"{NO_CLIPBOARD}; document.execCommand = () => false")
    get_ticket(site).get_by_role("button", name="Nummer und Code kopieren").click()

    expect(site.page.locator(".notice:visible")).to_contain_text("schreiben Sie Nummer und Code auf")


@pytest.mark.parametrize("context_options", [{}, PHONE], ids=["desktop", "phone"])
def test_card_is_folded_and_unfolded(site: Site) -> None:
    """Folded it leaves the room to the messages; the next word about the same ticket does not open it again."""
    card = get_ticket(site)
    summary, code = card.locator("summary"), card.locator(".code")
    expect(code).to_be_visible()
    summary.click()
    expect(code).to_be_hidden()
    site.api.set_status("waiting", **TICKET)
    expect(site.page.locator(".status")).to_be_visible()
    expect(code).to_be_hidden()

    summary.press("Enter")

    expect(code).to_be_visible()


@pytest.mark.parametrize("context_options", [PHONE], ids=["phone"])
def test_card_gives_way_to_the_keyboard(site: Site) -> None:
    """Above an on-screen keyboard only its heading stays; afterwards it is open again."""
    card = get_ticket(site)
    site.page.set_viewport_size({"width": 360, "height": 400})
    expect(card.locator(".code")).to_be_hidden()

    site.page.set_viewport_size({"width": 360, "height": 740})

    expect(card.locator(".code")).to_be_visible()


# The way back


@pytest.mark.parametrize("way", ["menu", "link"])
def test_answer_is_read_the_next_day(site: Site, way: str) -> None:
    """Number and code bring back the whole conversation, which goes on where it was; the token is new."""
    come_back(site)
    before = stored(site.page)["token"]
    if way == "menu":
        choose(site, "Frühere Anfrage öffnen")
    else:
        site.page.locator(".earlier").get_by_role("button").click()
    expect(form(site).get_by_role("heading", name="Frühere Anfrage öffnen")).to_be_visible()
    fill(site, NUMBER, CODE)

    expect(messages(site, "staff")).to_contain_text(SAID)
    expect(messages(site)).to_have_count(4)
    expect(form(site)).to_be_hidden()
    expect(site.page.locator(".earlier")).to_be_hidden()
    assert focused_class(site.page) == "log"
    assert stored(site.page)["token"] != before
    first = next(iter(site.api.conversations.values()))
    assert stored(site.page)["id"] == first.id
    site.write("Vielen Dank")
    wait_until(lambda: first.messages[-1]["text"] == "Vielen Dank")
    site.page.reload()
    expect(messages(site)).to_have_count(5)


def test_wrong_code_is_told_inline(site: Site) -> None:
    """What was typed stays, the fields are marked, the focus is in the first one; the second attempt works."""
    come_back(site)
    choose(site, "Frühere Anfrage öffnen")
    fill(site, NUMBER, "AAAA-BBBB-CCCC")
    alert = form(site).get_by_role("alert")
    expect(alert).to_contain_text("lässt sich kein Gespräch öffnen")
    for label in ("Nummer der Anfrage", "Code"):
        expect(form(site).get_by_label(label, exact=True)).to_have_attribute("aria-invalid", "true")
    expect(form(site).get_by_label("Nummer der Anfrage")).to_be_focused()
    expect(form(site).get_by_label("Code", exact=True)).to_have_value("AAAA-BBBB-CCCC")

    fill(site, NUMBER, CODE)

    expect(messages(site, "staff")).to_contain_text(SAID)


@pytest.mark.parametrize(
    ("status", "told"), [(429, "zu viele Versuche"), (503, "lässt sich gerade nicht öffnen"), (422, "gerade nicht öffnen")]
)
def test_attempt_that_fails_is_told_inline(site: Site, status: int, told: str) -> None:
    """The citizen reads whether to wait or to try again, and nothing else changes."""
    site.open()
    before = stored(site.page)
    site.api.fail("POST reopen", status)
    choose(site, "Frühere Anfrage öffnen")
    fill(site, NUMBER, CODE)

    expect(form(site).get_by_role("alert")).to_contain_text(told)
    assert stored(site.page) == before


def test_empty_field_is_named_before_anything_is_sent(site: Site) -> None:
    """One after the other, each with the focus in it."""
    site.open()
    choose(site, "Frühere Anfrage öffnen")
    form(site).get_by_role("button", name="Gespräch öffnen").click()
    expect(form(site).get_by_role("alert")).to_have_text("Bitte geben Sie die Nummer ein.")
    expect(form(site).get_by_label("Nummer der Anfrage")).to_be_focused()
    fill(site, NUMBER, " ")

    expect(form(site).get_by_role("alert")).to_have_text("Bitte geben Sie den Code ein.")
    expect(form(site).get_by_label("Code", exact=True)).to_be_focused()
    assert site.api.reopenings == []


@pytest.mark.parametrize("field", ["Nummer der Anfrage", "Code"])
def test_what_was_copied_is_put_into_both_fields(site: Site, field: str) -> None:
    """Number and code are pasted in one piece, into whichever field."""
    site.open()
    choose(site, "Frühere Anfrage öffnen")
    form(site).get_by_label(field, exact=True).fill(f"Anfrage {NUMBER}, Code {CODE}")

    expect(form(site).get_by_label("Nummer der Anfrage")).to_have_value(NUMBER)
    expect(form(site).get_by_label("Code", exact=True)).to_have_value(CODE)


@pytest.mark.parametrize("leave", ["Escape", "button"])
def test_leaving_the_form_leads_back_to_the_chat(site: Site, leave: str) -> None:
    """The focus goes back to where the form was opened, nothing that was typed stays, and the chat is as it was."""
    site.open()
    site.page.locator(".earlier").get_by_role("button").click()
    expect(site.page.locator("textarea")).to_be_hidden()
    form(site).get_by_label("Code", exact=True).fill(CODE)
    if leave == "Escape":
        site.page.keyboard.press("Escape")
    else:
        form(site).get_by_role("button", name="Zurück zum Chat").click()

    expect(form(site)).to_be_hidden()
    expect(site.page.locator(".panel")).to_be_visible()
    expect(messages(site)).to_have_count(1)
    assert focused_class(site.page) == "link"
    choose(site, "Frühere Anfrage öffnen")
    expect(form(site).get_by_label("Code", exact=True)).to_have_value("")
    site.page.keyboard.press("Escape")
    assert focused_class(site.page) == "icon-button more"


def test_who_leaves_a_conversation_is_told_so(site: Site) -> None:
    """Only where something was written; then the link has gone and the menu is the way."""
    site.open()
    choose(site, "Frühere Anfrage öffnen")
    expect(form(site).get_by_text("hier dann nicht mehr zu sehen")).to_be_hidden()
    site.page.keyboard.press("Escape")
    site.write("Hallo")
    expect(site.page.locator(".earlier")).to_be_hidden()

    choose(site, "Frühere Anfrage öffnen")

    expect(form(site).get_by_text("hier dann nicht mehr zu sehen")).to_be_visible()


def test_own_conversation_can_be_opened_again(site: Site) -> None:
    """Who opens the conversation that is open already loses nothing."""
    get_ticket(site)
    choose(site, "Frühere Anfrage öffnen")
    fill(site, NUMBER, CODE)

    expect(messages(site)).to_have_count(3)
    expect(form(site)).to_be_hidden()
    site.write("Noch etwas")
    wait_until(lambda: site.api.texts == ["Bitte ein Mensch", "Noch etwas"])
    assert len(site.api.conversations) == 1


def test_messages_that_arrive_behind_the_form_are_there_afterwards(site: Site) -> None:
    """The form covers the conversation, which goes on."""
    site.open()
    choose(site, "Frühere Anfrage öffnen")
    site.api.say(SAID, "staff", author_name="Keller")
    site.page.keyboard.press("Escape")

    expect(messages(site, "staff")).to_be_in_viewport()


# Looks


@pytest.mark.parametrize(
    "context_options", [{}, DARK, PHONE, SMALLEST, FORCED], ids=["light", "dark", "phone", "320px", "forced"]
)
def test_card_and_form_are_accessible(site: Site, context_options: dict[str, Any]) -> None:
    """axe-core has no complaint, nothing scrolls sideways, and what is pressed is at least 44 px high."""
    found: list[str] = []

    def look(part: str) -> None:
        found.extend(violations(site.page))
        for scroller in (".panel", ".log", part):
            found.extend(
                [f"{scroller} is too wide"] * site.page.locator(scroller).evaluate("n => n.scrollWidth > n.clientWidth")
            )
        targets = site.page.locator(f"{part} :is(button, summary, input):visible").all()
        boxes = [target.bounding_box() for target in targets]
        found.extend(f"{part} {box}" for box in boxes if box and box["height"] < 44)

    get_ticket(site)
    expect(site.page.locator(".card .code")).to_be_visible()
    look(".card")
    choose(site, "Frühere Anfrage öffnen")
    look(".reopen")
    fill(site, "1", "2")
    expect(form(site).get_by_role("alert")).not_to_be_empty()
    look(".reopen")

    assert found == []


@pytest.mark.parametrize("context_options", [PHONE], ids=["phone"])
def test_focus_goes_round_inside_the_form_on_a_phone(site: Site) -> None:
    """What the form covers can not be reached by Tab."""
    site.open()
    choose(site, "Frühere Anfrage öffnen")
    form(site).get_by_role("button", name="Zurück zum Chat").focus()
    site.page.keyboard.press("Tab")
    assert focused_class(site.page) == "icon-button language"
    site.page.keyboard.press("Shift+Tab")

    expect(form(site).get_by_role("button", name="Zurück zum Chat")).to_be_focused()


def test_form_follows_the_language_of_the_surface(site: Site) -> None:
    """Also an error that is shown already."""
    site.open()
    choose(site, "Frühere Anfrage öffnen")
    fill(site, NUMBER, CODE)
    expect(form(site).get_by_role("alert")).to_contain_text("kein Gespräch")

    site.page.locator(".icon-button.language").click()

    expect(form(site).get_by_role("alert")).to_contain_text("No conversation can be opened")
    expect(form(site).get_by_role("heading")).to_have_text("Open an earlier enquiry")
