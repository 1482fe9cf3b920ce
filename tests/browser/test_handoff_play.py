"""Whole days at the town hall: a citizen at the widget, one on Telegram, two members of staff at their consoles.

Everything is real but Telegram, the engine and the clock: all tests share one program, and each is a day of its own.
"""

import itertools
import re
from collections.abc import Iterator
from datetime import date, datetime, time

import pytest
from playwright.sync_api import Browser, expect

from bot.upkeep import Pace
from tests.browser.townsfolk import BERLIN, AtConsole, Citizen, People, Town, check_has_read, shoot
from tests.fakes import MovableClock
from tests.integration.app import HAND_OFF, copy_town, running, stub_engine, to_content, to_settings
from tests.telegram_stand_in.serving import serve
from tests.telegram_stand_in.state import TOKEN, StandIn

pytestmark = pytest.mark.browser

SUNDAY = date(2026, 11, 8)
STAFF = {"kaya": "Frau Kaya", "brandt": "Herr Brandt"}
PERSON = "Kann ich bitte mit einem Menschen sprechen?"
HANDED_OFF = "Ich gebe Sie an einen Menschen weiter: Bürgerbüro."
KAYA_JOINED = "Frau Kaya hat das Gespräch übernommen."
BRANDT_JOINED = "Herr Brandt hat das Gespräch übernommen."
RATING = "Hat Ihnen das geholfen?"
UNSURE = ("Geht der Ausweis auch ohne Foto?", "Geht der Pass auch ohne Foto?")
UNSURE_ANSWER = "Ein Foto brauchen Sie für jeden Ausweis."


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The program on a Sunday, with offices that open from 8 to 16, and approval for what the bot is not sure of."""
    folder = tmp_path_factory.mktemp("town")
    clock = MovableClock(datetime.combine(SUNDAY, time(12), BERLIN))
    with stub_engine() as engine, serve(StandIn()) as telegram:
        settings = to_settings(
            folder, project_dir=copy_town(folder, "weekdays"), engine_url=engine.url, approval_below=0.5,
            telegram_token=TOKEN, telegram_base_url=telegram.url,
        )  # fmt: skip
        engine.script |= {
            PERSON: HAND_OFF,
            **{question: to_content(UNSURE_ANSWER, confidence=0.3) for question in UNSURE},
        }
        with running(settings, now=clock, pace=Pace(often=0.2)) as program:
            passwords = {username: program.employ(username, name) for username, name in STAFF.items()}
            yield Town(program, telegram, clock, passwords, itertools.count(41))


@pytest.fixture
def people(town: Town, browser: Browser) -> Iterator[People]:
    """Who comes today; a script error on any page fails the test."""
    people = People(town, browser)
    with people.profiles:
        yield people
    assert people.errors == []


def answer_and_end(member: AtConsole, citizen: Citizen, text: str) -> None:
    """The citizen reads the answer and, once the talk is over, the question whether it helped."""
    member.replies(text)
    citizen.reads(text)
    member.resolves("answered")
    citizen.reads(RATING)


def begin_talks(*talks: tuple[Citizen, str, AtConsole]) -> None:
    """Each citizen asks for a person, says what it is about, and is claimed by a member of staff."""
    for citizen, _, _ in talks:
        citizen.writes(PERSON)
    for citizen, matter, _ in talks:
        citizen.reads(HANDED_OFF)
        citizen.writes(matter)
    for _, matter, member in talks:
        member.claims(matter)
    for citizen, _, _ in talks:
        citizen.reads("hat das Gespräch übernommen")


def test_two_citizens_are_helped_by_two_people_and_then_by_the_bot_again(town: Town, people: People) -> None:
    """Each is answered by the person who took over and whose name they read, rates the talk, and asks the bot again."""
    town.next_day_comes(9)
    kim, anna = people.on_telegram(), people.at_widget()
    kaya, brandt = people.at_console("kaya"), people.at_console("brandt")
    begin_talks((anna, "Mein Perso ist weg.", kaya), (kim, "Mein Pass ist weg.", brandt))
    anna.sees_status("Im Gespräch: Frau Kaya")
    expect(brandt.row("Mein Pass ist weg.", "mine")).to_contain_text("Telegram")
    expect(brandt.row("Mein Perso ist weg.", "colleagues")).to_contain_text("Frau Kaya")
    kaya.replies("Seit wann fehlt der Ausweis?")
    brandt.replies("Seit wann fehlt der Pass?")
    assert "Frau Kaya (Stadt Musterstadt, ein Mensch):" in anna.reads("Seit wann fehlt der Ausweis?")
    assert "Herr Brandt (Stadt Musterstadt, ein Mensch):" in kim.reads("Seit wann fehlt der Pass?")
    anna.writes("Seit gestern.")
    kim.writes("Seit Montag.")
    kaya.reads("Seit gestern.")
    brandt.reads("Seit Montag.")
    shoot(anna.page, "11-live")
    shoot(brandt.page, "12-live")

    kaya.resolves("answered")
    brandt.resolves("forwarded")
    for citizen, rating in ((anna, "5"), (kim, "4")):
        citizen.reads(RATING)
        citizen.presses(rating)
    shoot(anna.page, "13-rating")
    expect(kaya.page.locator("#facts-list")).to_contain_text("5 von 5")
    expect(brandt.page.locator("#facts-list")).to_contain_text("4 von 5")
    for citizen in (anna, kim):
        citizen.reads("Vielen Dank für Ihre Bewertung.")
        citizen.writes("Was kostet ein neuer?")
        citizen.reads("Antwort auf: Was kostet ein neuer?")
    shoot(anna.page, "14-bot-again")

    for citizen, name, question in ((anna, "Frau Kaya", "der Ausweis?"), (kim, "Herr Brandt", "der Pass?")):
        joined, ended = f"{name} hat das Gespräch übernommen", f"{name} hat das Gespräch beendet"
        check_has_read(citizen, HANDED_OFF, joined, question, ended, RATING, "Vielen Dank", "Was kostet ein neuer?")


def test_office_closes_on_two_citizens_who_wait_for_a_reply(town: Town, people: People) -> None:
    """At closing time the talk becomes a ticket with number and promise, and the person answers it the next morning."""
    town.next_day_comes(15, 50)
    kim, anna, kaya = people.on_telegram(), people.at_widget(), people.at_console("kaya")
    matters = ((anna, "Perso kurz vor Schluss"), (kim, "Pass kurz vor Schluss"))
    begin_talks(*((citizen, matter, kaya) for citizen, matter in matters))
    for citizen, matter in matters:
        kaya.opens(matter)
        kaya.replies("Einen Moment, ich sehe nach.")
        citizen.reads("Einen Moment, ich sehe nach.")
        citizen.writes("Ja, gern.")
        kaya.reads("Ja, gern.")

    town.it_is(16, 1)
    for citizen, matter in matters:
        told = citizen.reads("Diese Stelle hat jetzt geschlossen: Bürgerbüro.")
        assert re.search(r"Ihre Nummer: 2026-\d{4}\.", told)
        assert re.search(r"bis morgen, .*, 16:00 Uhr", told)
        expect(kaya.row(matter, "tickets")).to_be_visible()
    told = re.compile(r"^Die Dienststelle hat geschlossen\. Aus dem Gespräch wurde Ticket 2026-\d{4}\.$")
    expect(kaya.page.locator("#change-text")).to_have_text(told)
    shoot(anna.page, "21-closed")
    shoot(kaya.page, "22-closed")
    anna.writes("Was kostet ein Pass?")
    anna.reads("Antwort auf: Was kostet ein Pass?")

    town.next_day_comes(8, 5)
    kaya = people.at_console("kaya")
    shoot(kaya.page, "23-morning")
    for citizen, matter in matters:
        kaya.claims(matter, "tickets")
        answer_and_end(kaya, citizen, "Guten Morgen, jetzt weiß ich es.")
    check_has_read(
        anna, HANDED_OFF, KAYA_JOINED, "Einen Moment", "Diese Stelle hat jetzt geschlossen", "Was kostet ein Pass?",
        KAYA_JOINED, "Guten Morgen", "beendet", RATING,
    )  # fmt: skip


def test_question_of_the_evening_is_answered_in_the_morning(town: Town, people: People) -> None:
    """Out of hours a citizen gets a number and a promise; in the morning the answer stands in the same chat."""
    town.next_day_comes(18)
    kim, anna = people.on_telegram(), people.at_widget()
    citizens = (anna, kim)
    for citizen in citizens:
        citizen.writes(PERSON)
    numbers = []
    for citizen in citizens:
        told = citizen.reads("Diese Stelle ist gerade nicht besetzt: Bürgerbüro. Ich habe Ihr Anliegen notiert.")
        assert re.search(r"bis morgen, .*, 16:00 Uhr", told)
        numbers += re.findall(r"2026-\d{4}", told)
    shoot(anna.page, "31-evening")

    town.next_day_comes(8, 5)
    kaya, brandt = people.at_console("kaya"), people.at_console("brandt")
    kaya.claims(numbers[0], "tickets")
    brandt.claims(numbers[1], "tickets")
    shoot(brandt.page, "32-ticket")
    for citizen, member in ((anna, kaya), (kim, brandt)):
        member.replies("Bringen Sie ein Foto mit.")
        citizen.reads("Bringen Sie ein Foto mit.")
        citizen.writes("Danke!")
        member.reads("Danke!")
    shoot(anna.page, "33-morning")
    for citizen, member, number in ((anna, kaya, numbers[0]), (kim, brandt, numbers[1])):
        member.resolves("answered")
        citizen.reads(RATING)
        expect(member.row(number, "tickets")).to_have_count(0)
        check_has_read(citizen, number, "hat das Gespräch übernommen", "Bringen Sie ein Foto mit.", "beendet", RATING)


def test_talk_is_passed_on_to_an_office_that_is_closed(town: Town, people: People) -> None:
    """It becomes a ticket there at once: the citizen reads where, the number and until when, and is asked nothing twice."""
    town.next_day_comes(13)
    kim, anna, kaya = people.on_telegram(), people.at_widget(), people.at_console("kaya")
    matters = ((anna, "Ich melde meinen Hund an."), (kim, "Ich melde meinen Hund ab."))
    begin_talks(*((citizen, matter, kaya) for citizen, matter in matters))
    for citizen, matter in matters:
        kaya.opens(matter)
        kaya.transfers("Steueramt (jetzt geschlossen)", "Bitte anrufen.")
        told = citizen.reads("Für Ihre Frage ist diese Stelle zuständig: Steueramt. Dort ist gerade niemand zu erreichen.")
        assert re.search(r"Ihre Nummer: 2026-\d{4}\.", told)
        assert re.search(r"bis \w+, .*, 12:00 Uhr", told)
        expect(kaya.row(matter, "tickets")).to_contain_text("Steueramt")
    shoot(anna.page, "41-passed-on")
    shoot(kaya.page, "42-passed-on")

    town.next_day_comes(8, 30)
    brandt = people.at_console("brandt")
    for citizen, matter in matters:
        brandt.claims(matter, "tickets")
        expect(brandt.page.locator(".note .text")).to_have_text("Bitte anrufen.")
        answer_and_end(brandt, citizen, "Das ist erledigt.")
        check_has_read(
            citizen, HANDED_OFF, KAYA_JOINED, "Steueramt", BRANDT_JOINED, "Das ist erledigt.", "beendet", RATING
        )  # fmt: skip
    shoot(brandt.page, "43-answered")


def test_colleague_comes_when_the_person_is_gone(town: Town, people: People) -> None:
    """Who closes the console and leaves a citizen without an answer loses the talk to the queue, and so to a colleague."""
    town.next_day_comes(9)
    kim, anna = people.on_telegram(), people.at_widget()
    kaya, brandt = people.at_console("kaya"), people.at_console("brandt")
    matters = ((anna, "Mein Perso läuft ab."), (kim, "Mein Pass läuft ab."))
    begin_talks(*((citizen, matter, kaya) for citizen, matter in matters))
    for citizen, matter in matters:
        kaya.opens(matter)
        kaya.replies("Ich schaue nach.")
        citizen.reads("Ich schaue nach.")
    kaya.leaves()
    for citizen, matter in matters:
        citizen.writes(f"Sind Sie noch da? {matter}")
        expect(brandt.row(f"Sind Sie noch da? {matter}", "colleagues")).to_contain_text("Frau Kaya")

    town.it_is(9, 31)
    for citizen, _ in matters:
        citizen.reads("Die Person, die das Gespräch übernommen hatte, kann gerade nicht weiterschreiben.")
    anna.sees_status("Die Antwort erscheint hier.")
    shoot(anna.page, "51-queue-again")
    for citizen, matter in matters:
        brandt.claims(f"Sind Sie noch da? {matter}")
        answer_and_end(brandt, citizen, "Ja, jetzt bin ich für Sie da.")
        check_has_read(
            citizen, HANDED_OFF, KAYA_JOINED, "Ich schaue nach.", "Die Person, die das Gespräch übernommen hatte",
            BRANDT_JOINED, "Ja, jetzt bin ich für Sie da.", "beendet", RATING,
        )  # fmt: skip
    shoot(anna.page, "52-colleague")


def test_answer_that_the_bot_is_not_sure_of_is_approved(town: Town, people: People) -> None:
    """It is not said before a person has looked at it, who sends it with one click; the citizen reads it under their name."""
    town.next_day_comes(9)
    kim, anna = people.on_telegram(), people.at_widget()
    kaya, brandt = people.at_console("kaya"), people.at_console("brandt")
    for citizen, question in zip((anna, kim), UNSURE, strict=True):
        citizen.writes(question)
    for citizen, member, question in zip((anna, kim), (kaya, brandt), UNSURE, strict=True):
        citizen.reads("Ein Mensch prüft die Antwort, bevor Sie sie bekommen: Bürgerbüro.")
        member.claims(question)
    shoot(anna.page, "61-unsure")
    for member in (kaya, brandt):
        suggestion = member.page.locator(".suggestion", has_text=UNSURE_ANSWER)
        shoot(member.page, "62-suggestion")
        suggestion.get_by_role("button", name="So senden").click()
    for citizen, member, name in ((anna, kaya, "Frau Kaya"), (kim, brandt, "Herr Brandt")):
        assert name in citizen.reads(UNSURE_ANSWER)
        member.resolves("answered")
        citizen.reads(RATING)
        check_has_read(citizen, "Ein Mensch prüft", f"{name} hat", UNSURE_ANSWER, "beendet", RATING)
    shoot(anna.page, "63-approved")
