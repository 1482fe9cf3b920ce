"""Receiving by webhook, against the stand-in."""

import json

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from bot.channels.errors import add_error_handlers
from bot.channels.limits import BodyLimit
from bot.channels.telegram import HealthState, TelegramChannel
from bot.errors import StorageUnavailable
from tests.fakes import FakeResponses
from tests.telegram_stand_in import Fault
from tests.telegram_stand_in.fixtures import Inbox, serving_bot, stand_in, to_options, until

__all__ = ["stand_in"]

SECRET = "richtig-geheim_1"
HEADER = "X-Telegram-Bot-Api-Secret-Token"
UPDATE = {
    "update_id": 900,
    "message": {
        "message_id": 5,
        "date": 1_790_000_000,
        "chat": {"id": 42, "type": "private", "first_name": "Kim"},
        "from": {"id": 42, "is_bot": False, "first_name": "Kim", "language_code": "de"},
        "text": "Wo ist das Rathaus?",
    },
}


@pytest.fixture
def inbox():
    """Takes what arrives."""
    return Inbox()


@pytest.fixture
def build_client(stand_in, inbox):
    """A client for the endpoint in the given mode."""

    def build(mode="webhook"):
        options = to_options(stand_in, mode=mode, webhook_secret=SECRET, public_url="https://bot.example")
        app = FastAPI()
        app.add_middleware(BodyLimit)
        add_error_handlers(app)
        channel = TelegramChannel(
            options, receive=inbox.receive, drop_recipient=inbox.drop_recipient, responses=FakeResponses()
        )
        app.include_router(channel.router())
        return TestClient(app)

    return build


def post(client, body=UPDATE, secret=SECRET):
    """Deliver a body."""
    headers = {HEADER: secret} if secret is not None else {}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post("/telegram/webhook", content=content, headers=headers)


def test_update_is_stored_and_acknowledged(build_client, inbox):
    """A delivery with the secret is received; the same again has the same source id."""
    client = build_client()

    assert [post(client).status_code, post(client).status_code] == [200, 200]
    assert inbox.texts == ["Wo ist das Rathaus?"]


@pytest.mark.parametrize("secret", [None, "", "falsch", SECRET + "1", SECRET[:-1], "schlüssel".encode("latin-1")])
def test_wrong_secret_is_refused(build_client, inbox, secret):
    """Whoever does not know the secret stores nothing."""
    answer = post(build_client(), secret=secret)

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_allowed")
    assert inbox.attempts == 0


def test_endpoint_is_shut_in_polling_mode(build_client, inbox):
    """Where no webhook is in use nobody gets in, not even with the secret."""
    assert post(build_client("polling")).status_code == 403
    assert inbox.attempts == 0


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "update_malformed"),
        (b"\xff\xfe", 400, "update_malformed"),
        (b"[]", 400, "update_malformed"),
        (b'"x"', 400, "update_malformed"),
        (b"[" * 100_000, 400, "update_malformed"),
        ({"message": {}}, 400, "update_malformed"),
        (b'{"update_id": 1, "x": "' + b"x" * 1_000_000 + b'"}', 413, "body_too_large"),
    ],
)
def test_malformed_body_is_refused(build_client, inbox, body, status, code):
    """Errors have the project's form and store nothing."""
    answer = post(build_client(), body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert inbox.attempts == 0


def test_update_that_is_not_stored_is_asked_for_again(build_client, inbox):
    """Telegram is told to deliver once more, without a word of the citizen in the answer."""
    inbox.failures = [StorageUnavailable("Wo ist das Rathaus?")]
    client = build_client()
    answer = post(client)

    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "storage_unavailable")
    assert "Rathaus" not in answer.text
    assert post(client).status_code == 200
    assert inbox.texts == ["Wo ist das Rathaus?"]


async def test_telegram_delivers_until_it_is_stored(stand_in, inbox):
    """The whole way: webhook set despite a flood error, delivery in order, repeated after a failure, none doubled."""
    inbox.failures = [StorageUnavailable("away"), StorageUnavailable("away")]
    stand_in.fail_next(Fault.FLOOD, method="setWebhook")
    for text in ("eins", "zwei", "drei"):
        stand_in.citizen_writes(42, text)
    async with serving_bot(stand_in, inbox, SECRET) as channel:
        await until(lambda: channel.health.is_ok and not stand_in.updates)

    assert inbox.texts == ["eins", "zwei", "drei"]
    assert stand_in.webhook_statuses == [503, 503, 200, 200, 200]
    assert "my_chat_member" in stand_in.calls_of("setWebhook")[-1]["allowed_updates"]


async def test_failing_delivery_is_told(stand_in, inbox, monkeypatch):
    """When Telegram can't deliver, the operator reads what to check, and that it is over."""
    monkeypatch.setattr("bot.channels.telegram.webhook.CHECK_SECONDS", 0.02)
    inbox.failures = [StorageUnavailable("away")] * 2
    async with serving_bot(stand_in, inbox, SECRET) as channel:
        await until(lambda: channel.health.is_ok)
        stand_in.citizen_writes(42, "Frage")
        await until(lambda: channel.health.state is HealthState.NOT_DELIVERED)
        await until(lambda: channel.health.is_ok and inbox.messages)


async def test_webhook_that_was_removed_is_set_again(stand_in, inbox, monkeypatch):
    """Somebody who tries the token elsewhere does not cut citizens off for good."""
    monkeypatch.setattr("bot.channels.telegram.webhook.CHECK_SECONDS", 0.02)
    async with serving_bot(stand_in, inbox, SECRET):
        await until(lambda: stand_in.webhook["url"])
        stand_in.webhook = {"url": "", "secret_token": ""}
        stand_in.citizen_writes(42, "Frage")
        await until(lambda: inbox.messages)


async def test_webhook_stays_set_after_the_end(stand_in, inbox):
    """Other processes go on receiving, and Telegram keeps updates until one is back."""
    async with serving_bot(stand_in, inbox, SECRET) as channel:
        await until(lambda: channel.health.is_ok)
    stand_in.citizen_writes(42, "Frage")
    await until(lambda: 0 in stand_in.webhook_statuses)

    assert stand_in.webhook["url"]
    assert [update["message"]["text"] for update in stand_in.updates] == ["Frage"]
