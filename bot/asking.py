"""Asks the real engine from the command line: one question, or thousands from a file."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot.assistant.engine_client import EngineClient, EngineStatus
from bot.assistant.supervisor import EngineCommand, EngineSupervisor
from bot.domain.messages import Reply, clean_text
from bot.domain.turns import Turn
from bot.errors import AssistantUnavailable, MessageInvalid, RathausboteError
from bot.knowledge.answers import Answers
from bot.settings import Settings
from bot.use_cases.preview_answer import preview_answer

TURN_SECONDS = 30.0
START_SECONDS = 600.0
LOOK_SECONDS = 0.2


class QuestionsInvalid(RathausboteError):
    """A line of a file of questions can't be read; the message names it."""

    code = "questions_invalid"


@dataclass(slots=True)
class Dialogue:
    """What a dialogue carries from turn to turn."""

    id: object
    language: str = "de"
    state: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks questions as a citizen would; `now` is the moment for questions about time.

    Where an engine did not answer, `recover` waits for it, and it is asked once more.
    """

    engine: EngineClient
    answers: Answers
    now: datetime
    recover: Callable[[], Awaitable[None]] | None = None

    async def ask(self, text: str, dialogue: Dialogue) -> dict[str, Any]:
        """One turn as the object that the contract describes; one that can't be accepted or answered has an `error`."""
        started = time.perf_counter()
        try:
            question = clean_text(text)
        except MessageInvalid as e:
            return _error_object(dialogue, e)
        try:
            turn = await self._ask_engine(question, dialogue)
        except AssistantUnavailable as e:
            return _error_object(dialogue, e)
        dialogue.state, dialogue.language = turn.state, turn.language
        replies = preview_answer(
            turn,
            question,
            knowledge=self.answers.knowledge,
            responses=self.answers.responses,
            promise=self.answers.promise,
            at=self.now,
        )
        return to_object(turn, replies, id_=dialogue.id, seconds=time.perf_counter() - started)

    async def _ask_engine(self, question: str, dialogue: Dialogue) -> Turn:
        for may_recover in (self.recover, None):
            try:
                return await self.engine.answer(
                    question,
                    payload=None,
                    state=dialogue.state,
                    language=dialogue.language,
                    now=self.now,
                    conversation_id=str(dialogue.id),
                )
            except AssistantUnavailable:
                if may_recover is None:
                    raise
                await may_recover()
        raise AssertionError("the second attempt returns or raises")


def _error_object(dialogue: Dialogue, error: RathausboteError) -> dict[str, Any]:
    return {"id": dialogue.id, "error": {"code": error.code, "message": str(error)}}


def to_object(turn: Turn, replies: Iterable[Reply], *, id_: object, seconds: float) -> dict[str, Any]:
    """A turn in the form of `rathausbote ask --json`."""
    return {
        "id": id_,
        "decision": turn.decision.value,
        "intent": turn.intent,
        "aspect": turn.aspect,
        "service": turn.service,
        "office": turn.office,
        "confidence": turn.confidence,
        "candidates": [{"service": each.service, "score": each.score} for each in turn.candidates],
        "options": list(turn.options),
        "handoff_reason": turn.handoff_reason,
        "referral": turn.referral,
        "services": _all_answered(turn.service, [each.service for each in turn.also_answered]),
        "aspects": _all_answered(turn.aspect, [each.aspect for each in turn.also_answered]),
        "language": turn.language,
        "replies": [_reply_object(reply) for reply in replies],
        "ms": round(seconds * 1000, 1),
    }


def _all_answered(first: str | None, others: list[str | None]) -> list[str]:
    """What is answered in the order of the replies; several where the message held two questions."""
    return list(dict.fromkeys(each for each in (first, *others) if each))


def _reply_object(reply: Reply) -> dict[str, Any]:
    return {
        "text": reply.text,
        "buttons": [{"title": button.title} for button in reply.buttons],
        "links": [{"title": link.title, "url": link.url} for link in reply.links],
        "source_title": reply.source_title,
        "source_url": reply.source_url,
        "reviewed_on": reply.reviewed_on.isoformat() if reply.reviewed_on else None,
    }


@asynccontextmanager
async def open_asker(settings: Settings, answers: Answers, now: datetime, tell: Any) -> AsyncIterator[Asker]:
    """Start an engine (or use BOT_ENGINE_URL) for as long as the block lasts; raises AssistantUnavailable."""
    if settings.engine_urls:
        client = EngineClient(urls=settings.engine_urls, socket=None, timeout=TURN_SECONDS)
        try:
            yield Asker(client, answers, now)
        finally:
            await client.close()
        return
    with TemporaryDirectory(prefix="rathausbote-") as folder:
        socket = Path(folder) / "engine.sock"
        client = EngineClient(urls=[], socket=str(socket), timeout=TURN_SECONDS)
        command = EngineCommand(
            settings.project_dir, settings.models_dir, socket, "ERROR", settings.state, settings.timezone
        )
        supervisor = EngineSupervisor(command, client, announce=lambda status: _tell_training(status, tell))
        running = asyncio.create_task(supervisor.run())
        try:
            start = EngineStart(supervisor, client, running)
            await start.wait()
            yield Asker(client, answers, now, start.wait)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await client.close()


def _tell_training(status: EngineStatus, tell: Any) -> None:
    if status.state == "training":
        tell("training the model, once for this training data …")


class EngineStart:
    """Waits for a supervised engine: at its start, and again when it died; gives up once it did not come back."""

    def __init__(self, supervisor: EngineSupervisor, client: EngineClient, running: asyncio.Task[None]) -> None:
        self._supervisor = supervisor
        self._client = client
        self._running = running
        self._restarts = 0
        self._gave_up = False

    async def wait(self) -> None:
        """Return when the engine answers; AssistantUnavailable where it does not start."""
        deadline = time.monotonic() + START_SECONDS
        most_restarts = self._supervisor.restarts + self._restarts
        self._restarts = 1
        while not await self._is_ready():
            is_lost = self._supervisor.restarts > most_restarts or self._supervisor.status.state == "failed"
            if self._gave_up or is_lost or self._running.done() or time.monotonic() > deadline:
                self._gave_up = True
                raise AssistantUnavailable("the engine does not start; the lines above say why")
            await asyncio.sleep(LOOK_SECONDS)

    async def _is_ready(self) -> bool:
        """The supervisor may not have noticed yet that its engine died, so the engine is asked too."""
        return self._supervisor.status.is_ready and (await self._client.status()).is_ready


def read_questions(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSONL file, each with `text` or with `turns` of `{"user"}`; raises QuestionsInvalid."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as e:
        raise QuestionsInvalid(f"{path} can't be read: {type(e).__name__}") from None
    return [_read_line(path, number, line) for number, line in enumerate(lines, start=1) if line.strip()]


def _read_line(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        content = json.loads(line)
    except ValueError:
        raise QuestionsInvalid(f"{path}:{number}: not a JSON object") from None
    if not isinstance(content, dict) or not _has_question(content):
        raise QuestionsInvalid(f'{path}:{number}: needs "text", or "turns" with objects that have "user"')
    return content


def _has_question(content: Mapping[str, Any]) -> bool:
    if "turns" in content:
        turns = content["turns"]
        return isinstance(turns, list) and all(isinstance(t, dict) and isinstance(t.get("user"), str) for t in turns)
    return isinstance(content.get("text"), str)


async def ask_all(asker: Asker, questions: Iterable[Mapping[str, Any]]) -> AsyncIterator[dict[str, Any]]:
    """One object a question, in order; a dialogue gives one object a turn, numbered from 1."""
    for number, question in enumerate(questions, start=1):
        dialogue = Dialogue(question.get("id", number))
        if "turns" not in question:
            yield await asker.ask(question["text"], dialogue)
            continue
        for turn_number, turn in enumerate(question["turns"], start=1):
            yield {**await asker.ask(turn["user"], dialogue), "turn": turn_number}
