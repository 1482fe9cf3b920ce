"""The engine's own small web application: one turn at a time in, its state out."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot.errors import KnowledgeError

if TYPE_CHECKING:
    from bot.engine.host import Host

logger = logging.getLogger(__name__)
SHOWN_OF_TRAINING = 3000
WHAT_TO_DO = "see the engine's log"
CHECK_THE_FILES = "`rathausbote check` names the mistakes in the editors' files"


class EngineState:
    """`starting`, `training`, `loading`, `ready` or `failed`, with what an operator wants to know of it."""

    def __init__(self) -> None:
        self.name = "starting"
        self.detail = ""
        self.since = time.monotonic()
        self.host: Host | None = None

    def change(self, name: str, detail: str = "") -> None:
        """Enter the next state."""
        self.name, self.detail, self.since = name, detail, time.monotonic()
        logger.info("engine %s %s", name, detail)

    def as_dict(self) -> dict[str, object]:
        """For the status page."""
        seconds = round(time.monotonic() - self.since, 1)
        return {"state": self.name, "detail": self.detail, "seconds": seconds, "pid": os.getpid()}


def create_app(project_dir: Path, models_dir: Path) -> Starlette:
    """The application; loading starts with it and goes on while it already answers `/status`."""
    state = EngineState()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        loading = asyncio.create_task(_load(state, project_dir, models_dir))
        yield
        loading.cancel()
        with suppress(asyncio.CancelledError):
            await loading

    async def status(_: Request) -> JSONResponse:
        return JSONResponse(state.as_dict())

    async def turn(request: Request) -> JSONResponse:
        return await _turn(state, request)

    return Starlette(
        routes=[Route("/status", status), Route("/turn", turn, methods=["POST"])],
        lifespan=lifespan,
    )


async def _turn(state: EngineState, request: Request) -> JSONResponse:
    if state.host is None:
        return _error(503, "engine_not_ready", state.name)
    from bot.engine.host import TurnRequest

    try:
        wanted = TurnRequest.model_validate_json(await request.body())
    except ValidationError as e:
        return _error(422, "turn_invalid", f"{e.error_count()} fields are wrong")
    try:
        return JSONResponse(await state.host.turn(wanted))
    except Exception as e:  # noqa: BLE001 - whatever fails in a turn, the citizen must get an answer from elsewhere
        logger.error("turn failed: %s", type(e).__name__, extra={"conversation_id": wanted.conversation_id})
        return _error(500, "turn_failed", type(e).__name__)


async def _load(state: EngineState, project_dir: Path, models_dir: Path) -> None:
    try:
        from bot.engine.fingerprint import model_path

        path = await asyncio.to_thread(model_path, project_dir, models_dir)
        if not path.exists():
            state.change("training", "the first start takes a minute")
            await _train(project_dir, models_dir)
        state.change("loading", path.name)
        host = await asyncio.to_thread(_load_host, path, project_dir)
        await host.warm_up()
        state.host = host
        state.change("ready", path.name)
    except Exception as e:  # noqa: BLE001 - the state must say that loading failed, whatever it was
        logger.error("the engine can't answer: %s", e)
        state.change("failed", f"{type(e).__name__}; {CHECK_THE_FILES if isinstance(e, KnowledgeError) else WHAT_TO_DO}")


def _load_host(path: Path, project_dir: Path) -> Host:
    import skops.io  # noqa: F401 - before TensorFlow: its import asks every loaded module, which then takes seconds

    from bot.engine.host import Host

    return Host.load(path, project_dir)


async def _train(project_dir: Path, models_dir: Path) -> None:
    """Train in a process of its own, so that its memory is given back; what it writes is shown where it fails."""
    from bot.engine.training import TrainingFailed

    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "bot.engine",
        "--project",
        str(project_dir),
        "--models",
        str(models_dir),
        "--train",
        "--die-with-parent",
        str(os.getpid()),
    ]
    with TemporaryFile() as said:
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL, stderr=said)
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            with suppress(ProcessLookupError):
                process.terminate()
            await process.wait()
            raise
        if code != 0:
            length = said.seek(0, os.SEEK_END)
            said.seek(max(0, length - SHOWN_OF_TRAINING))
            last = said.read().decode(errors="replace").strip()
            raise TrainingFailed(f"the training ended with code {code}, its last words:\n{last}")


def _error(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status)
