"""What is counted, and when."""

import asyncio
from datetime import UTC, datetime

import pytest

from bot.domain.messages import Author, Message
from bot.errors import DeliveryFailed
from bot.metrics import MeasuredSender, Metrics

AT = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


class Channel:
    """Takes what is not slow and not wrong."""

    def __init__(self) -> None:
        self.released = asyncio.Event()

    async def send(self, address: str, message: Message) -> str | None:
        """The text is what happens."""
        if message.text == "slow":
            await self.released.wait()
        if message.text == "wrong":
            raise DeliveryFailed("no")
        return f"{address}/{message.seq}"


def to_message(text: str) -> Message:
    """A message of the bot."""
    return Message("c1", 2, Author.BOT, text, AT)


async def test_delivery_counts_at_once_and_only_when_it_was_taken() -> None:
    """A chat that takes long does not hide that all others are served; failures are no deliveries."""
    channel, metrics = Channel(), Metrics()
    sender = MeasuredSender(channel, metrics, channel="telegram")
    slow = asyncio.create_task(sender.send("1", to_message("slow")))
    await asyncio.sleep(0)
    taken = await sender.send("42", to_message("good"))
    with pytest.raises(DeliveryFailed):
        await sender.send("42", to_message("wrong"))
    meanwhile = metrics.render().decode()
    channel.released.set()
    await slow

    assert taken == "42/2"
    assert 'rathausbote_deliveries_total{channel="telegram"} 1.0' in meanwhile
    assert 'rathausbote_deliveries_total{channel="telegram"} 2.0' in metrics.render().decode()
