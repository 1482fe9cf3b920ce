"""Calls to the Bot API: flood waits as an error of their own, nothing of a citizen and no token in any log."""

import json
import logging
from typing import Any

from telegram import Bot, Update
from telegram.error import TelegramError
from telegram.request import HTTPXRequest, RequestData

from bot.channels.telegram.options import TelegramOptions

logger = logging.getLogger(__name__)

FLOOD_STATUS = 429
CONNECTIONS = 64
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")


class FloodWait(TelegramError):
    """Telegram wants no further call for `seconds`; python-telegram-bot's RetryAfter warns whenever it is made."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"flood control, wait {seconds} s")
        self.seconds = seconds


class CarefulRequest(HTTPXRequest):
    """HTTPXRequest that raises FloodWait, and hands over an unreadable update as one without content."""

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *args: Any, **kwargs: Any
    ) -> tuple[int, bytes]:
        """Give status and body of one call; raises TelegramError."""
        status, payload = await super().do_request(url, method, request_data, *args, **kwargs)
        if status == FLOOD_STATUS:
            raise FloodWait(_to_wait(payload))
        if status == 200 and url.endswith("/getUpdates"):
            return status, _readable_answer(payload)
        return status, payload


def build_bot(options: TelegramOptions) -> tuple[Bot, list[CarefulRequest]]:
    """A bot for this token, and its connections to be shut down: one for polling, the others for all else."""
    silence_libraries()
    server = (options.base_url or "https://api.telegram.org").rstrip("/").removesuffix("/bot")
    connections = [_build_request(1, options.patience), _build_request(CONNECTIONS, options.patience)]
    bot = Bot(
        options.token,
        base_url=f"{server}/bot",
        base_file_url=f"{server}/file/bot",
        get_updates_request=connections[0],
        request=connections[1],
    )
    return bot, connections


def _build_request(connections: int, patience: float) -> CarefulRequest:
    return CarefulRequest(
        connection_pool_size=connections,
        read_timeout=patience,
        write_timeout=patience,
        connect_timeout=patience,
        pool_timeout=patience,
    )


def silence_libraries() -> None:
    """httpx logs addresses, which hold the token; python-telegram-bot logs messages. Failures are logged by us."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("telegram").setLevel(logging.CRITICAL + 1)


def to_update(data: dict[str, Any], bot: Bot | None = None) -> Update:
    """Read an update; one that python-telegram-bot can't read comes without content, so that it holds up nobody.

    Raises ValueError where there is no update id.
    """
    if not isinstance(data.get("update_id"), int):
        raise ValueError("an update needs its id")
    return Update.de_json(_readable(data), bot)


def _readable_answer(payload: bytes) -> bytes:
    answer = json.loads(payload)
    answer["result"] = [_readable(each) for each in answer["result"]]
    return json.dumps(answer).encode()


def _readable(data: dict[str, Any]) -> dict[str, Any]:
    """The update itself, or only its id where its content can't be read."""
    try:
        Update.de_json(data, None)
    except Exception as error:  # noqa: BLE001 - a library may stumble in any way over what it does not know
        logger.warning("unreadable update skipped", extra={"update_id": data["update_id"], "error": type(error).__name__})
        return {"update_id": data["update_id"]}
    return data


def _to_wait(payload: bytes) -> float:
    try:
        return float(json.loads(payload)["parameters"]["retry_after"])
    except (ValueError, KeyError, TypeError):
        return 1.0
