"""Sending to a chat, against the stand-in."""

from datetime import UTC, datetime

import pytest
from telegram.error import BadRequest

from bot.channels.telegram import TelegramChannel
from bot.domain.messages import Author, Button, Link, Message
from bot.errors import DeliveryFailed, DeliveryRefused, RecipientGone
from tests.fakes import FakeResponses
from tests.telegram_stand_in import Fault
from tests.telegram_stand_in.fixtures import Inbox, stand_in, to_options

__all__ = ["stand_in"]

AT = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
async def channel(stand_in):
    """A channel that only sends, to a citizen who wrote before."""
    inbox = Inbox()
    stand_in.citizen_writes(42, "Hallo")
    channel = TelegramChannel(
        to_options(stand_in), receive=inbox.receive, drop_recipient=inbox.drop_recipient, responses=FakeResponses()
    )
    yield channel
    await channel.close()


def to_message(text, seq=2, author=Author.SYSTEM, **more):
    """A stored message, which has no label unless another is its author."""
    return Message("c1", seq, author, text, AT, **more)


async def test_message_arrives_with_its_buttons(stand_in, channel):
    """Text unchanged and unformatted, links and quick replies below it, no preview."""
    buttons, links = (Button("Kosten", "/ask_fee"),), (Link("Termin", "https://termine.musterstadt.example/"),)
    sent = await channel.send("42", to_message("<b>5 * 3</b> _Ü_ 👍", buttons=buttons, links=links))

    message = stand_in.messages_to(42)[0]
    assert sent == str(message["message_id"])
    assert message["text"] == "<b>5 * 3</b> _Ü_ 👍"
    assert message["reply_markup"]["inline_keyboard"] == [
        [{"text": "Termin", "url": "https://termine.musterstadt.example/"}],
        [{"text": "Kosten", "callback_data": "b:2:0"}],
    ]
    call = stand_in.calls_of("sendMessage")[0]
    assert call["link_preview_options"] == {"is_disabled": True}
    assert "parse_mode" not in call


async def test_machine_is_named_above_each_part(stand_in, channel):
    """Telegram's limit holds with the label."""
    await channel.send("42", to_message("x" * 8_100, author=Author.BOT))

    texts = stand_in.texts_to(42)
    assert [text.splitlines()[0] for text in texts] == ["utter_bot_label"] * 2
    assert sum(text.count("x") for text in texts) == 8_100


async def test_long_message_is_split(stand_in, channel):
    """Emoji count double, so this needs three parts; nothing is refused and nothing lost."""
    await channel.send("42", to_message("😀 " * 4_000))

    assert len(stand_in.messages_to(42)) == 3
    assert sum(text.count("😀") for text in stand_in.texts_to(42)) == 4_000


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.CUT, Fault.FLOOD])
async def test_split_message_is_resumed(stand_in, channel, fault):
    """When a part fails, the next try sends that part and those after it, and none twice."""
    message = to_message("\n\n".join(letter * 4_000 for letter in "abc"))
    original = channel._bot.send_message

    async def fail_second(*args, **kwargs):
        if kwargs["text"].startswith("b") and not stand_in.faults._planned:
            stand_in.fail_next(fault)
        return await original(*args, **kwargs)

    object.__setattr__(channel._sender, "_bot", SendOnly(fail_second))
    with pytest.raises(DeliveryFailed):
        await channel.send("42", message)
    first = stand_in.texts_to(42)
    await channel.send("42", message)

    assert [text[0] for text in first] == ["a"]
    assert [text[0] for text in stand_in.texts_to(42)] == ["a", "b", "c"]


class SendOnly:
    """A bot that can only send."""

    def __init__(self, send_message):
        self.send_message = send_message


async def test_second_try_of_a_delivered_message_sends_nothing(stand_in, channel):
    """When the delivery could not be noted the outbox asks again; the citizen sees the message once."""
    first = await channel.send("42", to_message("Antwort"))
    second = await channel.send("42", to_message("Antwort"))

    assert first == second
    assert stand_in.texts_to(42) == ["Antwort"]


async def test_flood_wait_names_the_pause(stand_in, channel):
    """Telegram's pause reaches the outbox."""
    stand_in.fail_next(Fault.FLOOD, retry_after=17)

    with pytest.raises(DeliveryFailed) as raised:
        await channel.send("42", to_message("Antwort"))
    assert raised.value.retry_after == 17
    assert stand_in.messages_to(42) == []


async def test_time_out_after_delivery_counts_as_not_delivered(stand_in, channel):
    """Twice is better than never: whether a message arrived can't be known, so it is sent again."""
    stand_in.fail_next(Fault.HANG_AFTER_DELIVERY)

    with pytest.raises(DeliveryFailed):
        await channel.send("42", to_message("Antwort"))
    await channel.send("42", to_message("Antwort"))
    assert stand_in.texts_to(42) == ["Antwort", "Antwort"]


@pytest.mark.parametrize("address", ["42", "4711"])
async def test_citizen_who_left_is_told_from_a_failure(stand_in, channel, address):
    """Blocked or never seen: trying again is useless."""
    stand_in.citizen_blocks(42)

    with pytest.raises(RecipientGone):
        await channel.send(address, to_message("Antwort"))


async def test_refused_message_is_our_fault_and_told_without_its_text(channel, caplog):
    """The log names the message by its number only."""

    async def refuse(**_parameters):
        raise BadRequest("can't parse Mein Name ist Kim")

    object.__setattr__(channel._sender, "_bot", SendOnly(refuse))
    with pytest.raises(DeliveryRefused):
        await channel.send("42", to_message("Mein Name ist Kim"))

    assert [(r.conversation_id, r.seq) for r in caplog.records if hasattr(r, "seq")] == [("c1", 2)]
    assert "Kim" not in caplog.text


async def test_message_whose_buttons_are_refused_arrives_without_them(stand_in, channel, caplog):
    """The links are written out below the text, so that the citizen can go on; the log names no word of it."""
    original = channel._bot.send_message

    async def refuse_buttons(**parameters):
        if parameters["reply_markup"]:
            raise BadRequest("BUTTON_URL_INVALID Mein Name ist Kim")
        return await original(**parameters)

    object.__setattr__(channel._sender, "_bot", SendOnly(refuse_buttons))
    links = (Link("Termin", "https://termine.musterstadt.example/"),)
    sent = await channel.send("42", to_message("Antwort", buttons=(Button("Kosten", "/ask_fee"),), links=links))

    (message,) = stand_in.messages_to(42)
    assert message["text"] == "Antwort\n\nTermin: https://termine.musterstadt.example/"
    assert "reply_markup" not in message
    assert sent == str(message["message_id"])
    assert "Kim" not in caplog.text


async def test_refused_message_is_tried_without_buttons_once(channel):
    """After that the outbox is told, so that the next message is not held up."""
    calls = []

    async def refuse(**parameters):
        calls.append(parameters["reply_markup"] is not None)
        raise BadRequest("no")

    object.__setattr__(channel._sender, "_bot", SendOnly(refuse))
    with pytest.raises(DeliveryRefused):
        await channel.send("42", to_message("Antwort", buttons=(Button("Kosten", "/ask_fee"),)))

    assert calls == [True, False]


async def test_empty_message_is_no_call(stand_in, channel):
    """There is nothing that Telegram would take."""
    assert await channel.send("42", to_message(" ")) is None
    assert stand_in.calls_of("sendMessage") == []


async def test_pace_keeps_a_strict_telegram_content(stand_in, channel):
    """Five messages at once to one citizen arrive, slower than they were written, without one flood error."""
    stand_in.strict_pace = True
    for seq in range(1, 6):
        await channel.send("42", to_message(f"Nr. {seq}", seq=seq))

    assert stand_in.texts_to(42) == [f"Nr. {seq}" for seq in range(1, 6)]
    assert len(stand_in.calls_of("sendMessage")) == 5
