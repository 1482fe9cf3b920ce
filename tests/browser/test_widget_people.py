"""The chat widget while people have the conversation: waiting, typing, rating, and the file to keep."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from .conftest import Site
from .fake_api import wait_until
from .test_widget import DARK, PHONE, SMALLEST, choose, focused_class, messages, violations

WAITING = {
    "text": "Ich gebe Sie an einen Menschen weiter: Bürgerbüro.",
    "buttons": [{"title": "Zurück zum Chatbot"}],
    "purpose": "waiting",
    "language": "de",
}
RATING = {
    "text": "Hat Ihnen das geholfen? Bitte bewerten Sie von 1 (gar nicht) bis 5 (sehr).",
    "buttons": [{"title": str(number)} for number in range(1, 6)],
    "purpose": "rating",
    "language": "de",
}


def wait_for_person(site: Site, **place: Any) -> Locator:
    """Ask for a person and be told to wait; the way back in the status line."""
    site.open()
    site.write("Bitte ein Mensch")
    expect(messages(site, "citizen")).to_have_count(1)
    site.api.set_status("waiting", **place)
    site.api.say(author="bot", **WAITING)
    expect(messages(site, "bot")).to_have_count(2)
    return site.page.locator(".way-back")


# Waiting


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ({}, ""),
        ({"position": 3}, "Platz 3 in der Warteschlange."),
        ({"position": 1, "estimate_minutes": 1}, "Sie sind als Nächstes an der Reihe. Zuletzt dauerte es etwa eine Minute."),
        ({"position": 2, "estimate_minutes": 7}, "Platz 2 in der Warteschlange. Zuletzt dauerte es etwa 7 Minuten."),
    ],
    ids=["nothing known", "no estimate", "next", "both"],
)
def test_place_in_the_queue_is_shown_as_far_as_it_is_known(site: Site, place: dict[str, int], shown: str) -> None:
    """What the server does not know is not guessed; the line is announced to screen readers."""
    wait_for_person(site, **place)

    line = site.page.locator(".status").get_by_role("status")
    expect(line).to_have_text(f"Ihre Anfrage liegt bei unseren Mitarbeitenden. Die Antwort erscheint hier. {shown}".strip())


def test_way_back_to_the_bot_holds_as_long_as_the_citizen_waits(site: Site) -> None:
    """Who has described the matter meanwhile can still stop waiting, in the status line; pressed once it is gone."""
    way_back = wait_for_person(site, position=2)
    site.write("Es geht um meinen Ausweis.")
    expect(messages(site, "citizen")).to_have_count(2)
    expect(way_back).to_have_text("Zurück zum Chatbot")

    way_back.click()

    wait_until(lambda: site.api.texts[-1:] == ["Zurück zum Chatbot"])
    assert site.api.pressed[-1] == {"seq": 3, "index": 0}
    expect(way_back).to_be_hidden()
    expect(messages(site, "bot").last.locator(".quick-reply")).to_have_attribute("data-chosen", "true")


def test_way_back_ends_when_a_person_comes(site: Site) -> None:
    """From then on only the person ends it, so nothing invites to press."""
    way_back = wait_for_person(site)
    expect(way_back).to_be_visible()

    site.api.set_status("live", assignee="Sabine Keller")

    expect(way_back).to_be_hidden()
    expect(messages(site, "bot").last.locator(".quick-reply")).to_be_disabled()


def test_snoozed_conversation_says_who_answers_later(site: Site) -> None:
    """Put off is not forgotten; after a reload with the panel closed the widget still listens for the reply."""
    site.open()
    site.api.set_status("snoozed", assignee="Sabine Keller")
    expect(site.page.locator(".status")).to_have_text(
        "Sabine Keller antwortet Ihnen später hier. Sie können jederzeit weiterschreiben."
    )
    site.page.keyboard.press("Escape")
    site.page.reload()
    wait_until(lambda: len(site.api.requests("GET", "/events")) == 2)

    site.api.say("Da bin ich wieder.", "staff", author_name="Sabine Keller")

    expect(site.page.locator(".badge")).to_have_text("1")


# Typing


def test_person_who_types_is_shown_and_read_out(site: Site) -> None:
    """Three dots with the name for the eye, the same words for screen readers; both end with the message."""
    site.open()
    dots, read_out = site.page.locator(".typing"), site.page.locator(".panel > .unseen")
    site.api.set_status("live", assignee="Sabine Keller", staff_is_typing=True)
    expect(dots).to_contain_text("Sabine Keller schreibt …")
    expect(dots.locator(".dots i")).to_have_count(3)
    expect(read_out).to_have_text("Sabine Keller schreibt …")

    site.api.say("Guten Tag!", "staff", author_name="Sabine Keller")

    expect(dots).to_be_hidden()
    expect(read_out).to_have_text("")


def test_typing_of_a_person_ends_without_a_message(site: Site) -> None:
    """Who stops typing no longer seems to write."""
    site.open()
    site.api.set_status("live", assignee="Keller", staff_is_typing=True)
    expect(site.page.locator(".typing")).to_be_visible()

    site.api.set_status("live", assignee="Keller")

    expect(site.page.locator(".typing")).to_be_hidden()


def test_staff_are_told_seldom_that_the_citizen_types(site: Site) -> None:
    """A sign at the first key and every four seconds, one at the end; none while only the bot listens."""
    site.page.clock.install()
    site.open()
    site.page.locator("textarea").press_sequentially("Nur für den Bot")
    site.api.set_status("live", assignee="Keller")
    expect(site.page.locator(".status")).to_be_visible()
    assert site.api.typing_signs == []

    site.page.locator("textarea").fill("")
    site.page.locator("textarea").press_sequentially("Guten Tag")
    wait_until(lambda: site.api.typing_signs == [True])
    site.page.clock.run_for(4_500)
    site.page.locator("textarea").press_sequentially(" Frau Keller")
    wait_until(lambda: site.api.typing_signs == [True, True])
    site.page.locator("textarea").press("Enter")

    wait_until(lambda: site.api.typing_signs == [True, True, False])
    expect(messages(site, "citizen")).to_have_count(1)


def test_lost_sign_of_typing_harms_nothing(site: Site) -> None:
    """Whatever the server answers to it, messages go through and nothing is shown."""
    site.open()
    site.api.set_status("live", assignee="Keller")
    site.api.fail("POST typing", 429, 500)
    expect(site.page.locator(".status")).to_be_visible()

    site.page.locator("textarea").press_sequentially("Hallo")
    site.page.locator("textarea").press("Enter")

    wait_until(lambda: site.api.texts == ["Hallo"])
    expect(site.page.locator(".notice:visible")).to_have_count(0)


# Rating


@pytest.mark.parametrize("context_options", [{}, DARK, SMALLEST], ids=["light", "dark", "320px"])
def test_rating_is_a_scale_from_one_to_five(site: Site) -> None:
    """Five digits in one row that are easy to hit, in a named group; the chosen one stays marked."""
    site.open()
    site.write("Danke")
    site.page.locator('.message[data-author="citizen"][data-state="received"]').wait_for()
    site.api.set_status("resolved")
    site.api.say(author="system", **RATING)
    buttons = site.page.locator(".scale .quick-reply")
    expect(buttons).to_have_text(["1", "2", "3", "4", "5"])
    boxes = [button.bounding_box() or {} for button in buttons.all()]
    assert len({box["y"] for box in boxes}) == 1
    assert min(min(box["width"], box["height"]) for box in boxes) >= 44
    assert violations(site.page) == []

    site.page.get_by_role("group", name="Bewertung von 1 bis 5").get_by_role("button", name="5").click()

    wait_until(lambda: site.api.pressed[-1:] == [{"seq": 3, "index": 4}])
    expect(buttons.last).to_have_text("5, ausgewählt")
    expect(buttons.last).to_be_disabled()
    assert violations(site.page) == []


# The menu and the file


def test_conversation_is_saved_as_a_text_file(site: Site) -> None:
    """The menu gives the file that the server made, with today's date in its name, and says so to screen readers."""
    site.open()
    site.write("Hallo")
    expect(messages(site)).to_have_count(2)

    with site.page.expect_download() as download:
        choose(site, "Gespräch speichern")

    assert download.value.suggested_filename.startswith("rathausbote-20")
    assert Path(download.value.path()).read_text("utf-8").endswith("citizen: Hallo")
    expect(site.page.locator(".panel > .unseen")).to_have_text("Das Gespräch wurde als Textdatei gespeichert.")
    assert focused_class(site.page) == "icon-button more"


def test_failed_file_is_said(site: Site) -> None:
    """The citizen reads that it did not work, and what to do."""
    site.open()
    site.api.fail("GET transcript", 503)

    choose(site, "Gespräch speichern")

    expect(site.page.locator(".notice:visible")).to_contain_text("lässt sich gerade nicht speichern")


@pytest.mark.parametrize("context_options", [{}, PHONE], ids=["desktop", "phone"])
def test_menu_closes_as_one_expects(site: Site) -> None:
    """By Escape, by its own button, by a press beside it and by leaving it with the keyboard; the panel stays open."""
    site.open()
    opener, menu = site.page.locator(".icon-button.more"), site.page.locator(".menu")
    for close in (
        lambda: site.page.keyboard.press("Escape"),
        opener.click,
        lambda: site.page.locator(".log").click(position={"x": 5, "y": 5}),
        lambda: [site.page.keyboard.press("Tab") for _ in range(3)],
    ):
        opener.click()
        expect(menu).to_be_visible()
        expect(opener).to_have_attribute("aria-expanded", "true")
        assert focused_class(site.page) == "entry new"

        close()

        expect(menu).to_be_hidden()
        expect(opener).to_have_attribute("aria-expanded", "false")
        expect(site.page.locator(".panel")).to_be_visible()
