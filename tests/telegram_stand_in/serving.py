"""Runs the stand-in in a thread of its own."""

import contextlib
import threading
import time
from collections.abc import Iterator

import uvicorn

from tests.telegram_stand_in.app import build_app
from tests.telegram_stand_in.state import StandIn


def build_server(stand_in: StandIn, port: int) -> uvicorn.Server:
    """A server on the loopback interface only."""
    config = uvicorn.Config(
        build_app(stand_in),
        host="127.0.0.1",
        port=port,
        log_level="critical",
        loop="asyncio",
        http="h11",
        ws="none",
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


@contextlib.contextmanager
def serve(stand_in: StandIn, port: int = 0) -> Iterator[StandIn]:
    """Serve on a free port within the block; `stand_in.url` is the address for `BOT_TELEGRAM_BASE_URL`."""
    server = build_server(stand_in, port)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError("the stand-in does not start; is its port taken?")
            time.sleep(0.005)
        port = server.servers[0].sockets[0].getsockname()[1]
        stand_in.url = f"http://127.0.0.1:{port}"
        yield stand_in
    finally:
        stand_in.is_closing = True
        server.should_exit = True
        thread.join(timeout=5)
