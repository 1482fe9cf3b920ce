"""An in-memory stand-in for the widget API that can be told to fail, delay, fall silent and forget."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, TypeVar

import pytest
import uvicorn
import yaml
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

Json = dict[str, Any]
Result = TypeVar("Result")

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "bot" / "channels" / "static"
WIDGET_WORDS: dict[str, dict[str, str]] = yaml.safe_load((ROOT / "data" / "widget.yml").read_text("utf-8"))
GREETINGS = {
    "de": "Guten Tag! Ich bin der Rathausbote, ein automatischer Assistent der Stadt Musterstadt. "
    "Ich antworte mit geprüften Texten der Stadt.\n\nWas möchten Sie wissen?",
    "en": "Hello! I am Rathausbote, an automatic assistant of the town of Musterstadt. "
    "My answers are texts checked by the town.\n\nWhat would you like to know?",
    "ar": "مرحبا! أنا Rathausbote، مساعد آلي لمدينة Musterstadt.\n\nماذا تريد أن تعرف؟",
}


class Server:
    """A uvicorn server on a free loopback port, in a thread of its own."""

    def __init__(self, app: Starlette) -> None:
        quiet: dict[str, Any] = {
            "log_level": "warning",
            "ws": "none",
            "lifespan": "off",
            "timeout_graceful_shutdown": 1,
        }
        self._server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, **quiet))
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.loop = asyncio.new_event_loop()

    def _run(self) -> None:
        self.loop.run_until_complete(self._server.serve())
        self.loop.close()

    def __enter__(self) -> Self:
        self._thread.start()
        wait_until(lambda: self._server.started)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)

    @property
    def url(self) -> str:
        """The origin, without a slash at the end."""
        port: int = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"


def wait_until(condition: Callable[[], object], seconds: float = 10) -> None:
    """Return as soon as the condition holds; fail the test when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail("the expected state was not reached in time")
        time.sleep(0.01)


@dataclass
class Seen:
    """One request as the server saw it."""

    method: str
    path: str
    headers: dict[str, str]


@dataclass
class Conversation:
    """One conversation: its messages, status and connected streams."""

    id: str
    token: str
    messages: list[Json] = field(default_factory=list)
    status: Json = field(default_factory=lambda: to_status("bot"))
    streams: list[asyncio.Queue[str | None]] = field(default_factory=list)

    def add(self, author: str, text: str, **more: Any) -> Json:
        """Append a message with the next number and return it."""
        message: Json = {
            "seq": len(self.messages) + 1,
            "author": author,
            "author_name": None,
            "text": text,
            "language": None,
            "buttons": [],
            "purpose": None,
            "links": [],
            "source_title": None,
            "source_url": None,
            "reviewed_on": None,
            "created_at": datetime.now(UTC).isoformat(),
            "client_message_id": None,
        }
        message |= more
        self.messages.append(message)
        return message


def to_status(status: str, **more: Any) -> Json:
    """The status of a conversation."""
    unknown: Json = {"assignee": None, "ticket": None, "access_code": None, "position": None, "estimate_minutes": None}
    return {"status": status, **unknown, "staff_is_typing": False, **more}


def frame(event: str, data: Json, seq: int | None = None) -> str:
    """One server-sent event."""
    number = f"id: {seq}\n" if seq is not None else ""
    return f"{number}event: {event}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def error(status: int, code: str, **headers: str) -> Response:
    """An error in the API's one form."""
    return JSONResponse({"error": {"code": code, "message": code}}, status, headers=headers)


class FakeApi:
    """The widget API as the tests need it; every knob takes effect at once."""

    def __init__(self) -> None:
        self.app = Starlette(
            routes=[
                Route("/", self._demo),
                Route("/widget.js", self._script),
                Route("/api/v1/widget", self._guarded(self._describe)),
                Route("/api/v1/conversations", self._guarded(self._start), methods=["POST"]),
                Route("/api/v1/conversations/reopen", self._guarded(self._reopen), methods=["POST"]),
                Route("/api/v1/conversations/{id}/messages", self._guarded(self._list)),
                Route("/api/v1/conversations/{id}/messages", self._guarded(self._receive), methods=["POST"]),
                Route("/api/v1/conversations/{id}/events", self._guarded(self._events)),
                Route("/api/v1/conversations/{id}/typing", self._guarded(self._note_typing), methods=["POST"]),
                Route("/api/v1/conversations/{id}/transcript", self._guarded(self._transcript)),
            ],
            middleware=[
                Middleware(
                    CORSMiddleware,
                    allow_origins=["*"],
                    allow_methods=["GET", "POST"],
                    allow_headers=["Authorization", "Content-Type", "Last-Event-ID"],
                    expose_headers=["Retry-After"],
                )
            ],
        )
        self.server = Server(self.app)
        self.reset()

    def reset(self) -> None:
        """Forget everything and behave well again."""
        self.conversations: dict[str, Conversation] = {}
        self.seen: list[Seen] = []
        self.answers: dict[str, list[Json]] = {}
        titles = ["Personalausweis", "Öffnungszeiten", "Wohnsitz anmelden"]
        self.greeting: Json = {"buttons": [{"title": title} for title in titles]}
        self._failures: list[tuple[str, int]] = []
        self._is_silent = False
        self._silenced: set[int] = set()
        self._dropped: set[int] = set()
        self._presses: list[Json | None] = []
        self.typing_signs: list[bool] = []
        self.reopenings: list[Json] = []

    # What a test reads

    @property
    def conversation(self) -> Conversation:
        """The newest conversation."""
        return list(self.conversations.values())[-1]

    @property
    def texts(self) -> list[str]:
        """What the citizen has written in the newest conversation, in the order of arrival; nothing while there is none."""
        if not self.conversations:
            return []
        return [message["text"] for message in self.conversation.messages if message["author"] == "citizen"]

    @property
    def pressed(self) -> list[Json | None]:
        """The button of each accepted message."""
        return self._presses

    def requests(self, method: str, ending: str) -> list[Seen]:
        """The requests of one kind, oldest first."""
        return [seen for seen in self.seen if seen.method == method and seen.path.endswith(ending)]

    # What a test causes

    def say(self, text: str, author: str = "bot", **more: Any) -> None:
        """Let the bot, staff or the system write into the newest conversation."""
        self._call(self._say, self.conversation, {"author": author, "text": text, **more})

    def set_status(self, status: str, **more: Any) -> None:
        """Change the status of the newest conversation."""
        self.conversation.status = to_status(status, **more)
        self._call(self._publish, self.conversation, frame("status", self.conversation.status))

    def set_typing(self, author: str, *, active: bool) -> None:
        """Tell the citizen that somebody writes, or no longer does."""
        self._call(self._publish, self.conversation, frame("typing", {"author": author, "active": active}))

    def cut_streams(self) -> None:
        """End every event stream, as a restart of the server does."""
        for conversation in self.conversations.values():
            self._call(self._publish, conversation, None)

    def fall_silent(self) -> None:
        """Keep streams open without ever sending a byte again: a connection that is lost one way."""
        self._is_silent = True
        self._silenced.update(id(queue) for conversation in self.conversations.values() for queue in conversation.streams)

    def speak_again(self) -> None:
        """Let new streams deliver; those that were open stay silent."""
        self._is_silent = False

    def drop_from_stream(self, seq: int) -> None:
        """Leave one message out of the streams."""
        self._dropped.add(seq)

    def fail(self, kind: str, *statuses: int) -> None:
        """Answer the next requests of a kind, such as "POST messages", with these statuses."""
        self._failures += [(kind, status) for status in statuses]

    def work_again(self) -> None:
        """Drop the failures that have not happened yet."""
        self._failures.clear()

    def forget_conversations(self) -> None:
        """Lose every conversation, as the end of the retention period does."""
        self.cut_streams()
        self.conversations.clear()

    @contextmanager
    def running(self) -> Iterator[Self]:
        """Serve on a loopback port."""
        with self.server:
            yield self
            self.cut_streams()

    def _call(self, function: Callable[..., Result], *arguments: Any) -> Result:
        done: Future[Result] = Future()
        self.server.loop.call_soon_threadsafe(lambda: done.set_result(function(*arguments)))
        return done.result(timeout=5)

    # Routes

    def _guarded(self, handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            self.seen.append(Seen(request.method, request.url.path, dict(request.headers)))
            status = self._planned_failure(f"{request.method} {request.url.path.rsplit('/', 1)[-1]}")
            if status:
                return error(status, "planned_failure", **({"Retry-After": "1"} if status == 429 else {}))
            if "id" not in request.path_params:
                return await handler(request)
            conversation = self.conversations.get(request.path_params["id"])
            if conversation is None:
                return error(404, "conversation_not_found")
            if request.headers.get("Authorization") != f"Bearer {conversation.token}":
                return error(401, "token_invalid")
            request.state.conversation = conversation
            return await handler(request)

        return handle

    def _planned_failure(self, kind: str) -> int | None:
        for index, (wanted, status) in enumerate(self._failures):
            if wanted == kind:
                del self._failures[index]
                return status
        return None

    async def _demo(self, _: Request) -> Response:
        return FileResponse(STATIC / "demo.html")

    async def _script(self, request: Request) -> Response:
        self.seen.append(Seen(request.method, request.url.path, dict(request.headers)))
        return FileResponse(STATIC / "widget.js", media_type="text/javascript")

    async def _describe(self, request: Request) -> Response:
        language = request.query_params["lang"]
        return JSONResponse(
            {
                "town": "Musterstadt",
                "title": WIDGET_WORDS["title"][language],
                "languages": ["de", "en"],
                "privacy_url": "https://www.musterstadt.example/datenschutz",
                "max_length": 4000,
                "texts": {key: words[language] for key, words in WIDGET_WORDS.items()},
            }
        )

    async def _start(self, request: Request) -> Response:
        language = (await request.json())["language"]
        number = len(self.seen)
        conversation = Conversation(id=f"c{number}", token=f"token-{number}")
        conversation.add("bot", GREETINGS[language], **{"language": language} | self.greeting)
        self.conversations[conversation.id] = conversation
        return JSONResponse({"id": conversation.id, "token": conversation.token}, 201)

    async def _reopen(self, request: Request) -> Response:
        body = await request.json()
        self.reopenings.append(body)
        for conversation in self.conversations.values():
            if {"ticket": conversation.status["ticket"], "access_code": conversation.status["access_code"]} == body:
                conversation.token = f"token-{len(self.seen)}"
                return JSONResponse({"id": conversation.id, "token": conversation.token})
        return error(404, "ticket_not_found")

    async def _list(self, request: Request) -> Response:
        conversation: Conversation = request.state.conversation
        after = int(request.query_params["after"])
        return JSONResponse({"messages": conversation.messages[after:], "status": conversation.status})

    async def _receive(self, request: Request) -> Response:
        conversation: Conversation = request.state.conversation
        body = await request.json()
        for message in conversation.messages:
            if message["client_message_id"] == body["client_message_id"]:
                return JSONResponse({"seq": message["seq"]}, 202)
        self._presses.append(body["button"])
        kept = {"text": body["text"], "client_message_id": body["client_message_id"]}
        mine = self._say(conversation, {"author": "citizen", **kept})
        for answer in self.answers.get(body["text"], []):
            self._say(conversation, {"author": "bot", **answer})
        return JSONResponse({"seq": mine["seq"]}, 202)

    async def _note_typing(self, request: Request) -> Response:
        self.typing_signs.append((await request.json())["is_typing"])
        return Response(status_code=204)

    async def _transcript(self, request: Request) -> Response:
        lines = [f"{message['author']}: {message['text']}" for message in request.state.conversation.messages]
        return PlainTextResponse("\n".join(lines))

    async def _events(self, request: Request) -> Response:
        conversation: Conversation = request.state.conversation
        after = int(request.headers.get("Last-Event-ID", "0"))
        return StreamingResponse(self._stream(conversation, after), media_type="text/event-stream")

    async def _stream(self, conversation: Conversation, after: int) -> AsyncIterator[str]:
        queue: asyncio.Queue[str | None] = asyncio.Queue()
        queue.put_nowait(frame("status", conversation.status))
        for message in conversation.messages[after:]:
            queue.put_nowait(frame("message", message, message["seq"]))
        conversation.streams.append(queue)
        while (text := await queue.get()) is not None:
            if not self._is_silent and id(queue) not in self._silenced:
                yield text

    def _say(self, conversation: Conversation, message: Json) -> Json:
        added = conversation.add(**message)
        if added["seq"] not in self._dropped:
            self._publish(conversation, frame("message", added, added["seq"]))
        return added

    def _publish(self, conversation: Conversation, text: str | None) -> None:
        for queue in conversation.streams:
            queue.put_nowait(text)
        if text is None:
            conversation.streams.clear()


STRICT_PAGE = """<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>Rathaus Musterstadt</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><main><h1>Rathaus Musterstadt</h1><p>Eine Seite der Stadt.</p><p><a href="#kontakt">Kontakt</a></p>
<p><button type="button" data-rathausbote="open">Frage stellen</button></p></main>
<script src="{api}/widget.js" defer {attributes}></script></body></html>"""


def town_website(api_url: Callable[[], str]) -> Starlette:
    """A page on another origin with a strict policy: only the widget's origin may give scripts and be talked to."""

    async def page(request: Request) -> Response:
        query = request.query_params
        attributes = " ".join(f'data-{name}="{value}"' for name, value in query.items() if name != "lang")
        policy = (
            f"default-src 'none'; script-src {api_url()}; connect-src {api_url()}; style-src 'none'; img-src 'none'; "
            "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
        )
        html = STRICT_PAGE.format(api=api_url(), language=query.get("lang", "de"), attributes=attributes)
        return HTMLResponse(html, headers={"Content-Security-Policy": policy})

    return Starlette(routes=[Route("/", page)])
