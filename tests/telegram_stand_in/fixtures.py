"""Fixtures for tests against the stand-in; a test module imports those that it uses."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI

from bot.channels.telegram import TelegramChannel, TelegramOptions
from bot.domain.messages import IncomingMessage
from tests.fakes import FakeResponses
from tests.telegram_stand_in.serving import serve
from tests.telegram_stand_in.state import TOKEN, StandIn


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    """A Telegram of its own for each test."""
    with serve(StandIn()) as running:
        yield running


class Inbox:
    """Takes what a channel receives, as `receive_message` does, and knows duplicates; `failures` are raised first."""

    def __init__(self) -> None:
        self.messages: list[IncomingMessage] = []
        self.dropped: list[str] = []
        self.failures: list[Exception] = []
        self.attempts = 0

    async def receive(self, message: IncomingMessage) -> None:
        """Store a message."""
        self.attempts += 1
        if self.failures:
            raise self.failures.pop(0)
        if message.source_id not in [each.source_id for each in self.messages]:
            self.messages.append(message)

    async def drop_recipient(self, address: str) -> None:
        """Note who left."""
        self.dropped.append(address)

    @property
    def texts(self) -> list[str]:
        """What was received."""
        return [message.text for message in self.messages]


def to_options(stand_in: StandIn, **changes: object) -> TelegramOptions:
    """Settings for a channel against the stand-in, with little patience."""
    settings: dict[str, Any] = {"token": TOKEN, "base_url": stand_in.url, "poll_seconds": 1, "patience": 0.5, **changes}
    return TelegramOptions(**settings)


@asynccontextmanager
async def running_channel(options: TelegramOptions, inbox: Inbox) -> AsyncIterator[TelegramChannel]:
    """A channel that receives into the inbox within the block."""
    channel = TelegramChannel(options, receive=inbox.receive, drop_recipient=inbox.drop_recipient, responses=FakeResponses())
    task = asyncio.create_task(channel.run())
    try:
        yield channel
        assert not task.done(), "the channel ended by itself"
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await channel.close()


@asynccontextmanager
async def serving_bot(stand_in: StandIn, inbox: Inbox, secret: str) -> AsyncIterator[TelegramChannel]:
    """A channel in webhook mode whose endpoint the stand-in reaches within the block."""
    listener = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    options = to_options(stand_in, mode="webhook", webhook_secret=secret, public_url=address)
    async with running_channel(options, inbox) as channel:
        app = FastAPI()
        app.include_router(channel.router())
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", http="h11", ws="none", lifespan="off"))
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield channel
        finally:
            server.should_exit = True
            await task


async def until(is_true: Callable[[], object], seconds: float = 4.0) -> None:
    """Wait until something happened in the background; fails the test where it does not."""
    end = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.01)
