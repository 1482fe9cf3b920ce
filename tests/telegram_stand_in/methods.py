"""The Bot API's methods that the bot uses."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from tests.telegram_stand_in import rules
from tests.telegram_stand_in.rules import ApiError
from tests.telegram_stand_in.state import BOT, StandIn

Json = dict[str, Any]
LOOK_EVERY = 0.01


async def call(stand_in: StandIn, method: str, parameters: Json) -> object:
    """Do what a method does and give its result; raises ApiError."""
    if method == "getupdates":
        return await get_updates(stand_in, parameters)
    if method not in METHODS:
        raise ApiError(404, "Not Found")
    with stand_in.lock:
        return METHODS[method](stand_in, parameters)


async def get_updates(stand_in: StandIn, parameters: Json) -> list[Json]:
    """Long polling: an offset acknowledges what is older, a second poll ends the first, a webhook forbids it."""
    with stand_in.lock:
        if stand_in.webhook["url"]:
            raise ApiError(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook first")
        stand_in.allowed = parameters.get("allowed_updates") or stand_in.allowed
        offset = parameters.get("offset", 0)
        if offset < 0:
            offset = max([update["update_id"] for update in stand_in.updates[:offset]], default=-1) + 1
        stand_in.drop_updates(lambda update_id: update_id < offset)
        stand_in.poll_number += 1
        number = stand_in.poll_number
    until = time.monotonic() + min(parameters.get("timeout", 0), 50)
    limit = min(max(parameters.get("limit", 100), 1), 100)
    while not (given := stand_in.choose_updates(limit)) and time.monotonic() < until and not stand_in.is_closing:
        await asyncio.sleep(LOOK_EVERY)
        if stand_in.poll_number != number:
            raise ApiError(409, "Conflict: terminated by other getUpdates request; make sure only one bot runs")
    return given


def get_me(_stand_in: StandIn, _parameters: Json) -> Json:
    """The bot itself."""
    return BOT


def send_message(stand_in: StandIn, parameters: Json) -> Json:
    """Deliver a message."""
    text = rules.check_text(parameters.get("text"))
    rules.check_markup(parameters.get("reply_markup"))
    return stand_in.add_bot_message(parameters.get("chat_id", 0), text, parameters.get("reply_markup"))


def edit_message_text(stand_in: StandIn, parameters: Json) -> Json:
    """Change a message of the bot."""
    message = stand_in.find_message(parameters.get("chat_id", 0), parameters.get("message_id", 0))
    if not message["from"]["is_bot"]:
        raise rules.bad("message can't be edited")
    rules.check_markup(parameters.get("reply_markup"))
    message["text"] = rules.check_text(parameters.get("text"))
    message["reply_markup"] = parameters.get("reply_markup") or {"inline_keyboard": []}
    return message


def answer_callback_query(stand_in: StandIn, parameters: Json) -> bool:
    """Take away the clock on a pressed button."""
    stand_in.answered_queries.append(parameters.get("callback_query_id", ""))
    return True


def send_chat_action(stand_in: StandIn, parameters: Json) -> bool:
    """Show that the bot is typing."""
    if parameters.get("chat_id") not in stand_in.chats:
        raise rules.bad("chat not found")
    return True


def set_my_commands(stand_in: StandIn, parameters: Json) -> bool:
    """Set the menu for a language; an empty one is everybody else's."""
    rules.check_commands(parameters.get("commands"))
    stand_in.commands[parameters.get("language_code", "")] = parameters["commands"]
    return True


def set_webhook(stand_in: StandIn, parameters: Json) -> bool:
    """Deliver updates to an address from now on; an empty address ends that."""
    url = parameters.get("url", "")
    if not url:
        return delete_webhook(stand_in, parameters)
    rules.check_webhook(url, parameters.get("secret_token", ""))
    stand_in.webhook = {"url": url, "secret_token": parameters.get("secret_token", "")}
    stand_in.allowed = parameters.get("allowed_updates") or stand_in.allowed
    return True


def delete_webhook(stand_in: StandIn, parameters: Json) -> bool:
    """Deliver updates by polling again."""
    stand_in.webhook = {"url": "", "secret_token": ""}
    if str(parameters.get("drop_pending_updates", "")).lower() == "true":
        stand_in.updates = []
    return True


def get_webhook_info(stand_in: StandIn, _parameters: Json) -> Json:
    """The address that updates are delivered to."""
    failed_at = stand_in.webhook_failed_at
    return {
        "url": stand_in.webhook["url"],
        "has_custom_certificate": False,
        "pending_update_count": len(stand_in.updates),
        **({"last_error_date": failed_at, "last_error_message": "Wrong response from the webhook"} if failed_at else {}),
    }


METHODS: dict[str, Callable[[StandIn, Json], object]] = {
    "getme": get_me,
    "sendmessage": send_message,
    "editmessagetext": edit_message_text,
    "answercallbackquery": answer_callback_query,
    "sendchataction": send_chat_action,
    "setmycommands": set_my_commands,
    "setwebhook": set_webhook,
    "deletewebhook": delete_webhook,
    "getwebhookinfo": get_webhook_info,
}
