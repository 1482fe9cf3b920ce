"""Holds the loaded model and turns requests of the web process into turns."""

from __future__ import annotations

import asyncio
import logging
import re
from ctypes import CDLL
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.trackers import DialogueStateTracker
from rasa_sdk.executor import ActionExecutor

from bot.domain.services import Aspect
from bot.domain.turns import offered_services
from bot.engine.importer import NAME_INTENT
from bot.engine.processor import StatelessProcessor, TurnOutput
from bot.errors import RathausboteError
from bot.knowledge.aspects import AspectWords
from bot.knowledge.knowledge import Knowledge
from bot.knowledge.loader import shared_knowledge
from bot.knowledge.responses import DomainResponses

logger = logging.getLogger(__name__)
KEPT_SLOTS = ("current_service", "current_office", "current_aspect", "current_place", "pending", "failures")
UNDERSTOOD_LENGTH = 600
_PAYLOAD_MARK = re.compile(r"^[\s/]+")


class SilentTurn(RathausboteError):
    """The model ran without an error, yet nothing was said and nobody was called."""

    code = "silent_turn"


class TurnRequest(BaseModel):
    """One message to answer; `payload` is a pressed button, `state` what the turn before gave back."""

    conversation_id: str
    text: str = Field(max_length=16_000)
    payload: str | None = Field(default=None, max_length=500)
    state: dict[str, Any] = {}
    language: str = "de"
    now: datetime


class Host:
    """A loaded model; one turn at a time, because a turn is computation and not waiting."""

    def __init__(self, processor: StatelessProcessor, knowledge: Knowledge) -> None:
        self._processor = processor
        self._knowledge = knowledge
        self._lock = asyncio.Lock()

    @classmethod
    def load(cls, model: Path, project_dir: Path) -> Host:
        """Load the model; responses come from today's domain.yml, so a changed sentence needs no training."""
        executor = ActionExecutor()
        executor.register_package("actions")
        generator = TemplatedNaturalLanguageGenerator(DomainResponses.load(project_dir / "domain.yml").variations)
        knowledge = shared_knowledge(project_dir / "data")
        names = {service.id: service.short_name["de"] for service in knowledge.services.values()}
        words = AspectWords.load(project_dir / "data" / "aspects.yml")
        return cls(StatelessProcessor(str(model), generator, executor, names, words), knowledge)

    async def warm_up(self) -> None:
        """Run one turn for nobody: the first one is slow, because much is loaded only then."""
        await self.turn(TurnRequest(conversation_id="warm-up", text="Personalausweis", now=datetime.now(UTC)))
        _give_back_memory()

    async def parse(self, text: str, slots: dict[str, Any]) -> dict[str, Any]:
        """What the pipeline understands of a message in a dialogue with these slots, without answering it."""
        return await self._processor.parse(to_plain_text(text), slots)

    async def turn(self, request: TurnRequest) -> dict[str, Any]:
        """Answer a message; raises SilentTurn, or what an action raised."""
        slots = {**request.state, "language": request.language}
        async with self._lock:
            output, tracker = await self._processor.run_turn(
                request.payload or to_payload(request, self._knowledge) or to_plain_text(request.text),
                sender_id=request.conversation_id,
                slots=slots,
                metadata={"now": request.now.isoformat()},
            )
        if output.error is not None:
            raise output.error
        result = to_turn(output, tracker)
        if not result["replies"] and not result["handoff_reason"]:
            raise SilentTurn("no reply")
        return result


def _give_back_memory() -> None:
    """Loading needs more than running; the C library keeps what was freed unless it is told."""
    trim = getattr(CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def to_payload(request: TurnRequest, knowledge: Knowledge) -> str | None:
    """Of a message such as `die zweite` the button that it stands for, where services were offered just before."""
    chosen = knowledge.ambiguous.choose(request.text, offered_services(request.state.get("pending")))
    if chosen is None:
        return None
    aspect = request.state.get("current_aspect")
    intent = Aspect(aspect).intent if aspect in set(Aspect) else NAME_INTENT
    return f'/{intent}{{"service": "{chosen}"}}'


def to_plain_text(text: str) -> str:
    """The text as Rasa may read it: never a payload, never empty, and of a very long one both ends."""
    plain = _PAYLOAD_MARK.sub("", text) or "?"
    half = UNDERSTOOD_LENGTH // 2
    return plain if len(plain) <= UNDERSTOOD_LENGTH else f"{plain[:half]} {plain[-half:]}"


def to_turn(output: TurnOutput, tracker: DialogueStateTracker) -> dict[str, Any]:
    """What was uttered and understood, in the form of `bot.domain.turns.Turn`."""
    message = tracker.latest_message
    parse = message.parse_data if message else {}
    intent = (message.intent if message else None) or {}
    meaning: dict[str, Any] = {}
    for each in reversed(output.messages):  # where two questions are answered, the first one gives the fields
        meaning.update({k: v for k, v in (each.get("custom") or {}).items() if v is not None})
    aspect = meaning.get("aspect")
    name = intent.get("name")
    default = "fallback" if name == "out_of_scope" else "smalltalk"
    ranking = [{"service": each["subject"], "score": each["score"]} for each in parse.get("subject_ranking") or []]
    services = [each for each in ranking if each["service"] and ":" not in each["service"]]
    return {
        "replies": [_to_reply(each) for each in output.messages if each.get("text")],
        "decision": meaning.get("decision", default),
        "state": {slot: tracker.get_slot(slot) for slot in KEPT_SLOTS},
        "intent": f"ask_{aspect}" if aspect else name,
        "aspect": aspect,
        "service": meaning.get("service"),
        "office": meaning.get("office"),
        "referral": meaning.get("referral"),
        "also_answered": [_to_answered(each) for each in output.messages[1:] if _is_answer(each)],
        "confidence": _confidence(meaning.get("service"), ranking, intent),
        "candidates": services,
        "options": meaning.get("options", []),
        "handoff_reason": meaning.get("handoff_reason"),
        "language": tracker.get_slot("language"),
    }


def _is_answer(message: dict[str, Any]) -> bool:
    return (message.get("custom") or {}).get("decision") == "answer"


def _to_answered(message: dict[str, Any]) -> dict[str, Any]:
    return {field: message["custom"].get(field) for field in ("service", "office", "aspect")}


def _confidence(service: str | None, ranking: list[dict[str, Any]], intent: dict[str, Any]) -> float:
    """That of the answered service, else of the likeliest subject, else of the intent."""
    scores = [each["score"] for each in ranking if each["service"] == service] or [each["score"] for each in ranking]
    return round(float(scores[0] if scores else intent.get("confidence") or 0.0), 4)


def _to_reply(message: dict[str, Any]) -> dict[str, Any]:
    custom = message.get("custom") or {}
    return {
        "text": message["text"].strip(),
        "buttons": [{"title": b["title"], "payload": b["payload"]} for b in message.get("buttons") or []],
        "links": custom.get("links") or [],
        "source_title": custom.get("source_title"),
        "source_url": custom.get("source_url"),
        "reviewed_on": custom.get("reviewed_on"),
    }
