"""A citizen's message is stored once, and with it decided who answers."""

import asyncio
from datetime import UTC, datetime

import pytest

from bot.domain.conversations import Conversation, ConversationStatus
from bot.domain.messages import Author, Button, ButtonRef, IncomingMessage, Message, Reply
from bot.errors import ConversationNotFound, MessageEmpty, MessageTooLong, StorageUnavailable
from bot.use_cases.bearer_token import to_token_hash
from bot.use_cases.receive_message import receive_message
from bot.use_cases.start_conversation import start_conversation
from tests.fakes import FakeClock, FakeResponses, InMemoryStorage

MONDAY = datetime(2026, 11, 23, 9, 12, tzinfo=UTC)


class Chat:
    """A citizen, on Telegram unless a conversation was started in the widget."""

    def __init__(self) -> None:
        self.storage = InMemoryStorage()
        self.responses = FakeResponses()
        self.clock = FakeClock(MONDAY)
        self.channel, self.address = "telegram", "42"

    async def open_widget(self, language: str = "de") -> str:
        """Start a conversation in the widget; gives the token."""
        conversation, token = await start_conversation(
            language=language, storage=self.storage, responses=self.responses, now=self.clock
        )
        self.channel, self.address = "web", conversation.address
        return token

    async def write(
        self,
        text: str = "Was kostet ein Ausweis?",
        *,
        source_id: str = "update:1",
        payload: str | None = None,
        button: ButtonRef | None = None,
        language: str | None = None,
    ) -> Message:
        """Send a message."""
        message = IncomingMessage(
            self.channel, self.address, source_id, text, language=language, payload=payload, button=button
        )
        return await receive_message(message, storage=self.storage, responses=self.responses, now=self.clock)

    @property
    def conversation(self) -> Conversation:
        """The only conversation."""
        (conversation,) = self.storage.tables.conversations.values()
        return conversation

    @property
    def said(self) -> list[tuple[str, str]]:
        """Author and text of all messages."""
        return [(m.author.value, m.text) for m in self.storage.tables.messages[self.conversation.id]]

    @property
    def awaiting(self) -> list[tuple[str, str | None]]:
        """Text and payload of what the bot has to answer."""
        return [(m.text, m.payload) for m in self.storage.tables.awaiting]

    async def change(self, step: str, **values: object) -> None:
        """Let a step of the conversation happen, e.g. `claim`."""
        async with self.storage.begin() as unit:
            conversation = await unit.get_conversation(self.conversation.id)
            getattr(conversation, step)(**values)
            await unit.save_conversation(conversation)
            await unit.commit()

    async def wait_for_person(self) -> None:
        """The bot has handed over; nobody has come yet."""
        await self.change("hand_off", at=MONDAY, reason="citizen_asked", office_id="buergerbuero", service_id=None)


@pytest.fixture
def chat() -> Chat:
    """A citizen nobody knows yet."""
    return Chat()


async def test_first_telegram_message_is_greeted_before_it_is_answered(chat: Chat) -> None:
    """Message 1 says that a machine answers, then comes the note about Telegram, then the question."""
    stored = await chat.write()

    assert chat.said == [
        ("bot", "utter_greeting"),
        ("system", "utter_greeting_telegram"),
        ("citizen", "Was kostet ein Ausweis?"),
    ]
    assert stored.seq == 3
    assert chat.awaiting == [("Was kostet ein Ausweis?", None)]
    assert [row.delivery.message.text for row in chat.storage.tables.outbox] == ["utter_greeting", "utter_greeting_telegram"]


async def test_widget_is_greeted_when_it_is_opened(chat: Chat) -> None:
    """Message 1 stands before the citizen writes, in the language of the page, without the note about Telegram."""
    token = await chat.open_widget("en")

    assert chat.said == [("bot", "utter_greeting")]
    assert chat.responses.asked == [("utter_greeting", "en", {})]
    assert chat.storage.tables.token_hashes == {chat.conversation.id: to_token_hash(token)}
    assert token not in repr(chat.storage.tables)


async def test_language_of_the_citizen_is_that_of_the_greeting(chat: Chat) -> None:
    """Who uses Telegram in English is greeted in English."""
    await chat.write("How much is an ID card?", language="en")

    assert chat.conversation.language == "en"
    assert {language for _, language, _ in chat.responses.asked} == {"en"}


async def test_start_command_of_a_new_citizen_is_answered_by_the_greeting(chat: Chat) -> None:
    """No second greeting follows; later the command is answered like any other message."""
    await chat.write("/start", payload="/greet")
    assert chat.awaiting == []

    await chat.write("/start", payload="/greet", source_id="update:2")

    assert chat.awaiting == [("/start", "/greet")]
    assert [text for _, text in chat.said].count("utter_greeting") == 1


async def test_message_that_comes_again_is_stored_once(chat: Chat) -> None:
    """Redelivery gives back the stored message, also when another one came between."""
    first = await chat.write()
    await chat.write("Und wo?", source_id="update:2")
    before = chat.said, chat.awaiting

    again = await chat.write()

    assert again == first
    assert (chat.said, chat.awaiting) == before


async def test_message_that_comes_several_times_at_once_is_stored_once(chat: Chat) -> None:
    """Also for a citizen who is new: one conversation, one greeting, one question."""
    stored = await asyncio.gather(*(chat.write() for _ in range(5)))

    assert len({message.seq for message in stored}) == 1
    assert [author for author, _ in chat.said] == ["bot", "system", "citizen"]


async def test_bot_stays_silent_while_a_person_is_awaited(chat: Chat) -> None:
    """What is written in the queue is for the person who comes."""
    await chat.write()
    chat.storage.tables.awaiting.clear()
    await chat.wait_for_person()

    await chat.write("Es eilt", source_id="update:2")

    assert chat.said[-1] == ("citizen", "Es eilt")
    assert chat.awaiting == []
    assert chat.conversation.is_waiting


async def test_bot_stays_silent_while_a_person_answers(chat: Chat) -> None:
    """Whoever holds the conversation reads the message; pressing an old button changes nothing, and the citizen learns why."""
    await chat.open_widget()
    await chat.change("claim", staff_id=7, staff_name="Frau Kaya", at=chat.clock())

    await chat.write("Danke")
    await chat.write("Zurück zum Chatbot", source_id="update:2", payload="/return_to_bot")

    assert [said for said in chat.said if said[0] != "citizen"] == [
        ("bot", "utter_greeting"), ("system", "utter_return_while_held"),
    ]  # fmt: skip
    assert chat.awaiting == []
    assert (chat.conversation.is_held, chat.conversation.assignee_name) == (True, "Frau Kaya")


async def test_picture_for_a_person_is_refused_in_words(chat: Chat) -> None:
    """A file does not arrive at the staff member, and the citizen learns it; the bot is not asked."""
    await chat.open_widget()
    await chat.change("claim", staff_id=7, staff_name="Frau Kaya", at=chat.clock())

    await chat.write("(Foto)", payload="/unsupported_message")

    assert chat.said[-1] == ("system", "utter_unsupported_message_to_staff")
    assert chat.awaiting == []


async def test_resolved_conversation_is_reopened_for_the_bot(chat: Chat) -> None:
    """Whoever writes again after the end is answered by the bot."""
    await chat.open_widget()
    await chat.change("claim", staff_id=7, staff_name="Frau Kaya", at=chat.clock())
    await chat.change("resolve")

    await chat.write()

    assert chat.conversation.status is ConversationStatus.PENDING
    assert chat.awaiting == [("Was kostet ein Ausweis?", None)]


async def test_giving_up_waiting_brings_the_bot_back(chat: Chat) -> None:
    """The citizen leaves the queue, is told so, and the next question is the bot's."""
    await chat.open_widget()
    await chat.wait_for_person()

    await chat.write("Zurück zum Chatbot", payload="/return_to_bot")
    assert chat.said[-1] == ("system", "utter_waiting_cancelled")
    assert (chat.conversation.status, chat.conversation.waiting_since) == (ConversationStatus.PENDING, None)
    assert chat.awaiting == []
    await chat.write(source_id="update:2")

    assert chat.awaiting == [("Was kostet ein Ausweis?", None)]


@pytest.mark.parametrize("is_resolved", [False, True])
async def test_giving_up_late_does_no_harm(chat: Chat, is_resolved: bool) -> None:
    """The button still works when nobody is awaited any more."""
    await chat.open_widget()
    if is_resolved:
        await chat.change("resolve")

    await chat.write("Zurück zum Chatbot", payload="/return_to_bot")

    assert chat.said[-1] == ("system", "utter_waiting_cancelled")
    assert chat.conversation.status is ConversationStatus.PENDING


async def test_pressed_button_becomes_its_payload(chat: Chat) -> None:
    """The title is the text, the payload is looked up; a button that does not exist leaves the text alone."""
    await chat.open_widget()
    buttons = (Button("Gebühren", '/ask_fee{"service": "personalausweis"}'),)
    async with chat.storage.begin() as unit:
        await unit.add_outgoing(chat.conversation, Reply("Und?", buttons=buttons), author=Author.BOT, at=MONDAY)
        await unit.commit()

    await chat.write("Gebühren", source_id="1", button=ButtonRef(2, 0))
    for number, ref in enumerate([ButtonRef(2, 1), ButtonRef(1, 0), ButtonRef(99, 0)], start=2):
        await chat.write("Gebühren", source_id=str(number), button=ref)

    assert chat.awaiting == [("Gebühren", '/ask_fee{"service": "personalausweis"}')] + [("Gebühren", None)] * 3


@pytest.mark.parametrize(
    ("text", "error"),
    [("", MessageEmpty), (" \n\x00\u202e", MessageEmpty), ("x" * 4_001, MessageTooLong), ("x" * 100_000, MessageTooLong)],
)
async def test_unreadable_message_is_refused_and_nothing_stored(chat: Chat, text: str, error: type[Exception]) -> None:
    """Not even a conversation begins."""
    with pytest.raises(error):
        await chat.write(text)

    assert chat.storage.tables.conversations == {}
    assert chat.storage.commits == 0


async def test_widget_conversation_does_not_begin_by_writing(chat: Chat) -> None:
    """Only Telegram chats do; an id without a conversation is refused."""
    chat.channel, chat.address = "web", "0" * 32

    with pytest.raises(ConversationNotFound):
        await chat.write()

    assert chat.storage.tables.conversations == {}


async def test_message_without_database_is_not_accepted(chat: Chat) -> None:
    """The channel gets an error that is worth trying again, and nothing is half stored."""
    chat.storage.is_down = True
    with pytest.raises(StorageUnavailable) as raised:
        await chat.write()
    chat.storage.is_down = False

    assert raised.value.retryable
    assert chat.storage.tables.conversations == {}
