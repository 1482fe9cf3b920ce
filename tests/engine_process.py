"""Real engines for tests: started as the supervisor starts them, on a socket of their own."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from bot.assistant.engine_client import EngineClient
from bot.assistant.supervisor import EngineCommand

PROJECT_DIR = Path(__file__).resolve().parent.parent
MODELS_DIR = PROJECT_DIR / "models"
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
START_SECONDS = 180.0


@dataclass(frozen=True)
class Answered:
    """An engine's answer to one request."""

    status_code: int
    text: str

    def json(self) -> Any:
        """The body as what it stands for."""
        return json.loads(self.text)


@dataclass(frozen=True)
class EngineProcess:
    """A running engine and how it is reached."""

    process: subprocess.Popen[bytes]
    socket: Path

    @property
    def pid(self) -> int:
        """Process id of the engine."""
        return self.process.pid

    def client(self, *, timeout: float = 30.0) -> EngineClient:
        """A client as the web process has it; close it."""
        return EngineClient(urls=[], socket=str(self.socket), timeout=timeout)

    def post(self, body: dict[str, Any] | bytes) -> Answered:
        """Send a turn as it is, however wrong."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self._request("POST", "/turn", content)

    def turn(self, text: str, **fields: Any) -> dict[str, Any]:
        """One turn that must succeed."""
        response = self.post(to_body(text, **fields))
        assert response.status_code == 200, response.text
        content: dict[str, Any] = response.json()
        return content

    def state(self) -> str:
        """What the engine says of itself, or `down`."""
        try:
            return str(self._request("GET", "/status").json()["state"])
        except OSError:
            return "down"

    def _request(self, method: str, path: str, body: bytes = b"") -> Answered:
        connection = HTTPConnection("engine", timeout=60)
        with closing(connection), socket.socket(socket.AF_UNIX) as connected:
            connected.settimeout(60)
            connected.connect(str(self.socket))
            connection.sock = connected
            connection.request(method, path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            return Answered(response.status, response.read().decode())


def to_body(text: str, **fields: Any) -> dict[str, Any]:
    """The body of a turn, on a Monday morning in German unless told otherwise."""
    return {"conversation_id": "c1", "text": text, "now": MONDAY.isoformat(), **fields}


def engine_environment(**changes: str) -> dict[str, str]:
    """The environment of an engine, without settings of whoever runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BOT_")}
    return {**kept, "RASA_TELEMETRY_ENABLED": "false", **changes}


@contextmanager
def running_engine(
    path: Path, *, project_dir: Path = PROJECT_DIR, models_dir: Path = MODELS_DIR, **environment: str
) -> Iterator[EngineProcess]:
    """An engine that is ready; ended with the block."""
    command = EngineCommand(project_dir, models_dir, path).to_arguments()
    process = subprocess.Popen(command, env=engine_environment(**environment), cwd=PROJECT_DIR)
    engine = EngineProcess(process, path)
    try:
        _wait_until_ready(engine)
        yield engine
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(engine: EngineProcess) -> None:
    deadline = time.monotonic() + START_SECONDS
    while (state := engine.state()) != "ready":
        assert state != "failed", "the engine could not load its model"
        assert engine.process.poll() is None, "the engine ended"
        assert time.monotonic() < deadline, "the engine does not start"
        time.sleep(0.1)


def copy_project(folder: Path) -> Path:
    """The files that a model and its answers are made of, in a folder where they may be changed."""
    for name in ("config.yml", "domain.yml", "endpoints.yml", "credentials.yml"):
        shutil.copy(PROJECT_DIR / name, folder / name)
    shutil.copytree(PROJECT_DIR / "data", folder / "data")
    return folder


def train(project_dir: Path, models_dir: Path, **environment: str) -> Path:
    """Train through `ensure_model` in a process of its own, unless the model exists; its path."""
    command = [sys.executable, "-W", "ignore", "-m", "bot.engine", "--train"]
    command += ["--project", str(project_dir), "--models", str(models_dir)]
    result = subprocess.run(
        command, env=engine_environment(**environment), cwd=PROJECT_DIR, capture_output=True, text=True, timeout=300
    )
    assert result.returncode == 0, result.stderr[-3000:]
    return Path(result.stdout.strip().splitlines()[-1])
