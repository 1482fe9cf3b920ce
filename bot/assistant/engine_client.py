"""Client of the engine: asks it for a turn and for its state."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import httpx

from bot.domain.messages import Button, Link, Reply
from bot.domain.turns import Answered, Candidate, Decision, Turn
from bot.errors import AssistantUnavailable

STATUS_SECONDS = 2.0
CONNECT_SECONDS = 0.5
AVOIDED_SECONDS = 10.0
STATES = ("ready", "loading", "training", "starting", "failed", "down")
NO_ANSWER = (httpx.HTTPError, httpx.InvalidURL, AssistantUnavailable, TimeoutError, ValueError)


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """What the engine says of itself: `starting`, `training`, `loading`, `ready`, `failed`, or `down`."""

    state: str
    detail: str = ""
    seconds: float = 0.0

    @property
    def is_ready(self) -> bool:
        """Whether it answers turns."""
        return self.state == "ready"


class EngineClient:
    """Asks engines at HTTP addresses in turn, or the one behind a socket; raises AssistantUnavailable.

    An engine that failed is asked last for ten seconds, so that one that hangs costs one turn some time and no answer.
    """

    def __init__(self, *, urls: list[str], socket: str | None, timeout: float) -> None:
        transport = httpx.AsyncHTTPTransport(uds=socket) if socket else None
        self._urls = urls or ["http://engine"]
        self._next = 0
        self._avoided_until: dict[str, float] = {}
        self._client = httpx.AsyncClient(transport=transport, trust_env=False)
        self._timeout = timeout

    async def answer(
        self,
        text: str,
        *,
        payload: str | None,
        state: dict[str, object],
        language: str,
        now: datetime,
        conversation_id: str,
    ) -> Turn:
        """One turn, within the time limit as a whole."""
        body = {
            "conversation_id": conversation_id,
            "text": text,
            "payload": payload,
            "state": state,
            "language": language,
            "now": now.isoformat(),
        }
        return await self._first_turn(body)

    async def status(self) -> EngineStatus:
        """The state of the engine that is furthest; `down` where none answers."""
        found = await asyncio.gather(*(self._status(url) for url in self._urls))
        return min(found, key=lambda status: STATES.index(status.state))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _first_turn(self, body: Mapping[str, object]) -> Turn:
        """Ask one engine after the other; those in good standing share the time among them."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + self._timeout
        urls = self._in_order(clock())
        for position, url in enumerate(urls):
            is_avoided = self._is_avoided(url, clock())
            alike = sum(self._is_avoided(other, clock()) == is_avoided for other in urls[position:])
            try:
                turn = await self._ask(url, body, (deadline - clock()) / alike)
            except NO_ANSWER:
                self._avoided_until[url] = clock() + AVOIDED_SECONDS
                continue
            self._avoided_until.pop(url, None)
            return turn
        raise AssistantUnavailable("no engine answered in time" if clock() >= deadline else "no engine answered")

    async def _ask(self, url: str, body: Mapping[str, object], seconds: float) -> Turn:
        async with asyncio.timeout(seconds):
            response = await self._client.post(f"{url}/turn", json=body, timeout=_limits(seconds))
        return to_turn(response.raise_for_status().json())

    async def _status(self, url: str) -> EngineStatus:
        try:
            response = await self._client.get(f"{url}/status", timeout=_limits(STATUS_SECONDS))
            content = response.raise_for_status().json()
            status = EngineStatus(content["state"], content["detail"], content["seconds"])
        except (*NO_ANSWER, KeyError, TypeError):
            return EngineStatus("down")
        return status if status.state in STATES else EngineStatus("down", "an engine of another release")

    def _in_order(self, now: float) -> list[str]:
        """All addresses, each time beginning with the next one; those to avoid last, the longest avoided first."""
        urls = self._urls[self._next :] + self._urls[: self._next]
        self._next = (self._next + 1) % len(self._urls)
        return sorted(urls, key=lambda url: self._avoided_until.get(url, 0.0) if self._is_avoided(url, now) else 0.0)

    def _is_avoided(self, url: str, now: float) -> bool:
        return self._avoided_until.get(url, 0.0) > now


def _limits(seconds: float) -> httpx.Timeout:
    return httpx.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS))


def to_turn(content: Mapping[str, Any]) -> Turn:
    """The engine's JSON as a Turn; raises AssistantUnavailable where it has another form."""
    try:
        return Turn(
            replies=tuple(_to_reply(reply) for reply in content["replies"]),
            decision=Decision(content["decision"]),
            state=content["state"],
            intent=content["intent"],
            aspect=content["aspect"],
            service=content["service"],
            office=content["office"],
            confidence=content["confidence"],
            candidates=tuple(Candidate(each["service"], each["score"]) for each in content["candidates"]),
            options=tuple(content["options"]),
            handoff_reason=content["handoff_reason"],
            referral=content["referral"],
            also_answered=tuple(_to_answered(each) for each in content["also_answered"]),
            language=content["language"],
        )
    except (KeyError, TypeError, ValueError) as e:
        raise AssistantUnavailable(f"the engine's answer has an unknown form: {type(e).__name__}") from None


def _to_answered(content: Mapping[str, Any]) -> Answered:
    return Answered(content["service"], content["office"], content["aspect"])


def _to_reply(content: Mapping[str, Any]) -> Reply:
    reviewed_on = content["reviewed_on"]
    return Reply(
        text=content["text"],
        buttons=tuple(Button(each["title"], each["payload"]) for each in content["buttons"]),
        links=tuple(Link(each["title"], each["url"]) for each in content["links"]),
        source_title=content["source_title"],
        source_url=content["source_url"],
        reviewed_on=date.fromisoformat(reviewed_on) if reviewed_on else None,
    )
