"""A thousand open widgets of which some write, and Telegram's calls while the engine hangs."""

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from benchmarks.speed.load import Load, Visit
from benchmarks.speed.report import Crowd
from benchmarks.speed.serving import Served, rathausbote
from tests.telegram_stand_in import TOKEN, StandIn, serve

SESSIONS = 1_000
PER_SECOND = 20.0
SECRET = "speed-speed-speed-speed"
WEBHOOK = "/telegram/webhook"
UPDATES, UPDATES_PER_SECOND = 400, 20.0
SEED = 5


@dataclass
class _Widget:
    visit: Visit
    is_asking: bool = False


async def measure_crowd(folder: Path, database: str, seconds: float, questions: list[str]) -> Crowd:
    """Open all widgets, let them write at random moments for so many seconds, then let the engine hang."""
    with serve(StandIn()) as stand_in:
        settings = {
            "BOT_TELEGRAM_TOKEN": TOKEN,
            "BOT_TELEGRAM_BASE_URL": stand_in.url,
            "BOT_TELEGRAM_MODE": "webhook",
            "BOT_TELEGRAM_WEBHOOK_SECRET": SECRET,
            "BOT_PUBLIC_URL": "https://bot.example",
        }
        async with rathausbote(folder, database, **settings) as served, _open_widgets(served) as (http, widgets):
            load = await _let_write(widgets, seconds, questions)
            memory = served.resident()["web"]
            acknowledged = await _while_the_engine_hangs(served, http)
            return Crowd(database, len(widgets), load, memory, acknowledged)


@asynccontextmanager
async def _open_widgets(served: Served) -> AsyncIterator[tuple[aiohttp.ClientSession, list[_Widget]]]:
    async with AsyncExitStack() as stack:
        connector, timeout = aiohttp.TCPConnector(limit=0), aiohttp.ClientTimeout(total=None, sock_connect=30)
        http = await stack.enter_async_context(aiohttp.ClientSession(connector=connector, timeout=timeout))
        widgets = [_Widget(await stack.enter_async_context(served.system.visit(http))) for _ in range(SESSIONS)]
        yield http, widgets


async def _let_write(widgets: list[_Widget], seconds: float, questions: list[str]) -> Load:
    """Messages come at random, as from people who know nothing of each other."""
    rng = random.Random(SEED)
    load = Load(len(widgets))
    asking: set[asyncio.Task[None]] = set()
    begun = time.perf_counter()
    due = begun
    while (due := due + rng.expovariate(PER_SECOND)) < begun + seconds:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        widget = rng.choice([each for each in widgets if not each.is_asking])
        asking.add(asyncio.create_task(_ask(widget, rng.choice(questions), load)))
    await asyncio.gather(*asking)
    load.seconds = time.perf_counter() - begun
    return load


async def _ask(widget: _Widget, text: str, load: Load) -> None:
    widget.is_asking = True
    sent = time.perf_counter()
    try:
        async with asyncio.timeout(60):
            await widget.visit.ask(text)
    except (aiohttp.ClientError, TimeoutError, LookupError):
        load.errors += 1
    else:
        load.waits.append(time.perf_counter() - sent)
    finally:
        widget.is_asking = False


async def _while_the_engine_hangs(served: Served, http: aiohttp.ClientSession) -> Load:
    """How long Telegram waits for our acknowledgement of an update."""
    (engine,) = [each for each in served.process.children(recursive=True) if "bot.engine" in each.cmdline()]
    load = Load(1)
    engine.send_signal(signal.SIGSTOP)
    begun = time.perf_counter()
    try:
        for number in range(1, UPDATES + 1):
            sent = time.perf_counter()
            headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
            url = f"{served.base}{WEBHOOK}"
            async with http.post(url, json=_update(number), headers=headers) as response:
                load.errors += response.status != 200
            load.waits.append(time.perf_counter() - sent)
            await asyncio.sleep(max(0.0, begun + number / UPDATES_PER_SECOND - time.perf_counter()))
    finally:
        with suppress(psutil.NoSuchProcess):  # whoever watches over it ends one that hangs
            engine.send_signal(signal.SIGCONT)
    load.seconds = time.perf_counter() - begun
    return load


def _update(number: int) -> dict[str, Any]:
    person = 1_000 + number % 100
    sender = {"id": person, "is_bot": False, "first_name": "Kim", "language_code": "de"}
    message = {
        "message_id": number,
        "date": int(time.time()),
        "chat": {"id": person, "type": "private", "first_name": "Kim"},
        "from": sender,
        "text": f"Was kostet ein Reisepass, Frage {number}?",
    }
    return {"update_id": number, "message": message}
