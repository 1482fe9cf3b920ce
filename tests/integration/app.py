"""The whole program for tests: the real application on a free port, with a scripted engine, none, or the real one."""

import asyncio
import contextlib
import itertools
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, TypeVar

import httpx
import uvicorn
import yaml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from bot.assistant.engine_client import EngineStatus
from bot.main import Town, create_app, utc_now
from bot.ports import Clock
from bot.settings import PROJECT_ROOT, Settings
from bot.staff_commands import add
from bot.upkeep import PACE, Pace
from bot.use_cases.set_duties import Duties

Json = dict[str, Any]
Found = TypeVar("Found")
Hours = Literal["open", "closed", "weekdays"]
NOBODY = "http://127.0.0.1:1"
ROUND_THE_CLOCK = ["00:00-24:00"]
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
OFFICE_HOURS = {"steueramt": ["08:00-12:00"]}
USUAL_HOURS = ["08:00-16:00"]


def until(look: Callable[[], Found], seconds: float = 8.0) -> Found:
    """Wait until `look` gives something true, and give that; fails the test where it does not happen in time."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)
    return found


def listen() -> socket.socket:
    """A listening socket on a free port of this machine."""
    return socket.create_server(("127.0.0.1", 0))


# The town's files, with hours that do not depend on the clock


def copy_town(folder: Path, hours: Hours = "open") -> Path:
    """A project folder whose offices are open round the clock today, or closed; from the day after tomorrow as usual.

    With "weekdays" they are open on weekdays from 8 to 16 and the tax office until 12, whatever the day is today.
    """
    town = folder / "town"
    for name in ("config.yml", "domain.yml"):
        town.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT_ROOT / name, town)
    shutil.copytree(PROJECT_ROOT / "data", town / "data")
    (town / "models").symlink_to(PROJECT_ROOT / "models")
    for path in (town / "data" / "offices").glob("*.yml"):
        path.write_text(_with_hours(path.read_text("utf-8"), hours), "utf-8")
    return town


def _with_hours(content: str, hours: Hours) -> str:
    office: Json = yaml.safe_load(content)
    if hours == "weekdays":
        office["opening_hours"] = dict.fromkeys(WEEKDAYS, OFFICE_HOURS.get(office["id"], USUAL_HOURS))
        office.pop("exceptions", None)
        return _to_yaml(office)
    now = datetime.now(UTC).date()
    near = [now + timedelta(days=day) for day in (-1, 0, 1)]
    reason = {"de": "Probe", "en": "trial"}
    if hours == "open":
        office["exceptions"] = [{"date": day, "reason": reason, "opening_hours": ROUND_THE_CLOCK} for day in near]
    else:
        office["exceptions"] = [{"from": near[0], "to": near[-1], "reason": reason}]
    return _to_yaml(office)


def _to_yaml(office: Json) -> str:
    return yaml.safe_dump(office, allow_unicode=True, sort_keys=False)


# The engine


def to_content(text: str, **changes: object) -> Json:
    """The engine's JSON for a turn that says one sentence."""
    return {
        "replies": [to_reply(text)],
        "decision": "answer",
        "state": {"current_service": "personalausweis"},
        "intent": "ask_fee",
        "aspect": "fee",
        "service": "personalausweis",
        "office": "buergerbuero",
        "confidence": 0.9,
        "candidates": [{"service": "personalausweis", "score": 0.9}],
        "options": [],
        "handoff_reason": None,
        "referral": None,
        "also_answered": [],
        "language": "de",
        **changes,
    }


def to_reply(text: str, **changes: object) -> Json:
    """One reply of the engine."""
    nothing: Json = {"buttons": [], "links": [], "source_title": None, "source_url": None, "reviewed_on": None}
    return {"text": text, **nothing, **changes}


HAND_OFF = to_content("", replies=[], decision="handoff", handoff_reason="citizen_asked", intent="request_human")


@dataclass
class StubEngine:
    """Speaks the protocol of the engine; `script` gives the turn for a text or payload, everything else is echoed."""

    script: dict[str, Json | Callable[[Json], object]] = field(default_factory=dict)
    seen: list[Json] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def __post_init__(self) -> None:
        self.released.set()

    def app(self) -> Starlette:
        """`/status` and `/turn`."""
        return Starlette(routes=[Route("/status", self._status), Route("/turn", self._turn, methods=["POST"])])

    async def _status(self, _: Request) -> JSONResponse:
        return JSONResponse({"state": "ready", "detail": "stub", "seconds": 0.0, "pid": os.getpid()})

    async def _turn(self, request: Request) -> JSONResponse:
        wanted: Json = await request.json()
        self.seen.append(wanted)
        while not self.released.is_set():
            if await request.is_disconnected():
                break
            await asyncio.sleep(0.02)
        scripted = self.script.get(wanted["payload"] or wanted["text"], {})
        content = scripted(wanted) if callable(scripted) else scripted
        return JSONResponse(content or to_content(f"Antwort auf: {wanted['text']}", language=wanted["language"]))

    @property
    def texts(self) -> list[str]:
        """What was asked."""
        return [each["text"] for each in self.seen]


@contextmanager
def serving(app: ASGIApp, listener: socket.socket | None = None) -> Iterator[str]:
    """Serve an application in a thread within the block; gives its address."""
    listener = listener or listen()
    config = uvicorn.Config(
        app, log_config=None, http="h11", ws="none", access_log=False, loop="asyncio", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        until(lambda: server.started or not thread.is_alive())
        assert server.started, "the application did not start"
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=15)
        listener.close()
    assert not thread.is_alive(), "the application did not end"


@contextmanager
def stub_engine() -> Iterator[StubEngine]:
    """An engine that answers by its script."""
    engine = StubEngine()
    with serving(engine.app()) as url:
        engine.url = url
        yield engine
        engine.released.set()


# The program


def to_settings(folder: Path, **changes: object) -> Settings:
    """Settings of a program that keeps everything in this folder and has no engine unless one is named."""
    values: Json = {"var_dir": folder / "var", "engine_url": NOBODY, "turn_timeout": 5.0, **changes}
    return Settings(**{"_env_file": None, **values})


@dataclass
class Program:
    """The program that runs."""

    url: str
    town: Town
    people: contextlib.ExitStack
    http: httpx.Client

    def citizen(self, language: str = "de") -> "Citizen":
        """Somebody who opens the widget."""
        citizen = Citizen(self.url, language)
        self.people.callback(citizen.api.close)
        return citizen

    def employ(self, username: str = "kaya", name: str = "Frau Kaya") -> str:
        """Add a staff member; gives the password. In a thread of its own, because Playwright has a loop in this one."""
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(asyncio.run, add(self.town.settings, username, name, Duties())).result(10)

    def staff(self, username: str = "kaya", name: str = "Frau Kaya") -> "StaffClient":
        """Somebody new at the town hall who signs in to the console."""
        member = StaffClient(self.url, username, self.employ(username, name))
        self.people.callback(member.http.close)
        return member


@contextmanager
def running(settings: Settings, *, now: Clock = utc_now, pace: Pace = PACE) -> Iterator[Program]:
    """The real application within the block."""
    announced: list[EngineStatus] = []
    with listen() as listener:
        settings = settings.model_copy(update={"port": listener.getsockname()[1]})
        app = create_app(settings, announce=announced.append, now=now, pace=pace)
        with serving(app, listener) as url, contextlib.ExitStack() as people:
            http = people.enter_context(httpx.Client(base_url=url, timeout=10, trust_env=False, verify=False))
            yield Program(url, app.state.town, people, http)


@dataclass
class Process:
    """`rathausbote run` as a process of its own."""

    folder: Path
    port: int
    environment: dict[str, str]
    people: contextlib.ExitStack
    process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it accepts messages."""
        command = [sys.executable, "-m", "bot.cli", "run"]
        output = (self.folder / "output.txt").open("a", encoding="utf-8")
        with output:
            self.process = subprocess.Popen(command, env=self.environment, stdout=output, stderr=output, text=True)
        until(self._is_ready, seconds=20)

    def _is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.output
        try:
            return httpx.get(f"{self.url}/readyz", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def citizen(self) -> "Citizen":
        """Somebody who opens the widget, and keeps it open when the process dies."""
        citizen = Citizen(self.url)
        self.people.callback(citizen.api.close)
        return citizen

    def staff(self) -> "StaffClient":
        """The first account, whose password is shown at the first start."""
        username, password = re.findall(r"(?:staff account|password):\s+(\S+)", self.output)
        member = StaffClient(self.url, username, password)
        self.people.callback(member.http.close)
        return member

    def kill(self) -> None:
        """End it without warning."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=10)

    @property
    def output(self) -> str:
        """Everything it has printed."""
        return (self.folder / "output.txt").read_text("utf-8")


def to_environment(folder: Path, **changes: str) -> dict[str, str]:
    """The environment of a process that keeps everything in this folder."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("BOT_")}
    return {**inherited, "BOT_VAR_DIR": str(folder / "var"), "BOT_ENGINE_URL": NOBODY, **changes}


def run_until_it_ends(folder: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    """`rathausbote run` that is expected to end by itself."""
    with listen() as listener:
        port = str(listener.getsockname()[1])
    environment = to_environment(folder, **{"BOT_PORT": port, **changes})
    command = [sys.executable, "-m", "bot.cli", "run"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)


@contextmanager
def process(folder: Path, **changes: str) -> Iterator[Process]:
    """A process that is not started yet; killed at the end."""
    with listen() as listener:
        port = listener.getsockname()[1]
    with contextlib.ExitStack() as people:
        web = Process(folder, port, to_environment(folder, BOT_PORT=str(port), **changes), people)
        try:
            yield web
        finally:
            if web.process is not None and web.process.poll() is None:
                web.kill()


# People


HOUSEHOLDS = itertools.count(0x100)
"""Each citizen comes from a network of their own: new conversations are counted by network."""


class Citizen:
    """Somebody who uses the widget's API."""

    def __init__(self, url: str, language: str = "de") -> None:
        self.api = httpx.Client(base_url=f"{url}/api/v1", timeout=10, trust_env=False, verify=False)
        home = {"X-Forwarded-For": f"2001:db8:{next(HOUSEHOLDS):x}::1"}
        response = self.api.post("/conversations", json={"language": language}, headers=home)
        if response.status_code != 201:
            self.api.close()
        assert response.status_code == 201, response.text
        self.id, token = response.json()["id"], response.json()["token"]
        self.api.headers["Authorization"] = f"Bearer {token}"
        self.path = f"/conversations/{self.id}"

    def post(self, text: object, *, id_: str | None = None, button: Json | None = None) -> httpx.Response:
        """Send a message; the response."""
        body = {"client_message_id": id_ or uuid.uuid4().hex, "text": text, "button": button}
        return self.api.post(f"{self.path}/messages", json=body)

    def say(self, text: str, *, id_: str | None = None, button: Json | None = None) -> int:
        """Send a message that is accepted; its number."""
        response = self.post(text, id_=id_, button=button)
        assert response.status_code == 202, response.text
        seq: int = response.json()["seq"]
        return seq

    def page(self, after: int = 0) -> Json:
        """Messages and status."""
        response = self.api.get(f"{self.path}/messages", params={"after": after})
        assert response.status_code == 200, response.text
        page: Json = response.json()
        return page

    def messages(self, after: int = 0) -> list[Json]:
        """Messages after a number."""
        messages: list[Json] = self.page(after)["messages"]
        return messages

    @property
    def status(self) -> str:
        """Who answers."""
        return str(self.page()["status"]["status"])

    @property
    def texts(self) -> list[str]:
        """What was said, as `author: text`."""
        return [f"{each['author']}: {each['text']}" for each in self.messages()]

    def hears(self, count: int = 1, *, after: int) -> list[Json]:
        """Wait until so many messages of others came after a number; all of them."""

        def heard() -> list[Json]:
            others = [each for each in self.messages(after) if each["author"] != "citizen"]
            return others if len(others) >= count else []

        return until(heard)

    def reads(self, text: str, *, author: str | None = None, seconds: float = 8.0) -> Json:
        """Wait until a message holds this text; that message."""

        def read() -> list[Json]:
            return [m for m in self.messages() if text in m["text"] and author in (None, m["author"])]

        return until(read, seconds)[0]

    def asks(self, text: str, *, count: int = 1, button: Json | None = None) -> list[Json]:
        """Send a message and wait for so many answers."""
        return self.hears(count, after=self.say(text, button=button))


class StaffClient:
    """Somebody who is signed in at the console's API."""

    def __init__(self, url: str, username: str, password: str) -> None:
        host = url.removeprefix("http://")
        self.http = httpx.Client(
            base_url=f"{url}/console", timeout=10, trust_env=False, verify=False, headers={"Origin": f"http://{host}"}
        )
        response = self.http.post("/sign-in", data={"username": username, "password": password})
        assert response.status_code == 303, response.text
        self.http.headers["X-CSRF-Token"] = self.http.get("/api/session").json()["csrf_token"]

    def queue(self) -> Json:
        """The list of conversations."""
        queue: Json = self.http.get("/api/queue").json()
        return queue

    def do(self, step: str, conversation_id: str, **body: object) -> httpx.Response:
        """`claim`, `replies`, `resolve` or `return`."""
        return self.http.post(f"/api/conversations/{conversation_id}/{step}", json=body)

    def reply(self, conversation_id: str, text: str) -> None:
        """Answer the citizen."""
        response = self.do("replies", conversation_id, text=text, client_message_id=uuid.uuid4().hex)
        assert response.status_code == 201, response.text
