"""Receiving by polling, against the stand-in."""

import logging

import pytest

from bot.channels.telegram import HealthState
from bot.errors import MessageEmpty, MessageTooLong, StorageUnavailable
from tests.telegram_stand_in import TOKEN, Fault
from tests.telegram_stand_in.fixtures import Inbox, running_channel, stand_in, to_options, until

__all__ = ["stand_in"]


@pytest.fixture(autouse=True)
def _quick_retries(monkeypatch):
    """Pauses begin with a fiftieth of a second."""
    monkeypatch.setattr("bot.channels.telegram.retries.FIRST_PAUSE", 0.02)


async def test_messages_arrive_once_and_in_order(stand_in):
    """What citizens type is received in order, and acknowledged so that it does not come again."""
    inbox = Inbox()
    for text in ("eins", "zwei", "drei"):
        stand_in.citizen_writes(42, text)
    async with running_channel(to_options(stand_in), inbox) as channel:
        await until(lambda: len(inbox.messages) == 3 and not stand_in.updates)
        health = channel.health

    assert inbox.texts == ["eins", "zwei", "drei"]
    assert inbox.attempts == 3
    assert health.is_ok


async def test_update_is_acknowledged_only_after_it_was_stored(stand_in):
    """While the database is away Telegram keeps the update; afterwards it is received once."""
    inbox = Inbox()
    inbox.failures = [StorageUnavailable("away"), StorageUnavailable("still away")]
    stand_in.citizen_writes(42, "erste Frage")
    stand_in.citizen_writes(42, "zweite Frage")
    async with running_channel(to_options(stand_in), inbox) as channel:
        await until(lambda: inbox.attempts == 1 and channel.health.state is HealthState.NOT_STORED)
        kept = len(stand_in.updates)
        await until(lambda: not stand_in.updates)

    assert kept == 2
    assert inbox.texts == ["erste Frage", "zweite Frage"]


class Interrupted(Inbox):
    """The database is away for the second message that comes."""

    async def receive(self, message):
        """Store a message, unless it is that one."""
        self.failures = [StorageUnavailable("away")] if self.attempts == 1 else []
        await super().receive(message)


async def test_updates_out_of_order_are_received_in_order_and_all(stand_in):
    """An offset acknowledges every older update: where one fails, none that was not stored may be older than it."""
    inbox = Interrupted()
    texts = [f"Frage {number}" for number in range(9)]
    for text in texts:
        stand_in.citizen_writes(42, text)
    stand_in.mischief.shuffle(1)
    async with running_channel(to_options(stand_in), inbox):
        await until(lambda: not stand_in.updates)

    assert inbox.texts == texts


async def test_restart_repeats_nothing(stand_in):
    """What was stored but not acknowledged before a crash comes again with the same source id."""
    inbox = Inbox()
    stand_in.citizen_writes(42, "Frage")
    async with running_channel(to_options(stand_in), inbox):
        await until(lambda: inbox.messages)
    async with running_channel(to_options(stand_in), inbox):
        await until(lambda: not stand_in.updates)

    assert inbox.texts == ["Frage"]


async def test_poisoned_update_is_given_up(stand_in):
    """One update that nobody can handle does not hold up all citizens for ever."""
    inbox = Inbox()
    inbox.failures = [ValueError("bug")] * 5
    stand_in.citizen_writes(42, "Gift")
    stand_in.citizen_writes(43, "Frage")
    async with running_channel(to_options(stand_in), inbox):
        await until(lambda: inbox.messages)

    assert inbox.texts == ["Frage"]


async def test_unknown_update_is_skipped(stand_in):
    """An update of a later Bot API that can't be read is acknowledged, and the next one is received."""
    inbox = Inbox()
    stand_in.updates_raw({"message": {"hologram": True}})
    stand_in.citizen_writes(42, "Frage")
    async with running_channel(to_options(stand_in), inbox):
        await until(lambda: inbox.messages and not stand_in.updates)

    assert inbox.texts == ["Frage"]


async def test_edits_are_corrections(stand_in):
    """Changed words are handled once; an edit that leaves the words alone is not."""
    inbox = Inbox()
    async with running_channel(to_options(stand_in), inbox):
        question = stand_in.citizen_writes(42, "Wo ist das Bürgerbüro")
        await until(lambda: inbox.attempts == 1)
        stand_in.citizen_edits(42, question, "Wo ist das Bürgerbüro")
        stand_in.citizen_edits(42, question, "Wo ist das Standesamt")
        await until(lambda: inbox.attempts == 2)
        stand_in.citizen_edits(42, question, "Wo ist das Standesamt")
        stand_in.citizen_writes(42, "Ende")
        await until(lambda: "Ende" in inbox.texts)

    assert inbox.texts == ["Wo ist das Bürgerbüro", "Wo ist das Standesamt", "Ende"]


async def test_album_is_answered_once(stand_in):
    """Five pictures sent together are one thing that the bot does not understand, not five."""
    inbox = Inbox()
    for _ in range(5):
        stand_in.citizen_sends(42, "photo", media_group_id="a1")
    stand_in.citizen_sends_voice(42)
    async with running_channel(to_options(stand_in), inbox):
        await until(lambda: not stand_in.updates)

    assert inbox.texts == ["utter_media_photo", "utter_media_voice"]


async def test_button_is_acknowledged(stand_in):
    """Telegram stops its waiting sign; where that call fails the press still counts."""
    inbox = Inbox()
    stand_in.citizen_writes(42, "Perso")
    markup = {"inline_keyboard": [[{"text": "Kosten", "callback_data": "b:2:0"}, {"text": "Ort", "callback_data": "b:2:1"}]]}
    asked = stand_in.add_bot_message(42, "Was möchten Sie wissen?", markup)["message_id"]
    stand_in.fail_next(Fault.SERVER_ERROR, method="answerCallbackQuery")
    async with running_channel(to_options(stand_in), inbox):
        stand_in.citizen_presses(42, asked, "Ort")
        await until(lambda: len(inbox.messages) == 2 and stand_in.calls_of("answerCallbackQuery"))
        second = stand_in.citizen_presses(42, asked, "Kosten")
        await until(lambda: len(inbox.messages) == 3 and stand_in.answered_queries)

    assert [(m.text, m.button.index) for m in inbox.messages[1:]] == [("Ort", 1), ("Kosten", 0)]
    assert stand_in.answered_queries == [second]


async def test_blocking_drops_the_recipient(stand_in):
    """A citizen who blocks the bot is reported; nothing is stored."""
    inbox = Inbox()
    stand_in.citizen_blocks(42)
    async with running_channel(to_options(stand_in), inbox):
        await until(lambda: inbox.dropped)

    assert (inbox.dropped, inbox.messages) == (["42"], [])


async def test_group_is_told_once_and_never_stored(stand_in):
    """In a group the bot stays silent unless it is addressed, then says once where to find it."""
    inbox = Inbox()
    for text in ("Wann öffnet das Rathaus?", "@rathausbote_bot wann?", "/hilfe@rathausbote_bot"):
        stand_in.citizen_writes(-7, text)
    stand_in.citizen_writes(42, "Ende")
    async with running_channel(to_options(stand_in), inbox):
        await until(lambda: inbox.messages and stand_in.messages_to(-7))

    message = stand_in.messages_to(-7)[0]
    assert inbox.texts == ["Ende"]
    assert stand_in.texts_to(-7) == ["utter_private_only"]
    assert message["reply_markup"]["inline_keyboard"][0][0]["url"] == "https://t.me/rathausbote_bot"


async def test_message_without_readable_characters_is_answered(stand_in):
    """Silence would look like a breakdown; the update is acknowledged."""
    inbox = Inbox()
    inbox.failures = [MessageEmpty("empty")]
    stand_in.citizen_writes(42, "\ufdd0")
    async with running_channel(to_options(stand_in), inbox):
        await until(lambda: stand_in.texts_to(42) and not stand_in.updates)

    assert (inbox.messages, stand_in.texts_to(42)) == ([], ["utter_unsupported_message"])


async def test_too_long_message_is_answered(stand_in):
    """A citizen whose message is not accepted reads why, and the update does not come again."""
    inbox = Inbox()
    inbox.failures = [MessageTooLong("long")]
    stand_in.citizen_writes(42, "x" * 4_096)
    async with running_channel(to_options(stand_in), inbox):
        await until(lambda: not stand_in.updates and stand_in.messages_to(42))

    assert (inbox.messages, stand_in.texts_to(42)) == ([], ["utter_message_too_long"])


async def test_wrong_token_is_told_and_survived(stand_in, caplog):
    """The channel says what to do instead of ending the process, and never shows the token."""
    async with running_channel(to_options(stand_in, token="999:geheimes-token"), Inbox()) as channel:
        await until(lambda: channel.health.state is HealthState.TOKEN_REJECTED)
        hint = channel.health.hint

    assert "BOT_TELEGRAM_TOKEN" in hint
    assert "BOT_TELEGRAM_TOKEN" in caplog.text
    assert "geheimes" not in caplog.text


async def test_webhook_of_somebody_else_is_a_conflict(stand_in):
    """It is reported and not touched; when it is gone the channel receives by itself."""
    stand_in.webhook = {"url": "https://elsewhere.example/hook", "secret_token": ""}
    inbox = Inbox()
    async with running_channel(to_options(stand_in), inbox) as channel:
        await until(lambda: channel.health.state is HealthState.CONFLICT)
        await until(lambda: len(stand_in.calls_of("getUpdates")) > 2)
        assert stand_in.calls_of("deleteWebhook") == []
        stand_in.webhook = {"url": "", "secret_token": ""}
        stand_in.citizen_writes(42, "Frage")
        await until(lambda: inbox.messages and channel.health.is_ok)


async def test_own_webhook_gives_way_to_polling(stand_in):
    """Whoever changes BOT_TELEGRAM_MODE back to polling need not clean up."""
    stand_in.webhook = {"url": "https://bot.example/telegram/webhook", "secret_token": "s"}
    stand_in.citizen_writes(42, "Frage")
    inbox = Inbox()
    async with running_channel(to_options(stand_in, public_url="https://bot.example"), inbox):
        await until(lambda: inbox.messages)

    assert stand_in.webhook["url"] == ""


async def test_outage_is_survived(stand_in):
    """Server errors, cut connections and flood waits at any call only delay."""
    for fault in (Fault.SERVER_ERROR, Fault.CUT, Fault.FLOOD):
        stand_in.fail_next(fault, method="getUpdates")
    stand_in.fail_next(Fault.CUT, method="getMe")
    stand_in.citizen_writes(42, "Frage")
    inbox = Inbox()
    async with running_channel(to_options(stand_in), inbox) as channel:
        await until(lambda: channel.health.state is HealthState.UNREACHABLE)
        await until(lambda: inbox.messages and channel.health.is_ok)

    assert inbox.texts == ["Frage"]


async def test_menu_is_published_in_each_language(stand_in):
    """Citizens see the commands in their language, everybody else in German."""
    async with running_channel(to_options(stand_in), Inbox()):
        await until(lambda: len(stand_in.commands) == 9)

    names = {language: [each["command"] for each in menu] for language, menu in stand_in.commands.items()}
    german, english = ["start", "hilfe", "mensch", "datenschutz"], ["start", "help", "human", "privacy"]
    others = ("en", "tr", "ru", "uk", "ar", "pl", "fr")
    assert names == {"": german, "de": german} | dict.fromkeys(others, english)


async def test_logs_hold_neither_words_nor_token(stand_in, caplog):
    """Even with every log switched on: no message, no token."""
    caplog.set_level(logging.DEBUG)
    inbox = Inbox()
    inbox.failures = [ValueError("Mein Name ist Kim Geheim")]
    stand_in.citizen_writes(42, "Mein Name ist Kim Geheim")
    stand_in.updates_raw({"message": {"text": "Mein Name ist Kim Geheim"}})
    async with running_channel(to_options(stand_in), inbox):
        await until(lambda: not stand_in.updates)

    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("asyncio")]
    assert ours
    assert not [line for line in ours if "Geheim" in line or TOKEN in line]


async def test_stand_in_ends_the_first_of_two_polls(stand_in):
    """The stand-in itself: two processes with one token get in each other's way, as with the real one."""
    inbox = Inbox()
    async with (
        running_channel(to_options(stand_in), inbox) as first,
        running_channel(to_options(stand_in), inbox) as second,
    ):
        await until(lambda: HealthState.CONFLICT in (first.health.state, second.health.state))
        stand_in.citizen_writes(42, "Frage")
        await until(lambda: inbox.messages)

    assert inbox.texts == ["Frage"]
