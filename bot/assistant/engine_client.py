"""Client of the engine: asks it for a turn and for its state."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import httpx

from bot.domain.messages import Button, Link, Reply
from bot.domain.turns import Candidate, Decision, Turn
from bot.errors import AssistantUnavailable

STATUS_SECONDS = 2.0


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
    """Asks engines at HTTP addresses in turn, or the one behind a socket; raises AssistantUnavailable."""

    def __init__(self, *, urls: list[str], socket: str | None, timeout: float) -> None:
        transport = httpx.AsyncHTTPTransport(uds=socket) if socket else None
        self._urls = urls or ["http://engine"]
        self._next = 0
        self._client = httpx.AsyncClient(transport=transport, timeout=timeout, trust_env=False)
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
        try:
            async with asyncio.timeout(self._timeout):
                return to_turn(await self._post(body))
        except TimeoutError:
            raise AssistantUnavailable("the engine did not answer in time") from None

    async def status(self) -> EngineStatus:
        """The state of the engine that is asked next; `down` where it does not answer."""
        try:
            response = await self._client.get(f"{self._urls[self._next]}/status", timeout=STATUS_SECONDS)
            content = response.raise_for_status().json()
            return EngineStatus(content["state"], content["detail"], content["seconds"])
        except (httpx.HTTPError, KeyError, ValueError):
            return EngineStatus("down")

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _post(self, body: Mapping[str, object]) -> dict[str, Any]:
        for _ in self._urls:
            url = self._urls[self._next]
            self._next = (self._next + 1) % len(self._urls)
            try:
                response = await self._client.post(f"{url}/turn", json=body)
                response.raise_for_status()
                content: dict[str, Any] = response.json()
            except (httpx.HTTPError, ValueError):
                continue
            return content
        raise AssistantUnavailable("no engine answered")


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
            language=content["language"],
        )
    except (KeyError, TypeError, ValueError) as e:
        raise AssistantUnavailable(f"the engine's answer has an unknown form: {type(e).__name__}") from None


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
