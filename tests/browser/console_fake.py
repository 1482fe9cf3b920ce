"""A stand-in for the server of the console: its own pages over canned conversations, to look at and to break."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.console.pages import PAGE_HEADERS, TEMPLATES
from bot.console.static_files import STATIC
from bot.console.words import load_words, to_language

from .console_cases import (
    CANNED,
    COLLEAGUES,
    FIGURES,
    HOLDERS,
    ME,
    OFFICES,
    RESULTS,
    SUGGESTIONS,
    Json,
    crowd,
    iso,
    morning,
    one,
)
from .console_cases import to_message as to_canned_message
from .fake_api import Server

GROUPS = {"waiting": "waiting", "mine": "mine", "snoozed": "snoozed", "colleague": "colleagues", "bot": "tickets"}
ENDING = {"resolve": "resolved", "return": "returned", "transfer": "returned"}
TOWN = "Stadt Musterstadt"


@dataclass
class FakeConsole:
    """A console for Frau Kaya; `failing` maps the last part of a path to the status it answers with."""

    role: str = "lead"
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    conversations: dict[str, Json] = field(default_factory=dict)
    suggestions: list[Json] = field(default_factory=lambda: [dict(each) for each in SUGGESTIONS])
    failing: dict[str, int] = field(default_factory=dict)
    posted: list[tuple[str, Any]] = field(default_factory=list)
    is_signed_in: bool = True
    is_away: bool = False
    closed: set[str] = field(default_factory=lambda: {"standesamt"})

    def __post_init__(self) -> None:
        self._started = time.monotonic()
        self._streams: list[asyncio.Queue[str]] = []
        self._server: Server
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    @property
    def now(self) -> datetime:
        """The clock of the town."""
        return self.began + timedelta(seconds=time.monotonic() - self._started)

    @property
    def url(self) -> str:
        """The address of the console."""
        return f"{self._server.url}/console"

    def fill(self, conversations: Iterable[Json]) -> None:
        """These conversations and no others."""
        self.conversations = {each["id"]: each for each in conversations}

    def steps(self, name: str) -> list[Any]:
        """Bodies of the requests whose path ends like this, in their order."""
        return [body for path, body in self.posted if path.endswith(f"/{name}")]

    def write(self, id_: str, text: str, author: str = "citizen") -> None:
        """Somebody writes, and all open consoles are told."""
        conversation = self.conversations[id_]
        conversation["messages"].append(self._message(conversation, author, text))
        conversation["unread"] += author == "citizen"
        self.change(id_)

    def change(self, id_: str, **values: Any) -> None:
        """Something else about a conversation changes, and all open consoles are told."""
        self.conversations.get(id_, {}).update(values)
        event = f"event: conversation\ndata: {json.dumps({'id': id_})}\n\n"
        for stream in self._streams:
            self._server.loop.call_soon_threadsafe(stream.put_nowait, event)

    def reset(self) -> None:
        """No memory of the test before."""
        self.role, self.is_signed_in, self.is_away = "lead", True, False
        self.failing, self.posted, self._streams = {}, [], []
        self.closed = {"standesamt"}

    @contextmanager
    def running(self) -> Iterator["FakeConsole"]:
        """Serve on a free port."""
        with Server(self._app()) as self._server:
            yield self

    def _app(self) -> Starlette:
        step = "/console/api/conversations/{id}/{step}"
        routes = [
            Route("/console", self._page),
            Route("/console/sign-in", self._sign_in, methods=["GET", "POST"]),
            Route("/console/sign-out", self._sign_out, methods=["POST"]),
            Route("/console/static/{name}", self._static),
            Route("/console/events", self._events),
            Route("/console/api/session", self._session),
            Route("/console/api/queue", self._queue),
            Route("/console/api/search", self._search),
            Route("/console/api/figures", self._figures),
            Route("/console/api/presence", self._presence, methods=["POST"]),
            Route("/console/api/conversations/{id}", self._conversation),
            Route("/console/api/conversations/{id}/suggestions", self._suggest),
            Route(step, self._step, methods=["POST"]),
        ]
        return Starlette(routes=routes)

    def _refuse(self, request: Request) -> Response | None:
        status = self.failing.get(request.url.path.rsplit("/", 1)[-1], 200 if self.is_signed_in else 401)
        codes = {401: "token_invalid", 404: "conversation_not_found", 409: "invalid_transition"}
        if status == 200:
            return None
        return JSONResponse({"error": {"code": codes.get(status, "storage_unavailable"), "message": ""}}, status_code=status)

    def _render(self, request: Request, template: str, **values: Any) -> Response:
        language = to_language(request)
        other = "en" if language == "de" else "de"
        page = self._templates.get_template(template)
        html = page.render(words=load_words()[language], language=language, other_language=other, town=TOWN, **values)
        return HTMLResponse(html, headers=PAGE_HEADERS)

    async def _page(self, request: Request) -> Response:
        if not self.is_signed_in:
            return RedirectResponse("/console/sign-in", status_code=303)
        return self._render(request, "console.html", name=ME["name"])

    async def _sign_in(self, request: Request) -> Response:
        if request.method == "POST":
            self.is_signed_in = True
            return RedirectResponse("/console", status_code=303)
        problem = "session_expired" if "expired" in request.query_params else None
        return self._render(request, "sign_in.html", problem=problem, username="")

    async def _sign_out(self, _request: Request) -> Response:
        self.is_signed_in = False
        return Response(status_code=204)

    async def _static(self, request: Request) -> Response:
        return FileResponse(STATIC / request.path_params["name"], headers={"Cache-Control": "no-cache"})

    async def _events(self, _request: Request) -> Response:
        stream: asyncio.Queue[str] = asyncio.Queue()
        self._streams.append(stream)

        async def events() -> AsyncIterator[str]:
            yield "event: ready\ndata: {}\n\n"
            while True:
                yield await stream.get()

        return StreamingResponse(events(), media_type="text/event-stream")

    async def _session(self, request: Request) -> Response:
        language = to_language(request)
        return self._refuse(request) or JSONResponse(
            {
                "staff": {**ME, "offices": ["buergerbuero"]},
                "role": self.role,
                "is_away": self.is_away,
                "csrf_token": "token",
                "language": language,
                "timezone": "Europe/Berlin",
                "town": TOWN,
                "max_length": 4000,
                "offices": [{**each, "is_open": each["id"] not in self.closed} for each in OFFICES],
                "colleagues": COLLEAGUES,
                "canned_responses": CANNED,
                "results": RESULTS,
                "words": load_words()[language],
            }
        )

    async def _queue(self, request: Request) -> Response:
        groups: dict[str, list[Json]] = {name: [] for name in GROUPS.values()}
        for conversation in sorted(
            self.conversations.values(), key=lambda each: each["due_at"] or each["waiting_since"] or ""
        ):
            if group := GROUPS.get(conversation["state"]):
                groups[group].append(self._row(conversation))
        attention = sum(row["is_own_team"] for row in groups["waiting"]) + sum(row["unread"] > 0 for row in groups["mine"])
        return self._refuse(request) or JSONResponse({"now": iso(self.now), "attention": attention, **groups})

    def _row(self, conversation: Json) -> Json:
        said = [message for message in conversation["messages"] if message["author"] == "citizen"]
        row = {key: value for key, value in conversation.items() if key != "messages"}
        return {**row, "last_text": said[-1]["text"], "last_message_at": said[-1]["created_at"]}

    async def _search(self, request: Request) -> Response:
        wanted = request.query_params["q"].lower()
        found = [
            self._row(each)
            for each in self.conversations.values()
            if any(wanted in message["text"].lower() for message in each["messages"])
        ]
        return self._refuse(request) or JSONResponse({"rows": found})

    async def _presence(self, request: Request) -> Response:
        body = await request.json()
        self.posted.append((request.url.path, body))
        self.is_away = body.get("is_away", self.is_away)
        return self._refuse(request) or JSONResponse({"is_away": self.is_away, "colleagues": COLLEAGUES})

    async def _conversation(self, request: Request) -> Response:
        conversation = self.conversations.get(request.path_params["id"])
        if conversation is None:
            return JSONResponse({"error": {"code": "conversation_not_found", "message": ""}}, status_code=404)
        after = int(request.query_params.get("after", "0"))
        messages = [message for message in conversation["messages"] if message["seq"] > after]
        detail = {**self._row(conversation), "may": self._may(conversation["state"])}
        return self._refuse(request) or JSONResponse({"conversation": detail, "messages": messages})

    def _may(self, state: str) -> list[str]:
        leading = ["assign"] if self.role != "staff" else []
        steps = {
            "mine": [*HOLDERS, *leading],
            "waiting": ["claim", *leading, *(["transfer"] if leading else [])],
            "colleague": ["claim", *leading, *(["transfer"] if leading else [])],
            "snoozed": ["claim", "release", "transfer", *leading],
            "bot": ["claim", *leading],
        }
        return [*steps.get(state, []), "note"]

    async def _figures(self, request: Request) -> Response:
        return self._refuse(request) or JSONResponse(FIGURES)

    async def _suggest(self, request: Request) -> Response:
        return self._refuse(request) or JSONResponse({"suggestions": self.suggestions})

    async def _step(self, request: Request) -> Response:
        id_, step = request.path_params["id"], request.path_params["step"]
        sent = await request.body()
        body = json.loads(sent) if sent else None
        self.posted.append((request.url.path, body))
        conversation = self.conversations.get(id_)
        if refusal := self._refuse(request):
            return refusal
        if conversation is None:
            return JSONResponse({"error": {"code": "conversation_not_found", "message": ""}}, status_code=404)
        answer = self._take(conversation, step, body or {})
        if step not in ("viewing", "typing"):
            self.change(id_)
        return answer

    def _take(self, conversation: Json, step: str, body: Json) -> Response:
        if step == "replies":
            message = self._message(conversation, "staff", body["text"], author_name=ME["name"])
            conversation["messages"].append(message)
            conversation["unread"] = 0
            return JSONResponse({"message": message}, status_code=201)
        if step == "notes":
            note = {
                "id": len(conversation["notes"]) + 1,
                "author": ME["name"],
                "text": body["text"],
                "created_at": iso(self.now),
            }
            conversation["notes"].append(note)
            return JSONResponse({"note": note}, status_code=201)
        conversation.update(self._changes(step, body))
        return Response(status_code=204)

    def _changes(self, step: str, body: Json) -> Json:
        if step == "claim":
            return {"state": "mine", "assignee": ME, "waiting_since": None, "snoozed_until": None}
        if step == "snooze":
            return {"state": "snoozed", "snoozed_until": body["until"]}
        if step == "release":
            return {"state": "waiting", "assignee": None, "waiting_since": iso(self.now)}
        if step == "assign":
            chosen = next(each for each in [ME, *COLLEAGUES] if each["id"] == body["staff_id"])
            return {"state": "mine" if chosen is ME else "colleague", "assignee": chosen, "waiting_since": None}
        return {"state": ENDING[step]} if step in ENDING else {}

    def _message(self, conversation: Json, author: str, text: str, **more: Any) -> Json:
        return to_canned_message(len(conversation["messages"]) + 1, author, text, self.now, **more)


def main() -> None:
    """Serve so many conversations (0, 1, 8 or 200) until Enter is pressed, to look at them."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 8
    console = FakeConsole()
    console.fill(one(console.now) if count == 1 else list(crowd(console.now, count))[:count])
    with console.running():
        print(console.url)
        input()


if __name__ == "__main__":
    main()

__all__ = ["FakeConsole", "crowd", "morning", "one"]
