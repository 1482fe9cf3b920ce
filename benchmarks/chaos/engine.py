"""A scripted engine as a process of its own: `python -m benchmarks.chaos.engine PORT`.

It repeats the question, counts the turns of a conversation in the dialogue state, and hands over who asks for a person.
It keeps nothing, like the real one, so that it may be killed at any time. How many turns it has answered since it
started is among its state.
"""

import asyncio
import os
import sys
from collections import Counter
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.integration.app import HAND_OFF, to_content

THINKING = 0.005
ASKS_FOR_A_PERSON = "Mensch bitte"


def answer(wanted: dict[str, Any]) -> dict[str, Any]:
    """The turn for a request."""
    rounds = int(wanted["state"].get("rounds", 0))
    if wanted["text"].startswith(ASKS_FOR_A_PERSON):
        return {**HAND_OFF, "state": wanted["state"]}
    state = {**wanted["state"], "rounds": rounds + 1}
    return to_content(f"Antwort auf: {wanted['text']} (Runde {rounds + 1})", state=state)


async def _turn(request: Request) -> JSONResponse:
    wanted = await request.json()
    await asyncio.sleep(THINKING)
    request.app.state.counts["turns"] += 1
    return JSONResponse(answer(wanted))


async def _status(request: Request) -> JSONResponse:
    turns = request.app.state.counts["turns"]
    return JSONResponse({"state": "ready", "detail": "scripted", "seconds": 0.0, "pid": os.getpid(), "turns": turns})


def main() -> None:
    """Serve until killed."""
    app = Starlette(routes=[Route("/status", _status), Route("/turn", _turn, methods=["POST"])])
    app.state.counts = Counter()
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="critical", access_log=False, ws="none")


if __name__ == "__main__":
    main()
