"""A citizen at the widget, who behaves as the widget does: repeats what was not accepted, resumes a broken stream."""

import asyncio
import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from benchmarks.chaos.audit import Findings, Seen, judge_conversation, judge_stream
from benchmarks.chaos.plan import Plan
from benchmarks.chaos.staff import StaffMember
from benchmarks.chaos.words import in_rhythm

AGAIN_AFTER = 0.3
ANSWER_SECONDS = 4.0
STREAM_SILENCE = 20.0
SENT_TWICE = 0.05


@dataclass
class WidgetCitizen:
    """One conversation."""

    number: int
    count: int
    plan: Plan
    http: httpx.AsyncClient
    introduction: str
    staff: StaffMember | None = None
    id: str = ""
    accepted: dict[str, int] = field(default_factory=dict)
    accepted_at: dict[str, float] = field(default_factory=dict)
    told_otherwise: list[str] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)
    seen: dict[int, Seen] = field(default_factory=dict)
    has_written: bool = False
    is_done: bool = False
    _token: str = ""
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def name(self) -> str:
        """What its messages are called after."""
        return f"w{self.number}"

    async def live(self) -> None:
        """Write everything, and read on until cancelled."""
        await self._begin()
        following = asyncio.create_task(self._follow())
        try:
            await self._write()
            self.has_written = True
            await self._until(lambda: self.judge().is_clean)
            self.is_done = True
            await following
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)

    async def _until(self, is_true: Callable[[], bool]) -> None:
        """Look again after each message that comes."""
        while not is_true():
            self._news.clear()
            await self._news.wait()

    async def _begin(self) -> None:
        home = {"X-Forwarded-For": f"2001:db8:{self.number:x}::1"}
        started = await self._insist("POST", "/api/v1/conversations", 201, json={"language": "de"}, headers=home)
        self.id, self._token = started["id"], started["token"]

    async def _write(self) -> None:
        rng, seconds = self.plan.random(self.name), self.plan.load_seconds
        rhythm = in_rhythm(self.name, self.count, rng, seconds=seconds, wants_person=self.staff is not None)
        async for number, id_, text in rhythm:
            await self._say(id_, text)
            if rng.random() < SENT_TWICE:
                await self._say(id_, text)
            if self.staff is None:
                continue
            if number == 0:
                await self._until(lambda: len(self.judge().waits) == len(self.accepted))
                await self.staff.claim(self.id)
            else:
                await self.staff.reply(self.id, id_, text)

    async def _say(self, id_: str, text: str) -> None:
        path = f"/api/v1/conversations/{self.id}/messages"
        body = {"client_message_id": id_, "text": text}
        seq = (await self._insist("POST", path, 202, json=body, headers=self._key))["seq"]
        if self.accepted.setdefault(id_, seq) != seq:
            self.told_otherwise.append(id_)
        self.accepted_at.setdefault(id_, time.monotonic())

    @property
    def _key(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}

    async def _insist(self, method: str, path: str, status: int, **request: Any) -> dict[str, Any]:
        """Send the same request until it is accepted; anything but an outage is a mistake of this program."""
        while True:
            with contextlib.suppress(httpx.TransportError):
                response = await self.http.request(method, path, timeout=ANSWER_SECONDS, **request)
                if response.status_code == status:
                    content: dict[str, Any] = response.json()
                    return content
                if response.status_code < 500 and response.status_code != 429:
                    raise RuntimeError(f"{method} {path}: {response.status_code} {response.text}")
            await asyncio.sleep(AGAIN_AFTER)

    async def _follow(self) -> None:
        path = f"/api/v1/conversations/{self.id}/events"
        while True:
            headers = {**self._key, "Last-Event-ID": str(max(self.seen, default=0))}
            with contextlib.suppress(httpx.TransportError, httpx.StreamError):
                async with self.http.stream("GET", path, headers=headers, timeout=STREAM_SILENCE) as stream:
                    async for line in stream.aiter_lines():
                        if line.startswith("data:") and '"seq"' in line:
                            self._take(json.loads(line[5:]))
            await asyncio.sleep(AGAIN_AFTER / 3)

    def _take(self, message: dict[str, Any]) -> None:
        seq = message["seq"]
        self.sent.append(seq)
        at = time.monotonic()
        if message["author"] == "citizen":
            at = min(at, self.accepted_at.get(message["client_message_id"], at))
        self.seen.setdefault(seq, Seen(seq, message["author"], message["text"], at))
        self._news.set()

    def judge(self) -> Findings:
        """What is wrong so far, as this citizen sees it."""
        messages = [self.seen[seq] for seq in sorted(self.seen)]
        findings = judge_conversation(list(self.accepted), messages, is_introduction=self.introduction.__eq__)
        findings.add(judge_stream(self.sent))
        findings.doubled += [f"{id_} (two numbers)" for id_ in self.told_otherwise]
        return findings

    async def compare(self) -> list[str]:
        """What the stream showed otherwise than a look at all messages does."""
        path = f"/api/v1/conversations/{self.id}/messages"
        page = await self._insist("GET", path, 200, headers=self._key)
        stored = [(each["seq"], each["text"]) for each in page["messages"]]
        shown = [(seq, self.seen[seq].text) for seq in sorted(self.seen)]
        return [] if stored == shown else [f"{self.name}: stream and page differ"]
