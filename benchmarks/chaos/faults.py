"""What goes wrong in a run: each fault is a short story with an end, after which everything could work again."""

import asyncio
import contextlib
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

import httpx

from benchmarks.chaos.plan import TURN_TIMEOUT
from benchmarks.chaos.town import World
from benchmarks.processes import Child
from tests.telegram_stand_in import Fault, StandIn

Story = Callable[[World, random.Random], Awaitable[None]]
KILLED_AGAIN = 0.25
STARTING_SECONDS = 2.0
STAND_IN_SECONDS = 15.0
LOOK_EVERY = 0.1


async def kill_web(world: World, rng: random.Random) -> None:
    """A web process dies and returns after a moment; sometimes it dies again while it starts."""
    web = rng.choice(world.webs)
    web.kill()
    await asyncio.sleep(rng.uniform(0, 0.8))
    if rng.random() < KILLED_AGAIN:
        web.spawn()
        await asyncio.sleep(rng.uniform(0, STARTING_SECONDS))
        web.kill()
    await web.start()


async def kill_all(world: World, rng: random.Random) -> None:
    """Everything dies at once, as when the machine loses its power."""
    children: list[Child] = [*world.webs, *world.engines]
    for child in children:
        child.kill()
    await asyncio.sleep(rng.uniform(0, 0.8))
    await asyncio.gather(*(child.start() for child in children))


async def kill_engine(world: World, rng: random.Random) -> None:
    """An engine dies and returns; if there is another one, it answers meanwhile."""
    engine = rng.choice(world.engines)
    engine.kill()
    await asyncio.sleep(rng.uniform(0, 1))
    await _expect_others_to_answer(world, engine)
    await engine.start()


async def stall_engine(world: World, rng: random.Random) -> None:
    """An engine takes connections and answers nothing, for longer than a turn is waited for; if there is another one, it answers."""
    engine = rng.choice(world.engines)
    stall = engine.stall(TURN_TIMEOUT * rng.uniform(1.5, 3))
    await asyncio.gather(stall, _expect_others_to_answer(world, engine))


async def _expect_others_to_answer(world: World, away: Child) -> None:
    """Wait until another engine answers a turn; where none does although citizens ask, note it."""
    others = [engine for engine in world.engines if engine is not away]
    if not others:
        return
    end, asked = time.monotonic() + STAND_IN_SECONDS, world.asked
    async with httpx.AsyncClient(trust_env=False, timeout=STAND_IN_SECONDS) as http:
        before = await _count_turns(http, others)
        while await _count_turns(http, others) == before and not world.is_quiet:
            if time.monotonic() > end:
                if world.asked > asked:
                    world.notes.append(f"no other engine answered while {away.name} was away")
                return
            await asyncio.sleep(LOOK_EVERY)


async def _count_turns(http: httpx.AsyncClient, engines: list[Child]) -> int:
    return sum([(await http.get(engine.ready_url)).json()["turns"] for engine in engines])


async def roll_over(world: World, _rng: random.Random) -> None:
    """Each web process in turn is asked to end, waited for and started again, as in an upgrade without a pause."""
    for web in world.webs:
        try:
            code = await web.end()
        except subprocess.TimeoutExpired:
            world.notes.append(f"{web.name} did not end when it was asked to")
            web.kill()
        else:
            if code not in (0, -signal.SIGTERM):
                world.notes.append(f"{web.name} ended with code {code}")
        await web.start()


async def fill_disk(world: World, rng: random.Random) -> None:
    """The web process can write no further byte for some seconds, to no file."""
    await asyncio.gather(*(web.fill_disk(rng.uniform(1, 5)) for web in world.webs))


async def stall_web(world: World, rng: random.Random) -> None:
    """A web process hangs for longer than its leases last, and then goes on as if nothing had been."""
    await rng.choice(world.webs).stall(rng.uniform(1, 9))


async def restart_database(world: World, _rng: random.Random) -> None:
    """PostgreSQL crashes and recovers."""
    if world.postgres is not None:
        await asyncio.to_thread(world.postgres.restart)


async def cut_connections(world: World, rng: random.Random) -> None:
    """Half of all connections break in both directions."""
    world.balancer.cut(0.5, rng)


async def deafen_connections(world: World, rng: random.Random) -> None:
    """A third of all connections carry requests and no answers, and break after a while."""
    await world.balancer.deafen(0.3, rng.uniform(0.2, 1.5), rng)


async def telegram_flood(world: World, rng: random.Random) -> None:
    """Telegram wants a pause."""
    _telegram(world).fail_next(Fault.FLOOD, rng.randint(1, 5), retry_after=rng.randint(1, 2))


async def telegram_fails(world: World, rng: random.Random) -> None:
    """Telegram answers with 5xx, also to those who ask for updates."""
    _telegram(world).fail_next(Fault.SERVER_ERROR, rng.randint(1, 8))
    _telegram(world).fail_next(Fault.SERVER_ERROR, 1, method="getUpdates")


async def telegram_cuts(world: World, rng: random.Random) -> None:
    """Telegram breaks the connection before it did anything."""
    _telegram(world).fail_next(Fault.CUT, rng.randint(1, 5))
    _telegram(world).fail_next(Fault.CUT, 1, method="getUpdates")


async def telegram_hangs(world: World, _rng: random.Random) -> None:
    """Telegram delivers a message and never says so."""
    _telegram(world).fail_next(Fault.HANG_AFTER_DELIVERY, 1)


async def telegram_repeats(world: World, rng: random.Random) -> None:
    """Telegram gives updates again that were acknowledged."""
    _telegram(world).mischief.repeat(rng.randint(1, 10))


async def telegram_shuffles(world: World, rng: random.Random) -> None:
    """Telegram holds updates back for a moment and gives them out of order."""
    _telegram(world).mischief.hold(rng.uniform(0.5, 1.5))
    _telegram(world).mischief.shuffle(rng.randint(1, 10))


async def telegram_is_late(world: World, rng: random.Random) -> None:
    """Telegram gives nothing for a while, and then everything."""
    _telegram(world).mischief.hold(rng.uniform(1, 4))


def _telegram(world: World) -> StandIn:
    assert world.stand_in is not None
    return world.stand_in


FAULTS: dict[str, Story] = {
    story.__name__: story
    for story in (
        kill_web,
        kill_all,
        kill_engine,
        stall_engine,
        stall_web,
        roll_over,
        restart_database,
        fill_disk,
        cut_connections,
        deafen_connections,
        telegram_flood,
        telegram_fails,
        telegram_cuts,
        telegram_hangs,
        telegram_repeats,
        telegram_shuffles,
        telegram_is_late,
    )
}
OFTEN = "kill_web"
SHORTEST_PAUSE = 0.5
OF_PROCESSES = (
    "kill_web",
    "kill_all",
    "kill_engine",
    "stall_engine",
    "stall_web",
    "roll_over",
    "restart_database",
    "fill_disk",
)
OF_DATABASE = {"sqlite": "fill_disk", "postgresql": "restart_database"}


@dataclass
class Fate:
    """Deals faults as long as citizens write: those of the processes one after another, and beside them all others.

    Each deck is shuffled and dealt some times; a web process dies first of all, and twice as often as the rest.
    """

    world: World
    rng: random.Random
    counts: Counter[str] = field(default_factory=Counter)

    def decks(self) -> list[list[str]]:
        """The faults that this run can have."""
        plan = self.world.plan
        names = list(plan.faults or FAULTS)
        elsewhere = {name for database, name in OF_DATABASE.items() if database != plan.database}
        names = [each for each in names if each not in elsewhere]
        if plan.mode is None:
            names = [each for each in names if not each.startswith("telegram")]
        decks = [[each for each in names if (each in OF_PROCESSES) is of_processes] for of_processes in (True, False)]
        return [deck for deck in decks if deck]

    async def run(self, over: asyncio.Event) -> None:
        """Let things happen until it is over, and bring the last stories to their end."""
        seeds = [self.rng.random() for _ in range(2)]
        dealers = [self._deal(deck, random.Random(seed), over) for deck, seed in zip(self.decks(), seeds, strict=False)]
        await asyncio.gather(*dealers)

    async def _deal(self, names: list[str], rng: random.Random, over: asyncio.Event) -> None:
        pause = max(self.world.plan.load_seconds / (2 * len(names)), SHORTEST_PAUSE)
        for name in self._draw(names, rng):
            if await _is_set(over, rng.uniform(0.2, 1) * pause):
                return
            self.counts[name] += 1
            await FAULTS[name](self.world, rng)

    def _draw(self, names: list[str], rng: random.Random) -> Iterator[str]:
        if OFTEN in names:
            yield OFTEN
        for _ in range(self.world.plan.decks):
            deck = names + [each for each in names if each == OFTEN]
            rng.shuffle(deck)
            yield from deck


async def _is_set(event: asyncio.Event, seconds: float) -> bool:
    """Whether it is set within so many seconds."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()
