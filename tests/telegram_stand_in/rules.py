"""The limits and refusals of the real Bot API."""

import json
import re
from typing import Any

MAX_UNITS = 4_096
MAX_BUTTONS = 100
_URL = re.compile(r"(https?://[^\s/?#]*\w\.\w\S*|tg://\S+)")
_COMMAND_NAME = re.compile(r"[a-z0-9_]{1,32}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
THIS_MACHINE = ("http://127.0.0.1:", "http://localhost:")
JSON_FIELDS = ("reply_markup", "allowed_updates", "commands", "scope", "link_preview_options", "entities")
NUMBER_FIELDS = ("chat_id", "offset", "limit", "timeout", "message_id")


class ApiError(Exception):
    """An answer with `ok: false`."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def to_json(self) -> dict[str, Any]:
        """The body of the answer."""
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        return {**body, "parameters": self.parameters} if self.parameters else body


def bad(reason: str) -> ApiError:
    """A refusal with status 400."""
    return ApiError(400, f"Bad Request: {reason}")


def to_parameters(raw: dict[str, Any]) -> dict[str, Any]:
    """Read numbers and the fields that a form carries as JSON."""
    parameters = dict(raw)
    for name in JSON_FIELDS:
        if isinstance(raw.get(name), str):
            try:
                parameters[name] = json.loads(raw[name])
            except ValueError:
                raise bad(f"can't parse {name}: not JSON") from None
    for name in NUMBER_FIELDS:
        if name in raw:
            try:
                parameters[name] = int(raw[name])
            except (TypeError, ValueError):
                raise bad(f"{name} is not a number") from None
    return parameters


def units(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def check_text(text: object) -> str:
    """The text as it is shown; refuses an empty and a long one."""
    if not isinstance(text, str) or not text.strip():
        raise bad("message text is empty")
    if units(text.strip()) > MAX_UNITS:
        raise bad("message is too long")
    return text.strip()


def check_markup(markup: object) -> None:
    """Refuse a keyboard that Telegram would refuse."""
    if markup is None:
        return
    rows = markup.get("inline_keyboard") if isinstance(markup, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad("object expected as reply markup")
    buttons = [button for row in rows for button in row]
    if len(buttons) > MAX_BUTTONS:
        raise bad("reply markup is too long")
    for button in buttons:
        _check_button(button)


def _check_button(button: dict[str, Any]) -> None:
    if not str(button.get("text", "")).strip():
        raise bad("text buttons must be non-empty")
    if ("url" in button) == ("callback_data" in button):
        raise bad("inline keyboard button needs exactly one of url and callback_data")
    if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= 64:
        raise bad("BUTTON_DATA_INVALID")
    if "url" in button and not _URL.fullmatch(button["url"]):
        raise bad(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")


def check_commands(commands: object) -> None:
    """Refuse a menu that Telegram would refuse."""
    if not isinstance(commands, list) or len(commands) > 100:
        raise bad("can't parse commands")
    for command in commands:
        if not _COMMAND_NAME.fullmatch(command.get("command", "")):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(command.get("description", "")) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")


def check_webhook(url: str, secret: str) -> None:
    """Refuse an address without https (except this machine's own, for playing) and a secret with other characters."""
    if not url.startswith(("https://", *THIS_MACHINE)):
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    if secret and not _SECRET.fullmatch(secret):
        raise bad("secret token contains unallowed characters")
