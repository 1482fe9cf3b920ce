"""Two members of staff at the console pass work on, leave notes, use what is prepared, and see each other."""

import pytest
from playwright.sync_api import Page, expect

from bot.domain.conversations import Conversation, ConversationStatus
from bot.domain.handoffs import Result
from bot.domain.messages import Author
from tests.browser.test_console import PHONE, Enter, Stage, check_view, claim, enter, fill_town, further, resolve, row, stage

__all__ = ["enter", "stage"]


@pytest.fixture
def page(stage: Stage, enter: Enter) -> Page:
    """Frau Kaya holds Anna's conversation."""
    stage.arrive()
    opened = enter()
    claim(opened)
    return opened


def stored(stage: Stage) -> Conversation:
    """Anna's conversation as it is stored."""
    return stage.happens(stage.town.get("anna"))


async def type_as_citizen(stage: Stage) -> None:
    """Anna is typing."""
    async with stage.town.storage.begin() as unit:
        await unit.note_typing("anna", Author.CITIZEN, at=stage.town.clock())
        await unit.commit()


def test_result_is_kept_and_the_citizen_asked(stage: Stage, page: Page) -> None:
    """Closing asks for the result; the citizen may rate, and nobody is asked by accident."""
    page.locator("#resolve").click()
    page.locator("#step-cancel").click()
    assert stored(stage).is_held
    resolve(page, "forwarded")
    expect(page.locator("#state")).to_have_text("Erledigt")

    assert stored(stage).status is ConversationStatus.RESOLVED
    assert stage.town.storage.tables.handoffs[-1].result is Result.FORWARDED


def test_note_is_read_by_colleagues_and_by_no_citizen(stage: Stage, page: Page, enter: Enter) -> None:
    """It appears at both consoles without a reload, and in no message."""
    colleague = enter("brandt")
    row(colleague, "Personalausweis", "colleagues").click()
    page.locator("#note").fill("Ruft am Montag noch einmal an.")
    page.locator("#note-form button").click()

    expect(page.locator(".note .text")).to_have_text("Ruft am Montag noch einmal an.")
    expect(colleague.locator(".note .text")).to_have_text("Ruft am Montag noch einmal an.")
    expect(colleague.locator(".note .byline")).to_contain_text("Frau Kaya")
    assert all("Montag" not in text for _, text in stage.happens(stage.town.said("anna")))


def test_both_see_who_else_has_it_open(stage: Stage, page: Page, enter: Enter) -> None:
    """Before two people do the same work."""
    colleague = enter("brandt")
    row(colleague, "Personalausweis", "colleagues").click()

    expect(page.locator("#viewers")).to_have_text("Auch offen bei Herrn Brandt")
    expect(colleague.locator("#viewers")).to_have_text("Auch offen bei Frau Kaya")


def test_canned_response_is_found_and_edited(page: Page) -> None:
    """A slash in the empty reply opens them, words find one, its placeholders are filled, and it can be changed."""
    page.locator("#reply").press("/")
    page.locator("#canned-search").fill("begrüß")
    expect(page.locator(".canned-item")).to_have_count(1)
    page.locator("#canned-search").press("Enter")
    expect(page.locator("#canned")).to_be_hidden()

    text = page.locator("#reply").input_value()
    assert "Frau Kaya" in text
    assert "{" not in text
    page.locator("#reply").press("End")
    page.keyboard.type(" Bis gleich.")
    page.locator("#reply").press("Enter")
    expect(page.locator(".by-staff .text")).to_contain_text("Bis gleich.")


def test_suggestion_is_sent_with_one_click(page: Page) -> None:
    """What was being written stays."""
    page.locator("#reply").fill("halb fertig")
    suggestion = page.locator(".suggestion").first
    text = suggestion.locator(".text").inner_text()
    suggestion.get_by_role("button", name="So senden").click()

    expect(page.locator(".by-staff .text")).to_have_text(text)
    expect(page.locator("#reply")).to_have_value("halb fertig")


def test_conversation_is_put_off_and_comes_back(stage: Stage, page: Page) -> None:
    """It leaves the desk for a while; its person may take it up again at any time."""
    further(page, "snooze")
    page.locator("#step-go").click()
    expect(row(page, "Personalausweis", "snoozed")).to_be_visible()
    assert stored(stage).is_snoozed
    page.locator("#claim").click()

    expect(row(page, "Personalausweis", "mine")).to_be_visible()
    assert stored(stage).is_held


def test_colleague_gets_it_with_a_note(stage: Stage, page: Page, enter: Enter) -> None:
    """Only one who is there can be chosen."""
    colleague = enter("brandt")
    page.reload()
    page.locator("#reply:not([disabled])").wait_for()
    further(page, "transfer")
    page.locator("#step-to").select_option(label="Herr Brandt")
    page.locator("#step-note").fill("Bitte übernehmen.")
    page.locator("#step-go").click()

    row(colleague, "Personalausweis", "mine").click()
    expect(colleague.locator(".note .text")).to_have_text("Bitte übernehmen.")
    assert stored(stage).assignee_name == "Herr Brandt"


def test_back_in_the_queue_anybody_may_take_it(stage: Stage, page: Page, enter: Enter) -> None:
    """The citizen keeps waiting, and sees why."""
    further(page, "release")
    expect(row(page, "Personalausweis", "waiting")).to_be_visible()
    claim(enter("brandt"))

    assert stored(stage).assignee_name == "Herr Brandt"


def test_search_finds_words_and_gives_the_list_back(stage: Stage, page: Page) -> None:
    """Instead of the groups, until the box is empty again."""
    page.locator("#search").fill("perso ist weg")
    expect(row(page, "Personalausweis", "found")).to_be_visible()
    page.locator("#search").fill("gibt es nirgends")
    expect(page.locator('[data-group="found"] .empty')).to_be_visible()
    page.locator("#search").fill("")

    expect(row(page, "Personalausweis", "mine")).to_be_visible()
    expect(page.locator('[data-group="found"]')).to_be_hidden()


def test_presence_is_switched_and_seen(stage: Stage, page: Page) -> None:
    """Away is away until one says otherwise."""
    expect(page.locator("#presence")).to_have_text("Anwesend")
    page.locator("#presence").click()
    expect(page.locator("#presence")).to_have_text("Abwesend")

    member, _ = stage.town.storage.tables.staff["kaya"]
    assert member.is_away


def test_typing_is_seen(stage: Stage, page: Page) -> None:
    """The citizen's at the console, the person's on the way to the citizen."""
    page.locator("#reply").press_sequentially("Gut")
    stage.happens(type_as_citizen(stage))

    expect(page.locator("#typing")).to_have_text("Die Bürgerin oder der Bürger schreibt …")
    assert stage.town.storage.tables.typing["anna", Author.STAFF] is not None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_dialogs_are_accessible(stage: Stage, page: Page, scheme: str) -> None:
    """Each is named, labelled, readable in both schemes, and closes with Escape."""
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for open_, name in (("transfer", "transfer"), ("snooze", "snooze")):
        further(page, open_)
        check_view(page, f"{name}-{scheme}")
        page.keyboard.press("Escape")
    page.locator("#canned-open").click()
    check_view(page, f"canned-{scheme}")
    page.keyboard.press("Escape")
    page.locator("#topic").click()
    page.keyboard.press("?")
    check_view(page, f"help-{scheme}")


def test_list_of_a_busy_day_is_quick_and_holds_on_a_phone(stage: Stage, enter: Enter) -> None:
    """200 conversations: the list is there, scrolls by itself, and nothing sticks out."""
    fill_town(stage)
    for number in range(200):
        stage.arrive(f"crowd{number}", f"Frage {number}")
    page = enter(viewport=PHONE)

    expect(page.locator('[data-group="waiting"] .row')).to_have_count(203)
    check_view(page, "busy-phone")
    page.set_viewport_size({"width": 1024, "height": 768})
    check_view(page, "busy-1024")
