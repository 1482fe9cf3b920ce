"""What `make bench` asks, counts and prints, without a server."""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp

from benchmarks.speed.load import QUESTIONS_A_VISIT, Load, run_clients
from benchmarks.speed.questions import all_different, realistic
from benchmarks.speed.report import Crowd, Measured, to_comparison, to_crowd

QUESTIONS = [f"wie geht {number} in der stadt" for number in range(50)]


@dataclass
class FakeSystem:
    """Answers after a moment; every seventh question fails."""

    asked: list[tuple[int, str]] = field(default_factory=list)
    visits: int = 0
    fails: bool = False

    @asynccontextmanager
    async def visit(self, _: aiohttp.ClientSession) -> AsyncIterator["FakeVisit"]:
        """A new citizen."""
        self.visits += 1
        yield FakeVisit(self, self.visits)


@dataclass
class FakeVisit:
    """One citizen."""

    system: FakeSystem
    number: int

    async def ask(self, text: str) -> None:
        """Answer, or fail."""
        await asyncio.sleep(0.002)
        self.system.asked.append((self.number, text))
        if self.system.fails and len(self.system.asked) % 7 == 0:
            raise LookupError("no answer")


def test_no_question_comes_twice() -> None:
    """A cache is of no use among all-different questions, also when the labelled ones are used up."""
    asked = list(itertools.islice(all_different(QUESTIONS), 400))

    assert len(set(asked)) == 400


def test_a_few_questions_are_asked_most() -> None:
    """The same load in every run; the first question twice as often as the second, many only now and then."""
    asked = list(itertools.islice(realistic(QUESTIONS), 5_000))

    counts = Counter(asked)
    assert asked == list(itertools.islice(realistic(QUESTIONS), 5_000))
    assert 1.5 < counts[QUESTIONS[0]] / counts[QUESTIONS[1]] < 2.7
    assert len(counts) == len(QUESTIONS)


async def test_clients_ask_in_turn_and_begin_new_conversations() -> None:
    """Each of them waits for its answer; after some questions another citizen comes."""
    system = FakeSystem()

    load = await run_clients(system, 4, itertools.cycle(QUESTIONS), 0.2)

    assert len(load.waits) == len(system.asked)
    assert max(Counter(visit for visit, _ in system.asked).values()) == QUESTIONS_A_VISIT
    assert load.errors == 0
    assert min(load.waits) >= 0.002


async def test_an_error_is_counted_and_no_answer() -> None:
    """A system does not become quick by failing."""
    system = FakeSystem(fails=True)

    load = await run_clients(system, 1, itertools.cycle(QUESTIONS), 0.3)

    assert load.errors > 0
    assert load.errors + len(load.waits) == len(system.asked)


def test_percentiles_and_rate() -> None:
    """In milliseconds and answers a second."""
    load = Load(1, seconds=2.0, waits=[number / 1000 for number in range(1, 101)])

    assert load.per_second == 50
    assert (round(load.percentile(0.5)), round(load.percentile(0.95)), round(load.percentile(0.99))) == (51, 96, 100)


def test_tables_hold_the_ratios_to_the_default_server() -> None:
    """How many times as many answers, and what share of start and memory."""
    quick = Measured("Rathausbote", 5.0, {"web": 100.0, "engine": 200.0}, {"realistic": [Load(8, 1.0, [0.01] * 60)]})
    slow = Measured("default Rasa", 20.0, {"server": 600.0}, {"realistic": [Load(8, 1.0, [0.1] * 5, errors=1)]})

    table = to_comparison([quick, slow])

    assert "| Rathausbote | 5.0 s (0.25 ×) | 300 MiB (web 100, engine 200) (0.50 ×) |" in table
    assert "| realistic | 8 | Rathausbote | 60.0 (12.00 ×) | 10 ms | 10 ms | 10 ms | 0 |" in table
    assert "| realistic | 8 | default Rasa | 5.0 | 100 ms | 100 ms | 100 ms | 1 |" in table


def test_table_of_the_crowd() -> None:
    """One line a database."""
    table = to_crowd([Crowd("sqlite", 1_000, Load(1_000, 300.0, [0.05] * 6_000), 210.0, Load(1, 20.0, [0.004] * 400))])

    assert "| sqlite | 1000 | 6000 in 300 s | 50 ms | 50 ms | 0 | 210 MiB | 4 ms of 400 |" in table
