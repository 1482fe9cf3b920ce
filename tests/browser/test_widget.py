"""The chat widget in a real browser, on a page of another origin, against a stand-in API."""

import gzip
import json
import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from bot.channels.web_chat import SURFACE_LANGUAGES
from bot.domain.languages import LANGUAGES

from .conftest import Site
from .fake_api import STATIC, WIDGET_WORDS, wait_until

DARK = {"color_scheme": "dark"}
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
SMALLEST = {"viewport": {"width": 320, "height": 568}}
WATCH_ANNOUNCEMENTS = """
window.announced = [];
const attachShadow = Element.prototype.attachShadow;
Element.prototype.attachShadow = function (options) {
  const root = attachShadow.call(this, options);
  const note = (node) => node.matches?.(".message") && announced.push(node.closest("[role=log]").ariaLive);
  new MutationObserver((records) => records.forEach(({ addedNodes }) => addedNodes.forEach(note)))
    .observe(root, { childList: true, subtree: true });
  return root;
};
"""
LONG_ANSWER = {
    "text": "Bitte bringen Sie mit:\n" + "\n".join(f"- Unterlage Nummer {number}" for number in range(1, 40)),
    "links": [{"title": "Termin buchen", "url": "https://termine.musterstadt.example/"}],
    "buttons": [{"title": "Öffnungszeiten"}],
    "source_title": "Stadt Musterstadt, Bürgerbüro",
    "source_url": "https://www.musterstadt.example/buergerbuero",
    "reviewed_on": "2026-11-20",
}
ARABIC_QUESTION = "كم تكلف بطاقة الهوية؟"
ARABIC_ANSWER = {
    "text": "تكلف البطاقة 37 يورو في Bürgerbüro (الطابق 1).\nهاتف \u206602599 123-640\u2069\n\nأحضر معك:\n- صورة بيومترية\n- جواز السفر\n\n"
    "Bürgerbüro: Ja, jetzt ist geöffnet, heute noch bis 16:00 Uhr.\nhttps://www.musterstadt.example/ausweis",
    "language": "ar",
    "links": [{"title": "حجز موعد", "url": "https://termine.musterstadt.example/"}],
    "buttons": [{"title": title} for title in ("ما المستندات المطلوبة؟", "أوقات العمل", "Bürgerbüro (Haus A)", "كم المدة؟")],
    "source_title": "Stadt Musterstadt, Bürgerbüro",
    "source_url": "https://www.musterstadt.example/buergerbuero",
    "reviewed_on": "2026-11-20",
}
OPTIONS = {
    "text": "Oder meinten Sie etwas anderes?",
    "buttons": [{"title": title} for title in ("Reisepass beantragen", "Führerschein umtauschen", "Wohnsitz anmelden")],
    "language": "de",
}
SHORT_ANSWER = {"text": "Der Personalausweis kostet 37 Euro."}


def messages(site: Site, author: str | None = None) -> Locator:
    """The messages in the log, of one author or of all."""
    return site.page.locator(f'.message[data-author="{author}"]' if author else ".message")


def stored(page: Page) -> dict[str, Any]:
    """What the widget keeps in sessionStorage."""
    session: dict[str, Any] = page.evaluate("JSON.parse(sessionStorage.getItem(Object.keys(sessionStorage)[0]))")
    return session


def focused_class(page: Page) -> str:
    """The class, or else the tag, of the element inside the widget that has the focus."""
    focused: str = page.evaluate(
        "(() => { const node = document.querySelector('rathausbote-widget').shadowRoot.activeElement;"
        " return node ? node.className || node.tagName : '' })()"
    )
    return focused


def top_of(message: Locator) -> float:
    """How far below the upper edge of the view a message begins."""
    top: float = message.evaluate("node => node.offsetTop - node.parentElement.scrollTop")
    return top


def choose(site: Site, entry: str) -> None:
    """Open the menu and choose an entry."""
    site.page.get_by_role("button", name="Weitere Möglichkeiten").click()
    site.page.locator(".menu").get_by_role("button", name=entry).click()


def violations(page: Page, *rules: str) -> list[str]:
    """What axe-core finds wrong, as rule and place; with rules, only what breaks these."""
    options: dict[str, Any] = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
    response = Axe().run(page, options=options).response
    return [f"{finding['id']}: {node['target']}" for finding in response["violations"] for node in finding["nodes"]]


# Loading


def test_page_load_fetches_nothing_but_the_script(site: Site) -> None:
    """Until the citizen opens the widget, the town's page costs one small request."""
    site.visit()
    expect(site.page.locator(".launcher")).to_be_visible()

    assert [seen.path for seen in site.api.seen] == ["/widget.js"]
    assert (STATIC / "widget.js").stat().st_size < 82_000
    assert len(gzip.compress((STATIC / "widget.js").read_bytes())) < 23_500


def test_widget_works_under_a_strict_policy_and_leaves_no_trace(site: Site, town_url: str) -> None:
    """Under a policy without inline styles or scripts nothing is refused, no cookie is set, no third party is asked."""
    refused: list[str] = []
    origins: set[str] = set()
    site.page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    site.page.on("request", lambda request: origins.add("/".join(request.url.split("/")[:3])))
    site.api.answers["Was kostet der Ausweis?"] = [SHORT_ANSWER]
    site.open()
    site.write("Was kostet der Ausweis?")
    expect(messages(site)).to_have_count(3)

    assert refused == []
    assert origins == {town_url, site.api.server.url}
    assert site.page.context.cookies() == []
    assert site.page.evaluate("localStorage.length") == 0
    assert not any("cookie" in seen.headers for seen in site.api.seen)
    assert site.page.locator(".panel").evaluate("node => getComputedStyle(node).borderTopLeftRadius") == "18px"


def test_words_in_the_script_are_those_of_the_editors() -> None:
    """The few words that the script carries itself are the ones in data/widget.yml, and every key it uses exists."""
    source = (STATIC / "widget.js").read_text("utf-8")
    carried = source[source.index("const FIRST_WORDS") : source.index("// --- browser helpers")]
    pairs = re.findall(r'^\s+(\w+): "(.+)",$', carried, re.MULTILINE)
    used = set(re.findall(r'\b(?:word|hint)\("(\w+)"', source))

    assert len(pairs) == 12
    assert [(key, text) for key, text in pairs if text not in WIDGET_WORDS[key].values()] == []
    assert used - WIDGET_WORDS.keys() == set()
    languages = {key: set(LANGUAGES if key.startswith("transcript_") else SURFACE_LANGUAGES) for key in WIDGET_WORDS}
    languages |= {key: set(SURFACE_LANGUAGES) for key in ("transcript_saved", "transcript_failed")}
    assert {key: set(words) for key, words in WIDGET_WORDS.items()} == languages


def test_unreachable_api_is_said_and_can_be_tried_again(site: Site) -> None:
    """When the API fails at the start, the citizen reads so and starts again with one press."""
    site.api.fail("GET widget", 503)
    site.visit()
    site.page.locator(".launcher").click()
    expect(site.page.locator(".start")).to_contain_text("Der Chat ist gerade nicht erreichbar.")

    site.page.get_by_role("button", name="Erneut versuchen").click()

    expect(messages(site, "bot")).to_have_count(1)
    expect(site.page.locator(".start")).to_be_hidden()


# Conversation


def test_answer_shows_author_source_review_date_and_links(site: Site) -> None:
    """An answer says who wrote it, where it comes from and when it was reviewed."""
    site.api.answers["Was brauche ich?"] = [LONG_ANSWER]
    site.open()
    site.write("Was brauche ich?")
    answer = messages(site).nth(2)
    expect(answer).to_be_visible()

    expect(messages(site).nth(1).locator(".author")).to_have_text("Sie")
    expect(answer.locator(".author")).to_have_text("Automatische Antwort")
    expect(answer.locator("li")).to_have_count(39)
    source = "Quelle: Stadt Musterstadt, Bürgerbüro (öffnet in neuem Tab) · Stand 20.11.2026"
    expect(answer.locator(".source")).to_have_text(source)
    link = answer.get_by_role("link", name="Termin buchen")
    assert link.get_attribute("href") == "https://termine.musterstadt.example/"
    assert "noopener" in (link.get_attribute("rel") or "")


def test_quick_reply_names_its_place_and_becomes_history(site: Site) -> None:
    """A pressed button sends its title with number and position; afterwards the choice stays visible, but inactive."""
    site.api.answers["Öffnungszeiten"] = [SHORT_ANSWER]
    site.open()

    site.page.get_by_role("button", name="Öffnungszeiten").click()

    expect(messages(site)).to_have_count(3)
    assert site.api.pressed == [{"seq": 1, "index": 1}]
    assert site.api.texts == ["Öffnungszeiten"]
    replies = messages(site).first.locator(".quick-reply")
    assert [replies.nth(index).is_disabled() for index in range(3)] == [True, True, True]
    expect(replies.nth(1)).to_have_text("Öffnungszeiten, ausgewählt")
    assert focused_class(site.page) == "TEXTAREA"


def test_markup_and_dangerous_links_are_shown_as_text(site: Site) -> None:
    """What citizens, staff or editors write is never read as markup, and only http(s) becomes a link."""
    attack = '<img src=x onerror="document.title=1"><b>fett</b> javascript:alert(1) https://gut.example/pfad.'
    links = [{"title": "böse", "url": "javascript:alert(1)"}, {"title": "auch böse", "url": "data:text/html,x"}]
    site.open()
    site.write(attack)
    expect(messages(site)).to_have_count(2)
    source = {"source_title": "<u>Quelle</u>", "source_url": "javascript:alert(1)"}
    site.api.say(attack, "staff", author_name="<i>Keller</i>", links=links, **source)
    answer = messages(site, "staff")

    shown = attack.replace("https://", "").replace("pfad.", "pfad (öffnet in neuem Tab).")
    expect(answer.locator(".bubble p").first).to_have_text(shown)
    expect(answer.locator(".author")).to_have_text("<i>Keller</i> (Stadt Musterstadt, ein Mensch)")
    expect(answer.locator(".source")).to_have_text("Quelle: <u>Quelle</u>")
    assert site.page.locator(".log :is(img, b, i, u)").count() == 0
    assert answer.locator("a").evaluate_all("nodes => nodes.map((node) => node.href)") == ["https://gut.example/pfad"]


def test_person_takes_over_in_the_same_chat(site: Site) -> None:
    """Waiting and the name of the person are shown, typing is shown, and the message carries the person's name."""
    site.open()
    status = site.page.locator(".status")
    expect(status).to_be_hidden()

    site.api.set_status("waiting", ticket="MU-0417")
    expect(status).to_contain_text("Die Antwort erscheint hier. Vorgang MU-0417")
    site.api.set_status("live", assignee="Sabine Keller")
    expect(status).to_have_text("Im Gespräch: Sabine Keller")
    site.api.set_typing("staff", active=True)
    expect(site.page.locator(".typing")).to_be_visible()
    site.api.say("Guten Tag!", "staff", author_name="Sabine Keller")

    expect(messages(site, "staff").locator(".author")).to_have_text("Sabine Keller (Stadt Musterstadt, ein Mensch)")
    expect(site.page.locator(".typing")).to_be_hidden()


def test_menu_is_there_as_soon_as_it_has_words(site: Site) -> None:
    """While the API can't be reached, it would be a list of empty lines."""
    site.api.fail("GET widget", 503)
    site.visit()
    site.page.locator(".launcher").click()
    expect(site.page.locator(".start")).to_contain_text("Der Chat ist gerade nicht erreichbar.")
    expect(site.page.locator(".more")).to_be_hidden()
    site.page.get_by_role("button", name="Erneut versuchen").click()
    site.page.locator(".more").click()

    expect(site.page.locator(".menu .entry")).to_have_text(
        [WIDGET_WORDS[key]["de"] for key in ("new_conversation", "save_transcript", "reopen")]
    )


def test_language_follows_the_page_and_can_be_switched(site: Site) -> None:
    """The page's language is taken over; before the first question a switch also changes the greeting."""
    site.open(lang="en-GB")
    expect(messages(site).first).to_contain_text("Hello!")
    expect(messages(site).first.locator(".author")).to_have_text("Automatic reply")

    site.page.get_by_role("button", name="DE, Deutsch").click()

    expect(messages(site).first).to_contain_text("Guten Tag!")
    expect(site.page.locator("textarea")).to_have_attribute("placeholder", "Ihre Frage …")
    expect(site.page.locator(".root")).to_have_attribute("lang", "de")
    expect(messages(site)).to_have_count(1)


def edges_of_text(locator: Locator) -> tuple[float, float]:
    """How far the text is from the left and from the right edge of its element, in pixels."""
    left, right = locator.evaluate(
        "node => { const range = document.createRange(); range.selectNodeContents(node);"
        " const [box, text] = [node.getBoundingClientRect(), range.getClientRects()[0]];"
        " return [text.left - box.left, box.right - text.right] }"
    )
    return left, right


def test_arabic_runs_from_right_to_left(site: Site) -> None:
    """On an Arabic page the conversation is Arabic and each text runs its own way; the words around it stay German."""
    site.api.answers[ARABIC_QUESTION] = [ARABIC_ANSWER]
    site.open(lang="ar")
    expect(messages(site).first).to_contain_text("مرحبا")
    site.page.locator("textarea").fill(ARABIC_QUESTION)
    input_direction = site.page.locator("textarea").evaluate("node => getComputedStyle(node).direction")
    site.page.locator("textarea").press("Enter")
    answer = messages(site).nth(2)
    expect(answer.locator(".quick-reply")).to_have_count(4)

    direction = "node => getComputedStyle(node).direction"
    replies = answer.locator(".quick-reply")
    assert input_direction == "rtl"
    assert messages(site).nth(1).locator(".bubble").evaluate(direction) == "rtl"
    assert answer.locator(".bubble").evaluate(direction) == "rtl"
    assert [replies.nth(index).evaluate(direction) for index in range(4)] == ["rtl", "rtl", "ltr", "rtl"]
    assert answer.locator(".link-button").evaluate(direction) == "rtl"
    for part, runs_from_right in ((".bubble li", True), (".bubble p:nth-of-type(3)", False), (".source", False)):
        left, right = edges_of_text(answer.locator(part).first)
        assert (right < left) is runs_from_right, part
    langs = [answer.locator(part).first.get_attribute("lang") for part in (".bubble", ".quick-reply", ".links", ".source")]
    assert langs == ["ar", "ar", "ar", "de"]
    expect(site.page.locator(".root")).to_have_attribute("lang", "de")
    expect(site.page.locator("textarea")).to_have_attribute("placeholder", "Ihre Frage …")
    expect(answer.locator(".author")).to_have_text("Automatische Antwort")
    assert violations(site.page) == []


def test_new_conversation_asks_first_and_starts_empty(site: Site) -> None:
    """A conversation with questions is left only after a confirmation; the next one begins with the greeting."""
    site.open()
    site.write("Hallo")
    expect(messages(site)).to_have_count(2)
    first = site.api.conversation.id
    choose(site, "Neues Gespräch")
    expect(site.page.locator(".question")).to_be_visible()
    site.page.keyboard.press("Escape")
    expect(messages(site)).to_have_count(2)

    choose(site, "Neues Gespräch")
    site.page.get_by_role("button", name="Neu beginnen").click()

    expect(messages(site)).to_have_count(1)
    wait_until(lambda: stored(site.page)["id"] not in (None, first))


# Writing


def test_enter_sends_but_not_with_shift_or_while_composing(site: Site) -> None:
    """Shift+Enter begins a line, and the Enter that confirms an input-method composition sends nothing."""
    site.open()
    field = site.page.locator("textarea")
    field.press_sequentially("Zeile 1")
    field.press("Shift+Enter")
    field.press_sequentially("Zeile 2")
    field.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True})
    assert field.input_value() == "Zeile 1\nZeile 2"

    field.press("Enter")

    wait_until(lambda: site.api.texts == ["Zeile 1\nZeile 2"])
    assert field.input_value() == ""


def test_length_is_counted_near_the_limit_and_too_much_is_not_sent(site: Site) -> None:
    """Near 4000 characters the rest is counted; beyond, nothing is cut off and nothing is sent."""
    site.open()
    counter = site.page.locator(".counter")
    site.page.locator("textarea").fill("x" * 3000)
    expect(counter).to_have_text("")
    site.page.locator("textarea").fill("ä" * 3990)
    expect(counter).to_have_text("Noch 10 Zeichen")

    site.write("x" * 4001)

    expect(counter).to_have_text("1 Zeichen zu viel")
    assert len(site.page.locator("textarea").input_value()) == 4001
    assert site.api.requests("POST", "/messages") == []


def test_refused_message_is_marked_and_the_next_one_goes_through(site: Site) -> None:
    """A message that the server refuses for good is not tried again and blocks nothing."""
    site.open()
    site.api.fail("POST messages", 413)
    site.write("zu lang")
    site.write("kurz")

    expect(site.page.locator(".rejected")).to_have_text("Diese Nachricht konnte nicht angenommen werden.")
    wait_until(lambda: site.api.texts == ["kurz"])
    assert len(site.api.requests("POST", "/messages")) == 2


def test_ones_own_message_has_the_time_of_the_server(site: Site) -> None:
    """A device whose clock is wrong shows it until the message has arrived, and the same after a reload."""
    site.page.clock.install(time="2026-01-02T03:04:05")
    site.open()
    site.write("Hallo")
    arrived = messages(site, "citizen").and_(site.page.locator("[data-state=received]")).locator("time")
    arrived.wait_for()
    expect(arrived).to_have_attribute("datetime", site.api.conversation.messages[-1]["created_at"])
    shown = arrived.inner_text()
    site.page.reload()

    expect(arrived).to_have_text(shown)


# Reload, cut, silence, failure


def test_reload_resumes_open_with_draft_and_without_taking_focus(site: Site) -> None:
    """After a reload the panel, the messages and the unsent draft are there; the focus stays with the page."""
    site.api.answers["Hallo"] = [SHORT_ANSWER]
    site.open()
    site.write("Hallo")
    expect(messages(site)).to_have_count(3)
    site.page.locator("textarea").fill("noch nicht fertig")

    site.page.reload()

    expect(messages(site)).to_have_count(3)
    expect(site.page.locator("textarea")).to_have_value("noch nicht fertig")
    assert len(site.api.conversations) == 1
    assert focused_class(site.page) == ""
    assert site.api.conversation.token not in site.page.url


def test_unsent_message_survives_a_reload_and_arrives_once(site: Site) -> None:
    """A message that could not be sent before a reload is sent after it."""
    site.open()
    site.api.fail("POST messages", *[503] * 20)
    site.write("Bitte nicht verlieren")
    wait_until(lambda: site.api.requests("POST", "/messages"))
    site.page.reload()
    expect(messages(site)).to_have_count(2)

    site.api.work_again()

    wait_until(lambda: site.api.texts == ["Bitte nicht verlieren"])
    expect(site.page.locator('.message[data-state="received"]')).to_have_count(2)


def test_cut_stream_loses_and_doubles_nothing(site: Site) -> None:
    """What was said while the stream was cut arrives after the reconnect, once and in order."""
    site.open()
    site.api.say("eins")
    expect(messages(site)).to_have_count(2)
    site.api.cut_streams()
    site.api.say("zwei")
    site.api.say("drei")
    expect(messages(site)).to_have_count(4)
    site.api.say("vier")
    expect(messages(site)).to_have_count(5)

    shown = messages(site).locator(".bubble").all_inner_texts()
    assert shown[1:] == ["eins", "zwei", "drei", "vier"]
    assert site.api.requests("GET", "/events")[-1].headers["last-event-id"] == "2"


def test_gap_in_the_stream_is_filled_in_order(site: Site) -> None:
    """A message that the stream leaves out is fetched before the next one is shown."""
    site.open()
    site.api.drop_from_stream(2)
    site.api.say("ausgelassen")
    site.api.say("danach")

    expect(messages(site)).to_have_count(3)
    assert messages(site).locator(".bubble").all_inner_texts()[1:] == ["ausgelassen", "danach"]


def test_silent_connection_is_replaced(site: Site) -> None:
    """When no byte has come for 35 s although the connection looks open, the widget connects again."""
    site.page.clock.install()
    site.open()
    wait_until(lambda: site.api.conversation.streams)
    site.api.fall_silent()
    site.api.say("Das kam nicht an.")
    site.api.speak_again()
    site.page.clock.run_for(30_000)
    assert len(site.api.requests("GET", "/events")) == 1

    site.page.clock.run_for(8_000)

    expect(messages(site)).to_have_count(2)
    assert len(site.api.requests("GET", "/events")) == 2


def test_failed_message_is_marked_and_sent_again(site: Site) -> None:
    """After repeated failure the message says so; pressing there sends it, once."""
    site.page.clock.install()
    site.open()
    site.api.fail("POST messages", *[500] * 50)
    site.write("Hallo?")
    retry = site.page.get_by_role("button", name=WIDGET_WORDS["failed"]["de"])
    for _ in range(3):
        site.page.clock.run_for(4_000)
    expect(retry).to_be_visible()
    site.api.work_again()

    retry.click()

    expect(retry).to_be_hidden()
    expect(site.page.locator('.message[data-state="received"]')).to_have_count(2)
    ids = [message["client_message_id"] for message in site.api.conversation.messages]
    assert site.api.texts == ["Hallo?"]
    assert len(set(ids)) == 2


@pytest.mark.parametrize("is_silent", [False, True], ids=["echo first", "no echo"])
def test_lost_answer_to_a_sent_message_does_not_double_it(site: Site, is_silent: bool) -> None:
    """When the server has the message but its answer is lost, one message stays, settled by echo or repetition."""
    site.open()
    wait_until(lambda: site.api.requests("GET", "/events"))
    if is_silent:
        site.api.fall_silent()
    lost: list[str] = []

    def lose_first_answer(route: Any) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.request.url)
            route.fetch()
            route.abort("connectionreset")
        else:
            route.continue_()

    site.page.route("**/messages", lose_first_answer)
    with site.page.expect_event("requestfailed"):
        site.write("Nur einmal")

    expect(messages(site, "citizen")).to_have_attribute("data-state", "accepted" if is_silent else "received")
    assert len(site.api.requests("POST", "/messages")) == (2 if is_silent else 1)
    assert site.api.texts == ["Nur einmal"]


def test_offline_banner_comes_and_goes(site: Site) -> None:
    """Without a network the citizen reads so, can write on, and everything is sent when it is back."""
    site.open()
    banner = site.page.locator(".banner")
    site.page.context.set_offline(True)
    expect(banner).to_be_visible()
    site.write("offline geschrieben")
    assert site.api.texts == []

    site.page.context.set_offline(False)

    expect(banner).to_be_hidden()
    wait_until(lambda: site.api.texts == ["offline geschrieben"])


@pytest.mark.parametrize("trigger", ["write", "return"])
def test_expired_conversation_is_replaced_politely(site: Site, trigger: str) -> None:
    """When the server has forgotten the conversation, a new one begins and the pending message is sent there."""
    site.open()
    site.write("erste Frage")
    wait_until(lambda: site.api.texts == ["erste Frage"])
    if trigger == "return":
        site.page.goto("about:blank")
    site.api.forget_conversations()

    if trigger == "return":
        site.page.goto(f"{site.url}/")
    else:
        site.write("zweite Frage")

    expect(site.page.locator(".divider")).to_contain_text("Wir haben ein neues für Sie begonnen.")
    expect(messages(site, "bot").last).to_contain_text("Guten Tag!")
    if trigger == "write":
        wait_until(lambda: site.api.texts == ["zweite Frage"])
        expect(messages(site)).to_have_count(4)


def test_reply_of_a_person_is_announced_while_closed(site: Site) -> None:
    """Who waits for a person may close the panel and go on reading: the launcher tells of the reply, on any page."""
    site.open()
    site.api.set_status("waiting")
    expect(site.page.locator(".status")).to_be_visible()
    site.page.keyboard.press("Escape")
    site.page.reload()
    wait_until(lambda: len(site.api.requests("GET", "/events")) == 2)

    site.api.say("Da bin ich.", "staff", author_name="Keller")

    expect(site.page.locator(".badge")).to_have_text("1")
    expect(site.page.get_by_role("button", name="1 neue Nachricht")).to_be_visible()
    site.page.locator(".launcher").click()
    expect(messages(site, "staff")).to_be_visible()
    site.page.keyboard.press("Escape")
    expect(site.page.locator(".badge")).to_be_hidden()


# Reading and operating


def test_long_answer_is_shown_from_its_start(site: Site) -> None:
    """A long answer begins at the top of the view instead of ending at the bottom."""
    site.api.answers["Was brauche ich?"] = [LONG_ANSWER]
    site.open()
    site.write("Was brauche ich?")
    expect(messages(site)).to_have_count(3)

    assert 0 <= top_of(messages(site).nth(2)) <= 40


@pytest.mark.parametrize("context_options", [{}, PHONE], ids=["desktop", "phone"])
def test_second_message_of_a_long_answer_is_named_by_the_pill(site: Site) -> None:
    """The answer begins at the top; what else there is to choose from is named below, and one press shows all of it."""
    site.api.answers["Was brauche ich?"] = [LONG_ANSWER, OPTIONS]
    site.open()
    site.write("Was brauche ich?")
    expect(messages(site)).to_have_count(4)
    pill = site.page.get_by_role("button", name="Weiter unten: Oder meinten Sie etwas anderes?")
    expect(pill).to_be_visible()
    assert 0 <= top_of(messages(site).nth(2)) <= 40
    frame, shown = site.page.locator(".log-frame").bounding_box(), pill.bounding_box()
    assert frame
    assert shown
    assert frame["x"] < shown["x"]
    assert shown["x"] + shown["width"] < frame["x"] + frame["width"]

    pill.click()

    expect(messages(site).last.locator(".quick-reply").last).to_be_in_viewport(ratio=1)
    expect(site.page.locator(".pill")).to_be_hidden()


def test_two_messages_that_fit_are_shown_both(site: Site) -> None:
    """With all of their buttons, and nothing invites to scroll."""
    site.api.answers["Was kostet das?"] = [SHORT_ANSWER, OPTIONS]
    site.open()
    site.write("Was kostet das?")
    expect(messages(site)).to_have_count(4)

    expect(messages(site).nth(2)).to_be_in_viewport(ratio=1)
    expect(messages(site).nth(3)).to_be_in_viewport(ratio=1)
    expect(site.page.locator(".pill")).to_be_hidden()


def test_pill_stays_until_the_buttons_are_in_view(site: Site) -> None:
    """A message of which only the beginning is to be seen still lies below."""
    site.api.answers["Was brauche ich?"] = [LONG_ANSWER, OPTIONS]
    site.open()
    site.write("Was brauche ich?")
    expect(messages(site)).to_have_count(4)
    log, second = site.page.locator(".log"), messages(site).last
    log.evaluate("(node, top) => { node.scrollTop += top - node.clientHeight + 70 }", top_of(second))
    expect(second.locator(".byline")).to_be_in_viewport()
    expect(site.page.locator(".pill")).to_contain_text("Oder meinten Sie")

    log.evaluate("node => { node.scrollTop = 1e6 }")

    expect(site.page.locator(".pill")).to_be_hidden()


def test_several_messages_below_are_counted(site: Site) -> None:
    """The pill leads to the first of them."""
    site.open()
    site.write("Hallo")
    site.api.say(author="bot", **LONG_ANSWER)
    expect(messages(site)).to_have_count(3)
    for text in ("Eins", "Zwei"):
        site.api.say(text, "staff", author_name="Keller")
    expect(messages(site)).to_have_count(5)

    expect(site.page.get_by_role("button", name="Weiter unten: 2 neue Nachrichten")).to_be_visible()


def test_reader_is_not_moved_and_gets_a_pill(site: Site) -> None:
    """Who reads further up is not moved by a new message; a button leads to it."""
    site.api.answers["Was brauche ich?"] = [LONG_ANSWER]
    site.open()
    site.write("Was brauche ich?")
    expect(messages(site)).to_have_count(3)
    log = site.page.locator(".log")
    log.evaluate("node => { node.scrollTop = 0 }")
    site.api.say("Noch etwas")
    expect(site.page.locator(".pill")).to_be_visible()
    assert log.evaluate("node => node.scrollTop") == 0

    log.evaluate("node => { node.scrollTop = 1e6 }")
    expect(site.page.locator(".pill")).to_be_hidden()
    log.evaluate("node => { node.scrollTop = 0 }")
    site.api.say("Und noch etwas")
    site.page.get_by_role("button", name="Weiter unten: Und noch etwas").click()

    expect(messages(site).last).to_be_in_viewport()
    expect(site.page.locator(".pill")).to_be_hidden()


def test_focus_goes_in_on_open_and_back_on_escape(site: Site) -> None:
    """Opening leads to the input, Escape closes and leads back to the launcher; the page's own button opens too."""
    site.open()
    assert focused_class(site.page) == "TEXTAREA"
    site.page.keyboard.press("Escape")
    expect(site.page.locator(".panel")).to_be_hidden()
    assert focused_class(site.page) == "launcher"

    site.page.locator("main button").click()

    expect(site.page.locator(".panel")).to_be_visible()
    assert focused_class(site.page) == "TEXTAREA"


@pytest.mark.parametrize("context_options", [PHONE], ids=["phone"])
def test_phone_shows_a_full_sheet_that_keeps_the_focus(site: Site) -> None:
    """On a phone the panel covers the screen, is modal, and Tab goes round inside it."""
    site.open()
    panel = site.page.locator(".panel")
    assert panel.bounding_box() == {"x": 0, "y": 0, "width": 360, "height": 740}
    assert panel.get_attribute("aria-modal") == "true"

    site.page.locator(".hint a").focus()
    site.page.keyboard.press("Tab")
    assert focused_class(site.page) == "icon-button language"
    site.page.keyboard.press("Shift+Tab")
    assert focused_class(site.page) == "A"


@pytest.mark.parametrize("context_options", [SMALLEST, PHONE], ids=["320px", "360px"])
def test_small_screens_need_no_horizontal_scrolling(site: Site) -> None:
    """At 320 px everything fits, even long words, and what is pressed is at least 44 px high."""
    word = "Donaudampfschifffahrtsgesellschaftskapitänswitwenrentenantragsformular" * 2
    buttons = [{"title": "Mit einer Mitarbeiterin oder einem Mitarbeiter sprechen"}]
    text = f"{word}\nhttps://www.musterstadt.example/{word}"
    site.api.answers["Frage"] = [{**LONG_ANSWER, "text": text, "buttons": buttons}]
    site.open()
    site.write("Frage")
    expect(messages(site)).to_have_count(3)

    for scroller in (".log", ".panel"):
        assert site.page.locator(scroller).evaluate("node => node.scrollWidth - node.clientWidth") == 0
    assert site.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    boxes = [target.bounding_box() for target in site.page.locator(".panel button:visible, .link-button:visible").all()]
    assert len(boxes) == 9
    assert min(min(box["width"], box["height"]) for box in boxes if box) >= 44


@pytest.mark.parametrize("context_options", [{}, DARK, PHONE], ids=["light", "dark", "phone"])
def test_axe_finds_nothing(site: Site) -> None:
    """axe-core has no complaint in any state: closed, open, answered, with a person, refused, menu, asked."""
    site.api.answers["Was brauche ich?"] = [LONG_ANSWER]
    found = {}

    def look(name: str, arrival: str) -> None:
        site.page.locator(arrival).first.wait_for()
        found[name] = violations(site.page)

    site.visit()
    look("closed", ".launcher")
    site.page.locator(".launcher").click()
    look("open", ".message")
    site.write("Was brauche ich?")
    look("answer", ".link-button")
    site.api.set_status("live", assignee="Keller")
    site.api.say("Guten Tag!", "staff")
    look("live", '[data-author="staff"]')
    site.api.fail("POST messages", 413)
    site.write("x")
    look("refused", ".rejected")
    site.page.locator(".icon-button.more").click()
    look("menu", ".menu")
    site.page.locator(".entry.new").click()
    look("asked", ".question")

    assert list(found) == ["closed", "open", "answer", "live", "refused", "menu", "asked"]
    assert not any(found.values()), found


@pytest.mark.parametrize("accent", ["#ffd500", "#000000", "not a colour"])
def test_any_accent_colour_stays_readable(site: Site, accent: str) -> None:
    """Whatever colour the town chooses, the contrast suffices in both themes."""
    for theme in ("light", "dark"):
        site.visit(accent=accent, theme=theme)
        if not site.page.locator(".panel").is_visible():
            site.page.locator(".launcher").click()
        messages(site).first.wait_for()

        assert violations(site.page, "color-contrast") == []
        expect(site.page.locator(".root")).to_have_attribute("data-theme", theme)


def test_log_is_a_polite_live_region_with_names(site: Site) -> None:
    """Screen readers get a named log that announces new messages, a named dialog and a named input."""
    site.open()

    expect(site.page.get_by_role("log", name="Gesprächsverlauf")).to_have_attribute("aria-live", "polite")
    expect(site.page.get_by_role("dialog", name="Rathausbote")).to_be_visible()
    expect(site.page.get_by_role("textbox", name="Ihre Nachricht")).to_be_visible()


def test_new_messages_are_announced_and_history_is_not(site: Site) -> None:
    """The greeting and answers are inserted into a live region; after a reload the history is not read out again."""
    site.page.add_init_script(WATCH_ANNOUNCEMENTS)
    site.open()
    site.api.say("Guten Tag!", "staff")
    expect(messages(site)).to_have_count(2)
    assert site.page.evaluate("announced") == ["polite", "polite"]

    site.page.reload()
    expect(messages(site)).to_have_count(2)

    assert site.page.evaluate("announced") == ["off", "off"]
    expect(site.page.get_by_role("log")).to_have_attribute("aria-live", "polite")


def test_demo_page_is_sound_and_embeds_the_widget_with_one_tag(page: Page, site: Site) -> None:
    """The demo page has one script tag, loads nothing from elsewhere and passes axe."""
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.goto(f"{site.api.server.url}/")
    page.get_by_role("link", name="Frage ans Rathaus").click()
    messages(site).first.wait_for()

    assert page.locator("script").count() == 1
    assert all(url.startswith(site.api.server.url) for url in requested)
    assert violations(page) == []


def test_session_holds_no_words_of_others(site: Site) -> None:
    """Answers are not kept in the browser: only token, state, draft and what is unsent."""
    site.open()
    site.api.say("Vertrauliche Antwort", "staff", author_name="Keller")
    expect(messages(site, "staff")).to_be_visible()

    assert "Vertrauliche Antwort" not in json.dumps(stored(site.page), ensure_ascii=False)
