"""A citizen in a Telegram chat, seen from both ends: what the chat shows, and what the database holds for it."""

import asyncio
import re
from collections import Counter
from dataclasses import dataclass, field

from benchmarks.chaos.audit import Findings, Seen, judge_chat, judge_conversation
from benchmarks.chaos.plan import Plan
from benchmarks.chaos.staff import StaffMember
from benchmarks.chaos.words import in_rhythm
from bot.channels.telegram.outgoing import to_parts
from bot.domain.messages import Author, Message
from bot.errors import StorageUnavailable
from bot.ports import Responses
from bot.storage import SqlStorage
from bot.use_cases.start_conversation import TELEGRAM
from tests.telegram_stand_in.state import StandIn

LOOK_EVERY = 1.0
FIRST_CHAT = 5_000
_SPACE = re.compile(r"\s+")


@dataclass
class TelegramCitizen:
    """One chat."""

    number: int
    count: int
    plan: Plan
    stand_in: StandIn
    storage: SqlStorage
    responses: Responses
    introduction: str
    staff: StaffMember | None = None
    written: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    has_written: bool = False
    is_done: bool = False
    _messages: list[Message] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What its messages are called after."""
        return f"t{self.number}"

    @property
    def chat(self) -> int:
        """Its chat."""
        return FIRST_CHAT + self.number

    @property
    def id(self) -> str:
        """Its conversation, once there is one."""
        return self._messages[0].conversation_id if self._messages else ""

    async def live(self) -> None:
        """Write everything, and look on until cancelled."""
        await self._write()
        self.has_written = True
        while True:
            await self.look()
            self.is_done = self.judge().is_clean
            await asyncio.sleep(LOOK_EVERY)

    async def _write(self) -> None:
        rng, seconds = self.plan.random(self.name), self.plan.load_seconds
        rhythm = in_rhythm(self.name, self.count, rng, seconds=seconds, wants_person=self.staff is not None)
        async for number, id_, text in rhythm:
            self.written.append(id_)
            self.stand_in.citizen_writes(self.chat, text)
            if self.staff is None:
                continue
            if number == 0:
                await self._wait_for_answer()
                await self.staff.claim(self.id)
            else:
                await self._wait_until_stored(id_)
                await self.staff.reply(self.id, id_, text)

    async def _wait_for_answer(self) -> None:
        await self.look()
        while len(self._judge_stored().waits) < len(self.written):
            await asyncio.sleep(LOOK_EVERY / 2)
            await self.look()

    async def _wait_until_stored(self, id_: str) -> None:
        while not any(f"[{id_}]" in each.text for each in self._messages if each.author is Author.CITIZEN):
            await asyncio.sleep(LOOK_EVERY / 2)
            await self.look()

    async def look(self) -> None:
        """Read what is stored."""
        try:
            async with self.storage.begin(read_only=True) as unit:
                conversation = await unit.find_by_address(TELEGRAM, str(self.chat))
                if conversation is not None:
                    self._messages = await unit.list_messages(conversation.id)
        except StorageUnavailable:
            return

    def judge(self) -> Findings:
        """What is wrong so far: in what is stored, and in what the chat shows of it."""
        findings = self._judge_stored()
        told = [each for each in self._messages if each.author is not Author.CITIZEN]
        expected = [_plain(part.text) for each in told for part in to_parts(each, self.responses)]
        shown = [_plain(text) for text in self.stand_in.texts_to(self.chat)]
        in_chat, self.again = judge_chat(expected, shown)
        findings.add(in_chat)
        return findings

    def _judge_stored(self) -> Findings:
        written_at, shown_at = self._moments()
        seen = []
        for each in self._messages:
            moments = written_at if each.author is Author.CITIZEN else shown_at
            at = moments.get(_plain(each.text), each.created_at.timestamp())
            seen.append(Seen(each.seq, each.author.value, each.text, at))
        return judge_conversation(self.written, seen, is_introduction=self.introduction.__eq__)

    def _moments(self) -> tuple[dict[str, float], dict[str, float]]:
        """When the chat's messages were written and shown; Telegram counts in whole seconds."""
        written: dict[str, float] = {}
        shown: dict[str, float] = {}
        with self.stand_in.lock:
            for message in self.stand_in.chats.get(self.chat, []):
                text = _plain(message["text"])
                if message["from"]["is_bot"]:
                    shown.setdefault(text.partition("): ")[2] or text, message["date"])
                else:
                    written.setdefault(text, message["date"])
        return written, shown

    def excuse(self, hung: Counter[tuple[int, str]]) -> tuple[int, int]:
        """How many texts were shown again because a call timed out after it delivered, and how many for another reason."""
        excused = 0
        for text in self.again:
            if hung[self.chat, text]:
                hung[self.chat, text] -= 1
                excused += 1
        return excused, len(self.again) - excused


def _plain(text: str) -> str:
    return _SPACE.sub(" ", text).strip()


def hung_texts(stand_in: StandIn) -> Counter[tuple[int, str]]:
    """Chat and text of the messages that Telegram showed without telling the bot."""
    return Counter((chat, _plain(text)) for chat, text in stand_in.hung)
