"""Everything of one run: the processes under test, Telegram's stand-in, and the citizens."""

import asyncio
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from benchmarks.chaos.balancer import Balancer
from benchmarks.chaos.plan import HELPED_EVERY, TURN_TIMEOUT, Plan
from benchmarks.chaos.staff import StaffMember
from benchmarks.chaos.telegram_citizen import TelegramCitizen
from benchmarks.chaos.widget_citizen import WidgetCitizen
from benchmarks.processes import Child, Postgres, free_ports, surroundings, web_process
from bot.knowledge.responses import DomainResponses
from bot.storage import SqlStorage, open_storage
from tests.integration.app import copy_town
from tests.telegram_stand_in import TOKEN, StandIn, serve

SECRET = "chaos-chaos-chaos-chaos"
_FIRST_ACCOUNT = re.compile(r"(?:staff account|password):\s+(\S+)")
Citizen = WidgetCitizen | TelegramCitizen


@dataclass
class World:
    """What faults happen to, and who suffers them."""

    plan: Plan
    folder: Path
    webs: list[Child]
    engines: list[Child]
    balancer: Balancer
    storage: SqlStorage
    postgres: Postgres | None
    stand_in: StandIn | None
    citizens: list[Citizen] = field(default_factory=list)
    refusals: Counter[int] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    @property
    def is_quiet(self) -> bool:
        """Whether all citizens have written everything."""
        return all(each.has_written for each in self.citizens)

    @property
    def asked(self) -> int:
        """How many messages there are that the engines have to answer."""
        alone = [each for each in self.citizens if each.staff is None]
        return sum(len(each.accepted if isinstance(each, WidgetCitizen) else each.written) for each in alone)

    async def note_refusal(self, response: httpx.Response) -> None:
        """Count what the program answers that is its own fault, by status."""
        if response.status_code >= 500:
            self.refusals[response.status_code] += 1

    @property
    def on_telegram(self) -> list[TelegramCitizen]:
        """The citizens in chats."""
        return [each for each in self.citizens if isinstance(each, TelegramCitizen)]

    @property
    def at_widget(self) -> list[WidgetCitizen]:
        """The citizens at the widget."""
        return [each for each in self.citizens if isinstance(each, WidgetCitizen)]


@asynccontextmanager
async def open_world(plan: Plan, folder: Path) -> AsyncIterator[World]:
    """Start everything within the block; all processes that were started are ended after it."""
    async with AsyncExitStack() as stack:
        postgres = Postgres(folder / "postgres") if plan.database == "postgresql" else None
        url = f"sqlite:///{folder}/web0/var/rathausbote.db"
        if postgres is not None:
            stack.callback(postgres.stop)
            url = postgres.start()
        stand_in = stack.enter_context(serve(StandIn())) if plan.mode else None
        front_port, *ports = free_ports(1 + plan.engines + plan.web_processes)
        engine_ports, ports = ports[: plan.engines], ports[plan.engines :]
        engines = [engine_process(folder, number, port) for number, port in enumerate(engine_ports)]
        settings = _settings(plan, folder, url, engine_ports, front_port, stand_in)
        webs = [
            web_process(f"web{number}", folder / f"web{number}", port, **_own(settings, plan, number))
            for number, port in enumerate(ports)
        ]
        for child in (*engines, *webs):
            stack.callback(child.kill)
        await asyncio.gather(*(child.start() for child in (*engines, *webs)))
        balancer = Balancer(ports)
        await balancer.start(front_port)
        stack.push_async_callback(balancer.stop)
        storage = open_storage(url)
        stack.push_async_callback(storage.close)
        world = World(plan, folder, webs, engines, balancer, storage, postgres, stand_in)
        await _invite(world, stack)
        yield world


def _settings(
    plan: Plan, folder: Path, url: str, engine_ports: list[int], front_port: int, stand_in: StandIn | None
) -> dict[str, str]:
    settings = {
        "BOT_DATABASE_URL": url,
        "BOT_PROJECT_DIR": str(copy_town(folder, "closed")),
        "BOT_ENGINE_URL": ",".join(f"http://127.0.0.1:{port}" for port in engine_ports),
        "BOT_TURN_TIMEOUT": str(TURN_TIMEOUT),
        "BOT_PUBLIC_URL": f"http://127.0.0.1:{front_port}",
        "BOT_LOG_LEVEL": "INFO",
    }
    if stand_in is not None:
        settings |= {
            "BOT_TELEGRAM_TOKEN": TOKEN,
            "BOT_TELEGRAM_BASE_URL": stand_in.url,
            "BOT_TELEGRAM_MODE": str(plan.mode),
            "BOT_TELEGRAM_WEBHOOK_SECRET": SECRET,
        }
    return settings


def _own(settings: dict[str, str], plan: Plan, number: int) -> dict[str, str]:
    """Only one process may poll; the others then have no Telegram."""
    if plan.mode == "polling" and number > 0:
        return {key: value for key, value in settings.items() if not key.startswith("BOT_TELEGRAM")}
    return settings


async def _invite(world: World, stack: AsyncExitStack) -> None:
    """The staff member and all citizens; every eighth wants to talk to a person."""
    plan, url = world.plan, world.balancer.url
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=40)
    hooks = {"response": [world.note_refusal]}
    people = httpx.AsyncClient(base_url=url, trust_env=False, limits=limits, event_hooks=hooks)
    http = await stack.enter_async_context(people)
    desk = httpx.AsyncClient(base_url=url, trust_env=False, headers={"Origin": url}, event_hooks=hooks)
    staff = StaffMember(await stack.enter_async_context(desk))
    username, password = _FIRST_ACCOUNT.findall("".join(web.output for web in world.webs))
    await staff.sign_in(username, password)
    responses = DomainResponses.load(world.folder / "town" / "domain.yml")
    introduction = responses.text("utter_handoff_degraded", "de")
    for number, (channel, count) in enumerate(plan.shares()):
        helper = staff if number % HELPED_EVERY == HELPED_EVERY - 1 else None
        if channel == "widget":
            world.citizens.append(WidgetCitizen(number, count, plan, http, introduction, helper))
        elif world.stand_in is not None:
            chat = TelegramCitizen(number, count, plan, world.stand_in, world.storage, responses, introduction, helper)
            world.citizens.append(chat)


def engine_process(folder: Path, number: int, port: int) -> Child:
    """A scripted engine."""
    command = [sys.executable, "-m", "benchmarks.chaos.engine", str(port)]
    name = f"engine{number}"
    return Child(name, command, folder / name, surroundings(), f"http://127.0.0.1:{port}/status")
