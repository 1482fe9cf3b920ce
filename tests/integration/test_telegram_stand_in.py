"""The stand-in itself: it refuses what Telegram refuses, so that a test against it means something."""

import json
import socket
import subprocess
import sys
import time

import httpx
import pytest

from tests.telegram_stand_in import TOKEN
from tests.telegram_stand_in.fixtures import stand_in

__all__ = ["stand_in"]


@pytest.fixture
def call(stand_in):
    """Calls a method with form fields as python-telegram-bot does; gives status and body."""
    stand_in.citizen_writes(42, "Hallo")
    with httpx.Client(base_url=stand_in.url, trust_env=False, timeout=3) as client:

        def call(method, *, token=TOKEN, **fields):
            data = {name: json.dumps(v) if isinstance(v, dict | list) else str(v) for name, v in fields.items()}
            answer = client.post(f"/bot{token}/{method}", data=data)
            return answer.status_code, answer.json()

        yield call


def keyboard(**button):
    """A keyboard with one button."""
    return {"inline_keyboard": [[{"text": "Knopf", **button}]]}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"text": "x" * 4_097}, "message is too long"),
        ({"text": "😀" * 2_049}, "message is too long"),
        ({"text": " \n"}, "message text is empty"),
        ({}, "message text is empty"),
        ({"text": "x", "chat_id": 4711}, "chat not found"),
        ({"text": "x", "reply_markup": keyboard(callback_data="ü" * 33)}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "reply_markup": keyboard(callback_data="")}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "reply_markup": keyboard(url="tel:115")}, "Wrong HTTP URL"),
        ({"text": "x", "reply_markup": keyboard()}, "exactly one"),
        ({"text": "x", "reply_markup": keyboard(callback_data="a", text=" ")}, "non-empty"),
        ({"text": "x", "reply_markup": "{"}, "not JSON"),
        ({"text": "x", "reply_markup": {"keys": []}}, "object expected"),
    ],
)
def test_messages_beyond_the_limits_are_refused(stand_in, call, fields, reason):
    """Each limit has its refusal, and nothing is delivered."""
    status, body = call("sendMessage", **{"chat_id": 42, **fields})

    assert (status, body["ok"], body["error_code"]) == (400, False, 400)
    assert reason in body["description"]
    assert stand_in.messages_to(42) == []


@pytest.mark.parametrize("fields", [{"text": "x" * 4_096}, {"text": "x", "reply_markup": keyboard(callback_data="ü" * 32)}])
def test_messages_at_the_limits_are_taken(call, fields):
    """The limits are not stricter than Telegram's."""
    assert call("sendMessage", chat_id=42, **fields)[0] == 200


def test_wrong_token_and_unknown_method(call):
    """As with Telegram: 401 and 404."""
    assert (call("getMe", token="1:x")[0], call("getNothing")[0]) == (401, 404)


def test_offset_acknowledges(stand_in, call):
    """An update comes again until a call names a higher offset."""
    first, again = (call("getUpdates")[1]["result"] for _ in range(2))
    after = call("getUpdates", offset=first[0]["update_id"] + 1)[1]["result"]

    assert first == again
    assert (after, stand_in.updates) == ([], [])


def test_blocked_chat_and_webhook_conflict(stand_in, call):
    """403 for who blocked the bot, 409 for polling beside a webhook."""
    stand_in.citizen_blocks(42)
    blocked = call("sendMessage", chat_id=42, text="x")[0]
    stand_in.webhook = {"url": "http://127.0.0.1:9/", "secret_token": ""}

    assert (blocked, call("getUpdates")[0]) == (403, 409)


def test_strict_pace_refuses_a_flood(stand_in, call):
    """A burst of messages to one chat ends in a flood error that names the pause."""
    stand_in.strict_pace = True
    answers = [call("sendMessage", chat_id=42, text="x") for _ in range(6)]

    assert [status for status, _ in answers] == [200] * 4 + [429] * 2
    assert answers[-1][1]["parameters"] == {"retry_after": 1}


def test_bot_edits_only_its_own_messages(stand_in, call):
    """A citizen's words stay theirs."""
    sent = call("sendMessage", chat_id=42, text="alt")[1]["result"]["message_id"]

    assert call("editMessageText", chat_id=42, message_id=sent, text="neu")[0] == 200
    assert call("editMessageText", chat_id=42, message_id=1, text="neu")[0] == 400
    assert stand_in.texts_to(42) == ["neu"]


def test_playing_by_hand():
    """The command starts a page on which one writes as a citizen and sees the conversation."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "tests.telegram_stand_in", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process, httpx.Client(trust_env=False) as client:
        try:
            page = _get_when_up(client, f"{address}/")
            client.post(f"{address}/play/42", json={"action": "write", "text": "Hallo"})
            client.post(f"{address}/play/42", json={"action": "photo"})
            unknown = client.post(f"{address}/play/42", json={"action": "dance"})
            shown = client.get(f"{address}/play/42").json()
        finally:
            process.terminate()

    assert "Telegram zum Ausprobieren" in page.text
    assert [message.get("text") for message in shown] == ["Hallo", None]
    assert unknown.status_code == 400


def _get_when_up(client, url):
    end = time.monotonic() + 10
    while True:
        try:
            return client.get(url)
        except httpx.ConnectError:
            assert time.monotonic() < end, "the stand-in did not start"
            time.sleep(0.05)


def test_updates_again_out_of_order_and_late(stand_in, call):
    """Acknowledged ones come once more, waiting ones in another order or not yet; none is kept back for good."""

    def give(offset=0):
        return [update["update_id"] for update in call("getUpdates", offset=offset)[1]["result"]]

    for number in range(9):
        stand_in.citizen_writes(42, f"Frage {number}")
    all_ids = give()
    stand_in.mischief.shuffle(1)
    shuffled, ordered = give(), give()
    rest = give(all_ids[2])
    stand_in.mischief.repeat(1)
    again = give()
    stand_in.mischief.hold(600)
    held = give()
    stand_in.mischief.hold(0)

    assert sorted(shuffled) == ordered == all_ids != shuffled
    assert rest == all_ids[2:]
    assert again == all_ids[1:]
    assert (held, give()) == ([], all_ids[2:])
