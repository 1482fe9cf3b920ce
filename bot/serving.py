"""`rathausbote run`: checks what must be free, tells where everything is, serves until stopped."""

import asyncio
import logging
import socket
import sys

import uvicorn

from bot.assistant.engine_client import EngineStatus
from bot.errors import RathausboteError, SettingsError
from bot.logs import configure_logging
from bot.main import Town, create_app
from bot.settings import Settings
from bot.staff_commands import add_first

logger = logging.getLogger(__name__)
SHUTDOWN_SECONDS = 8
ANNOUNCEMENTS = {
    "training": "engine: training the model, once for this training data (about a minute); questions are answered by keyword meanwhile",
    "loading": "engine: loading the model",
    "ready": "engine: ready",
    "failed": "engine: failed",
    "down": "engine: down; questions are answered by keyword meanwhile",
}


def serve(settings: Settings) -> None:
    """Serve until a signal ends it; raises SettingsError, KnowledgeError, StorageUnavailable with what to do."""
    configure_logging(settings)
    settings.var_dir.mkdir(mode=0o700, parents=True, exist_ok=True)  # citizens' words lie here
    listener = _listen(settings)
    with listener:
        app = create_app(settings, announce=_announce)
        town: Town = app.state.town
        first = asyncio.run(add_first(settings, f"Stadt {town.answers.knowledge.municipality.name}"))
        _tell_where(settings, first)
        config = uvicorn.Config(
            app,
            log_config=None,
            ws="none",
            lifespan="on",
            access_log=False,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
            proxy_headers=True,
        )
        server = Server(config, town)
        server.run(sockets=[listener])
        if town.ended_loop:
            raise RathausboteError(
                f"the loop {town.ended_loop} has ended by itself; whatever supervises this process starts it again"
            )


class Server(uvicorn.Server):
    """Stops when one of the town's loops has ended, and ends the event streams, so that open pages do not hold it up."""

    def __init__(self, config: uvicorn.Config, town: Town) -> None:
        super().__init__(config)
        self._town = town

    async def on_tick(self, counter: int) -> bool:
        """Whether to stop."""
        return await super().on_tick(counter) or self._town.ended_loop is not None

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish what runs, then stop the application."""
        self._town.storage.events.end()
        await super().shutdown(sockets)


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as e:
        listener.close()
        raise SettingsError(
            f"port {settings.port} on {settings.host} can't be used ({e.strerror}); end the program that has it, "
            "or choose another one with BOT_PORT"
        ) from None
    return listener


def _tell_where(settings: Settings, first: tuple[str, str] | None) -> None:
    lines = [
        "",
        f"  widget page   {settings.base_url}/",
        f"  console       {settings.base_url}/console",
        f"  state         {settings.base_url}/readyz",
    ]
    if first is not None:
        username, password = first
        lines += [
            "",
            f"  first staff account: {username}",
            f"  password:            {password}",
            "  It is shown only this once. New accounts: rathausbote staff add NAME --name 'Frau Kaya'",
        ]
    sys.stdout.write("\n".join([*lines, "", ""]))
    sys.stdout.flush()


def _announce(status: EngineStatus) -> None:
    text = ANNOUNCEMENTS.get(status.state)
    if text:
        detail = f" ({status.detail})" if status.state in ("failed", "down") and status.detail else ""
        sys.stdout.write(f"  {text}{detail}\n")
        sys.stdout.flush()
