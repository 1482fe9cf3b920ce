"""What the pipeline understood of a message, and what the dialogue so far adds to it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rasa_sdk import Tracker

from bot.domain.services import Aspect
from bot.knowledge.aspects import AspectWords
from bot.knowledge.time_expressions import parse_time

FALLBACK = "nlu_fallback"
SURE_ASPECT = 0.35


@dataclass(frozen=True, slots=True)
class Understanding:
    """The parsed message beside the remembered slots; `ranking` is [(service id or "", score 0..1)], best first."""

    text: str
    intent: str
    intent_confidence: float
    service: str | None
    office: str | None
    ranking: tuple[tuple[str, float], ...]
    remembered_service: str | None
    remembered_office: str | None
    remembered_aspect: str | None
    pending: str | None
    failures: int
    language: str
    now: datetime
    is_button: bool
    words_aspect: Aspect | None = None

    @property
    def asked_aspect(self) -> Aspect | None:
        """The aspect of a clear intent, else the one that the words name."""
        if self.intent == "out_of_scope":
            return None
        is_clear = self.is_button or self.intent_confidence >= SURE_ASPECT
        return (self.aspect if is_clear else None) or self.words_aspect

    @property
    def aspect(self) -> Aspect | None:
        """The aspect that the intent asks about."""
        name = self.intent.removeprefix("ask_")
        return Aspect(name) if self.intent.startswith("ask_") and name in set(Aspect) else None

    @property
    def candidates(self) -> list[tuple[str, float]]:
        """Services with their scores, without the label for none."""
        return [(service, score) for service, score in self.ranking if service]

    @property
    def names_none(self) -> bool:
        """Whether the message, as far as the linker sees, is about no service at all."""
        return not self.ranking or self.ranking[0][0] == ""

    @property
    def names_a_time(self) -> bool:
        """Whether a day or time of day is named: `und am Sonntag?`"""
        return parse_time(self.text, now=self.now, language=self.language) is not None


def understand(tracker: Tracker, words: AspectWords) -> Understanding:
    """Read the latest message and the slots of a tracker; `words` are those by which an aspect is recognised."""
    message: dict[str, Any] = tracker.latest_message
    intent = _intent(message)
    entities = {entity["entity"]: entity["value"] for entity in message.get("entities") or []}
    metadata = message.get("metadata") or {}
    now = metadata.get("now")
    return Understanding(
        text=message.get("text") or "",
        intent=intent.get("name") or "",
        intent_confidence=float(intent.get("confidence") or 0.0),
        service=entities.get("service"),
        office=entities.get("office"),
        ranking=tuple((each["service"], each["score"]) for each in message.get("service_ranking") or []),
        remembered_service=tracker.get_slot("current_service"),
        remembered_office=tracker.get_slot("current_office"),
        remembered_aspect=tracker.get_slot("current_aspect"),
        pending=tracker.get_slot("pending"),
        failures=int(tracker.get_slot("failures") or 0),
        language=tracker.get_slot("language") or "de",
        now=datetime.fromisoformat(now) if now else datetime.now(UTC),
        is_button=(message.get("text") or "").startswith("/"),
        words_aspect=words.find_aspect(message.get("text") or ""),
    )


def _intent(message: dict[str, Any]) -> dict[str, Any]:
    """The recognised intent; behind a fallback the likeliest question, because the service may be plain all the same."""
    intent: dict[str, Any] = message.get("intent") or {}
    if intent.get("name") != FALLBACK:
        return intent
    ranking = message.get("intent_ranking") or []
    return next((each for each in ranking if str(each["name"]).startswith("ask_")), intent)
