"""Several engines of which one hangs, is switched off or speaks another language, as the web process sees them."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from bot.assistant import engine_client as engine_client_module
from bot.assistant.engine_client import EngineClient, EngineStatus, to_turn
from bot.domain.turns import Answered, Turn
from bot.errors import AssistantUnavailable

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
URLS = ["http://a", "http://b"]
TURN: dict[str, Any] = {
    "replies": [], "decision": "smalltalk", "state": {}, "intent": "greet", "aspect": None, "service": None,
    "office": None, "confidence": 0.5, "candidates": [], "options": [], "handoff_reason": None, "referral": None, "also_answered": [],
    "language": "de",
}  # fmt: skip
Engine = Callable[[httpx.Request], Awaitable[httpx.Response]]


async def working(_: httpx.Request) -> httpx.Response:
    """An engine in good health."""
    return httpx.Response(200, json=TURN)


async def hanging(_: httpx.Request) -> httpx.Response:
    """One that takes the question and never answers."""
    await asyncio.sleep(60)
    raise AssertionError


async def switched_off(request: httpx.Request) -> httpx.Response:
    """One on a machine that is off."""
    raise httpx.ConnectTimeout("off", request=request)


async def broken(_: httpx.Request) -> httpx.Response:
    """One that fails on every turn."""
    return httpx.Response(500)


async def of_another_release(_: httpx.Request) -> httpx.Response:
    """One that answers in a form that we don't know."""
    return httpx.Response(200, json={"answer": "42"})


def saying(state: str) -> Engine:
    """An engine that says this of itself."""

    async def respond(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"state": state, "detail": f"it is {state}", "seconds": 1.5, "pid": 7})

    return respond


class Engines:
    """Engines by host name, and a client over them that counts who was asked."""

    def __init__(self, *, timeout: float = 1.0, **engines: Engine) -> None:
        self.engines = engines
        self.asked: list[str] = []
        self.client = EngineClient(urls=[f"http://{host}" for host in engines], socket=None, timeout=timeout)
        self.client._client = httpx.AsyncClient(transport=httpx.MockTransport(self._respond))

    async def _respond(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.host)
        return await self.engines[request.url.host](request)

    async def ask(self) -> Turn:
        """One turn."""
        return await ask(self.client)


async def ask(client: EngineClient) -> Turn:
    """One turn of this client."""
    return await client.answer("Hallo", payload=None, state={}, language="de", now=NOW, conversation_id="c1")


async def test_engines_take_turns() -> None:
    """Work is shared while all are well."""
    engines = Engines(a=working, b=working)

    for _ in range(6):
        await engines.ask()

    assert Counter(engines.asked) == {"a": 3, "b": 3}


@pytest.mark.parametrize("bad", [hanging, switched_off, broken, of_another_release])
async def test_one_bad_engine_costs_no_answer_and_time_only_once(bad: Engine) -> None:
    """Every question gets its answer from the other one; the bad one is left alone for a while."""
    engines = Engines(a=bad, b=working)
    started = time.monotonic()

    turns = [await engines.ask() for _ in range(6)]

    assert [turn.intent for turn in turns] == ["greet"] * 6
    assert Counter(engines.asked) == {"a": 1, "b": 6}
    assert time.monotonic() - started < 0.9


async def test_a_bad_engine_is_asked_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once it is well again it takes its share."""
    monkeypatch.setattr(engine_client_module, "AVOIDED_SECONDS", 0.05)
    engines = Engines(a=switched_off, b=working)
    await engines.ask()
    engines.engines["a"] = working
    await asyncio.sleep(0.06)
    engines.asked.clear()

    for _ in range(4):
        await engines.ask()

    assert Counter(engines.asked) == {"a": 2, "b": 2}


async def test_a_bad_engine_is_better_than_none() -> None:
    """Where the good one fails too, the avoided one is asked within the same turn."""
    engines = Engines(a=switched_off, b=working)
    await engines.ask()
    engines.engines.update(a=working, b=switched_off)

    assert (await engines.ask()).intent == "greet"


async def test_the_only_good_engine_has_all_the_time() -> None:
    """One that needs more than its half is not cut off for the sake of one that is known to be off."""

    async def slow(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.35)
        return httpx.Response(200, json=TURN)

    engines = Engines(a=switched_off, b=slow, timeout=0.5)
    await engines.ask()

    assert [(await engines.ask()).intent for _ in range(2)] == ["greet"] * 2


async def test_the_time_limit_holds_for_all_together() -> None:
    """Two that hang take no longer than one."""
    engines = Engines(a=hanging, b=hanging, timeout=0.3)
    started = time.monotonic()

    with pytest.raises(AssistantUnavailable, match="in time"):
        await engines.ask()

    assert 0.25 < time.monotonic() - started < 0.6
    assert engines.asked == ["a", "b"]


async def test_a_switched_off_machine_is_noticed_in_half_a_second() -> None:
    """Connecting may take less than answering."""
    limits: list[dict[str, float]] = []

    async def note(request: httpx.Request) -> httpx.Response:
        limits.append(request.extensions["timeout"])
        return httpx.Response(200, json=TURN)

    await Engines(a=note, timeout=5.0).ask()

    assert limits[0]["connect"] == 0.5
    assert limits[0]["read"] > 4


@pytest.mark.parametrize("url", ["http://[::1", "http://a:notaport", "ftp://a", "nonsense"])
async def test_an_address_that_is_none_is_an_engine_that_does_not_answer(url: str) -> None:
    """Nothing of the library's own errors gets out."""
    client = EngineClient(urls=[url], socket=None, timeout=1)

    with pytest.raises(AssistantUnavailable):
        await ask(client)

    assert await client.status() == EngineStatus("down")
    await client.close()


@pytest.mark.parametrize(
    ("states", "best"),
    [
        (("training", "ready"), "ready"),
        (("ready", "failed"), "ready"),
        (("failed", "starting"), "starting"),
        (("loading", "training"), "loading"),
    ],
)
async def test_the_best_state_of_all_engines_is_told(states: tuple[str, str], best: str) -> None:
    """One engine that is ready means that questions are answered, whichever is asked next."""
    engines = Engines(a=saying(states[0]), b=saying(states[1]))

    seen = {(await engines.client.status()).state for _ in range(2)}

    assert seen == {best}
    assert sorted(engines.asked) == ["a", "a", "b", "b"]


@pytest.mark.parametrize("engine", [switched_off, broken, of_another_release, saying("dreaming")])
async def test_an_engine_whose_state_can_not_be_read_is_down(engine: Engine) -> None:
    """Also where what it says makes no sense."""
    assert (await Engines(a=engine).client.status()).state == "down"


def test_a_turn_tells_of_both_answers_and_of_a_referral() -> None:
    """What a second reply is about, and to whom a citizen was sent, arrives in the web process."""
    both = to_turn({**TURN, "also_answered": [{"service": "kita", "office": "jugendamt", "aspect": "fee"}]})
    referred = to_turn({**TURN, "decision": "fallback", "referral": "finanzamt"})

    assert (both.also_answered, both.referral) == ((Answered("kita", "jugendamt", "fee"),), None)
    assert (referred.also_answered, referred.referral) == ((), "finanzamt")


def test_a_newer_engine_may_say_more() -> None:
    """Engines are upgraded first: what a web process does not know yet it leaves aside."""
    answered = {"service": "kita", "office": "jugendamt", "aspect": "fee", "new": 1}
    button = {"title": "Ja", "payload": "/affirm", "new": 1}
    link = {"title": "Kita", "url": "https://musterstadt.example/kita", "new": 1}
    reply = {
        "text": "Ja?",
        "buttons": [button],
        "links": [link],
        "source_title": None,
        "source_url": None,
        "reviewed_on": None,
    }
    candidate = {"service": "kita", "score": 0.9, "new": 1}
    said = {"also_answered": [answered], "replies": [{**reply, "new": 1}], "candidates": [candidate], "new": 1}

    turn = to_turn({**TURN, **said})

    assert turn.also_answered == (Answered("kita", "jugendamt", "fee"),)
    assert [each.text for each in turn.replies] == ["Ja?"]


@pytest.mark.parametrize(
    "changes", [{"also_answered": [{"service": "kita"}]}, {"also_answered": None}, {"also_answered": ["kita"]}]
)
def test_a_second_answer_of_another_form_is_no_answer(changes: dict[str, Any]) -> None:
    """A half-understood turn is not told as a whole one."""
    with pytest.raises(AssistantUnavailable, match="unknown form"):
        to_turn({**TURN, **changes})
