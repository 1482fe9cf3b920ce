"""What the stand-in knows: chats, their messages, updates that wait for the bot; and what citizens do."""

import re
import threading
import time
from collections.abc import Callable
from typing import Any

from tests.telegram_stand_in.faults import Fault, Faults, PlannedFault
from tests.telegram_stand_in.mischief import Mischief
from tests.telegram_stand_in.rules import ApiError, bad, units

TOKEN = "1234567:stand-in"
BOT = {"id": 1234567, "is_bot": True, "first_name": "Rathausbote", "username": "rathausbote_bot"}
MEDIA: dict[str, Any] = {
    "photo": [{"file_id": "p", "file_unique_id": "p", "width": 90, "height": 90}],
    "voice": {"file_id": "v", "file_unique_id": "v", "duration": 3},
    "audio": {"file_id": "a", "file_unique_id": "a", "duration": 3},
    "video": {"file_id": "f", "file_unique_id": "f", "width": 9, "height": 9, "duration": 3},
    "document": {"file_id": "d", "file_unique_id": "d"},
    "sticker": {
        "file_id": "s", "file_unique_id": "s", "type": "regular", "width": 9, "height": 9,
        "is_animated": False, "is_video": False,
    },
    "location": {"latitude": 51.9, "longitude": 7.6},
    "contact": {"phone_number": "02599", "first_name": "Kim"},
    "dice": {"emoji": "🎲", "value": 6},
}  # fmt: skip
Json = dict[str, Any]


class StandIn:
    """Telegram, as one bot and its citizens see it. Methods may be called from any thread.

    `strict_pace` refuses more than about one message a second in a chat (bursts of three are let through) and more
    than 30 overall, with a flood error.
    """

    def __init__(self, token: str = TOKEN, *, strict_pace: bool = False) -> None:
        self.token = token
        self.strict_pace = strict_pace
        self.url = ""
        self.faults = Faults()
        self.mischief = Mischief()
        self.hung: list[tuple[int, str]] = []
        self.lock = threading.RLock()
        self.is_closing = False
        self.updates: list[Json] = []
        self.allowed: list[str] | None = None
        self.poll_number = 0
        self.webhook: Json = {"url": "", "secret_token": ""}
        self.webhook_statuses: list[int] = []
        self.webhook_failed_at = 0
        self.calls: list[tuple[str, Json]] = []
        self.commands: dict[str, list[Json]] = {}
        self.answered_queries: list[str] = []
        self.chats: dict[int, list[Json]] = {}
        self._blocked: set[int] = set()
        self._sent_at: list[tuple[float, int]] = []
        self._update_id = 700_000
        self._message_id = 0

    # what citizens do; each gives the chat message's id
    def citizen_writes(self, chat: int, text: str, *, language: str = "de") -> int:
        """Type a message."""
        return self._say(chat, {"text": text, "entities": to_entities(text)}, language)

    def citizen_sends(self, chat: int, kind: str, *, caption: str | None = None, **fields: Any) -> int:
        """Send something other than text: a key of `MEDIA`."""
        content = {kind: MEDIA[kind], **fields, **({"caption": caption} if caption else {})}
        return self._say(chat, content, "de")

    def citizen_sends_photo(self, chat: int, caption: str | None = None) -> int:
        """Send a photo."""
        return self.citizen_sends(chat, "photo", caption=caption)

    def citizen_sends_voice(self, chat: int) -> int:
        """Send a voice message."""
        return self.citizen_sends(chat, "voice")

    def citizen_sends_sticker(self, chat: int) -> int:
        """Send a sticker."""
        return self.citizen_sends(chat, "sticker")

    def citizen_sends_location(self, chat: int) -> int:
        """Share a place."""
        return self.citizen_sends(chat, "location")

    def citizen_edits(self, chat: int, message_id: int, text: str) -> None:
        """Change a message that was sent before."""
        with self.lock:
            message = self.find_message(chat, message_id)
            message |= {"text": text, "entities": to_entities(text), "edit_date": int(time.time())}
            self._enqueue("edited_message", dict(message))

    def citizen_presses(self, chat: int, message_id: int, title: str) -> str:
        """Press the button with this title below a message of the bot; gives the query's id."""
        with self.lock:
            message = self.find_message(chat, message_id)
            buttons = [b for row in message["reply_markup"]["inline_keyboard"] for b in row]
            data = next(button["callback_data"] for button in buttons if button["text"] == title)
            query_id = f"q{len(self.calls)}-{self._update_id}"
            query = {"id": query_id, "from": to_citizen(chat), "message": message, "chat_instance": "c", "data": data}
            self._enqueue("callback_query", query)
            return query_id

    def citizen_blocks(self, chat: int) -> None:
        """Block the bot."""
        with self.lock:
            self._blocked.add(chat)
            change = {"chat": to_chat(chat), "from": to_citizen(chat), "date": int(time.time())}
            members = {"old_chat_member": _member("member"), "new_chat_member": {**_member("kicked"), "until_date": 0}}
            self._enqueue("my_chat_member", change | members)

    blocks = citizen_blocks

    def updates_raw(self, update: Json) -> int:
        """Put any update into the queue, as one that a newer Bot API might send; gives its id."""
        with self.lock:
            self._update_id += 1
            self.updates.append({"update_id": self._update_id, **update})
            return self._update_id

    # what tests look at
    def messages_to(self, chat: int) -> list[Json]:
        """The bot's messages in a chat."""
        with self.lock:
            return [message for message in self.chats.get(chat, []) if message["from"]["is_bot"]]

    def texts_to(self, chat: int) -> list[str]:
        """The texts of the bot's messages in a chat."""
        return [message["text"] for message in self.messages_to(chat)]

    def calls_of(self, method: str) -> list[Json]:
        """The parameters of every call of a method, also of those that failed."""
        with self.lock:
            return [parameters for name, parameters in self.calls if name.lower() == method.lower()]

    def fail_next(self, fault: Fault, times: int = 1, *, method: str = "sendMessage", **details: int) -> None:
        """Let the next calls of a method fail."""
        with self.lock:
            self.faults.plan(PlannedFault(fault, method, times, **details))

    # what the bot's calls do
    def add_bot_message(self, chat: int, text: str, markup: Json | None) -> Json:
        """Deliver a message of the bot; raises ApiError."""
        if chat not in self.chats:
            raise bad("chat not found")
        if chat in self._blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        self._check_pace(chat)
        message = self._new_message(chat, BOT, {"text": text})
        if markup is not None:
            message["reply_markup"] = markup
        return message

    def find_message(self, chat: int, message_id: int) -> Json:
        """A message of the chat; raises ApiError."""
        for message in self.chats.get(chat, []):
            if message["message_id"] == message_id:
                return message
        raise bad("message to edit not found")

    def drop_updates(self, is_done: Callable[[int], bool]) -> None:
        """Forget the updates whose ids were acknowledged."""
        self.mischief.note_acknowledged([update for update in self.updates if is_done(update["update_id"])])
        self.updates = [update for update in self.updates if not is_done(update["update_id"])]

    def choose_updates(self, limit: int) -> list[Json]:
        """The updates to give the bot now."""
        with self.lock:
            return self.mischief.choose(self.updates, limit)

    def _check_pace(self, chat: int) -> None:
        now = time.monotonic()
        self._sent_at = [(at, to) for at, to in self._sent_at if now - at < 10]
        here = [at for at, to in self._sent_at if to == chat]
        if self.strict_pace and any(sum(now - at < span for at in here) >= 3 + span for span in (1, 3, 10)):
            raise ApiError(429, "Too Many Requests: retry after 1", retry_after=1)
        if self.strict_pace and sum(now - at < 1 for at, _ in self._sent_at) >= 30:
            raise ApiError(429, "Too Many Requests: retry after 1", retry_after=1)
        self._sent_at.append((now, chat))

    def _say(self, chat: int, content: Json, language: str) -> int:
        with self.lock:
            self._blocked.discard(chat)
            message = self._new_message(chat, to_citizen(chat, language), content)
            self._enqueue("message", dict(message))
            return int(message["message_id"])

    def _new_message(self, chat: int, author: Json, content: Json) -> Json:
        self._message_id += 1
        message = {"message_id": self._message_id, "date": int(time.time()), "chat": to_chat(chat), "from": author}
        message |= content
        self.chats.setdefault(chat, []).append(message)
        return message

    def _enqueue(self, kind: str, content: Json) -> None:
        if self.allowed and kind not in self.allowed:
            return
        self.updates_raw({kind: content})


def to_chat(chat: int) -> Json:
    """A private chat; a negative number is a group."""
    if chat < 0:
        return {"id": chat, "type": "supergroup", "title": "Nachbarn"}
    return {"id": chat, "type": "private", "first_name": "Kim"}


def to_citizen(chat: int, language: str = "de") -> Json:
    """The citizen of a private chat, or somebody in a group."""
    return {"id": abs(chat), "is_bot": False, "first_name": "Kim", "language_code": language}


def to_entities(text: str) -> list[Json]:
    """Commands and mentions as Telegram marks them, counted in UTF-16 units."""
    found = [("bot_command", m) for m in re.finditer(r"(?<!\S)/[A-Za-z0-9_]{1,32}(@\w+)?", text)]
    found += [("mention", m) for m in re.finditer(r"(?<!\S)@\w+", text)]
    return [{"type": kind, "offset": units(text[: m.start()]), "length": units(m.group())} for kind, m in found]


def _member(status: str) -> Json:
    return {"user": BOT, "status": status}
