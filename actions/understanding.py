"""What the pipeline understood of a message, and what the dialogue so far adds to it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from rasa_sdk import Tracker

from bot.domain.referrals import REFERRAL_PREFIX
from bot.domain.services import Aspect
from bot.domain.turns import offered_services
from bot.knowledge.aspects import AspectWords
from bot.knowledge.time_expressions import parse_time

SURE_ASPECT = 0.35


@dataclass(frozen=True, slots=True)
class Understanding:
    """The parsed message beside the remembered slots.

    `ranking` is [(subject, score 0..1)], best first; a subject is a service's id, `referral:` and an id, or empty.
    `service`, `office` and `area` are those of a pressed button; `office` also one that the text names. `parts` are
    what the parts of a message with several questions mean alone; `context_ranking` is the ranking of the whole text
    behind the name of the remembered service.
    """

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
    area: str | None = None
    remembered_place: str | None = None
    intents: tuple[tuple[str, float], ...] = ()
    parts: tuple["Understanding", ...] = ()
    context_ranking: tuple[tuple[str, float], ...] = ()

    @property
    def asked_aspect(self) -> Aspect | None:
        """The aspect that is asked about, as far as the message shows one."""
        likeliest = self.likeliest_aspect
        is_clear = self.is_button or self.aspect_confidence >= SURE_ASPECT
        return (likeliest if is_clear else None) or self.words_aspect

    @property
    def aspect(self) -> Aspect | None:
        """The aspect that the intent itself asks about."""
        return to_aspect(self.intent)

    @property
    def likeliest_aspect(self) -> Aspect | None:
        """The aspect of the intent, else the likeliest one behind another intent."""
        return self.aspect or next((aspect for name, _ in self.intents if (aspect := to_aspect(name))), None)

    @property
    def aspect_confidence(self) -> float:
        """How sure the likeliest aspect is."""
        if self.aspect is not None:
            return self.intent_confidence
        return next((confidence for name, confidence in self.intents if to_aspect(name)), 0.0)

    @property
    def asks_for_aspect(self) -> bool:
        """Whether the message itself asks for an aspect, of whatever service."""
        return self.aspect is not None and (self.intent_confidence >= SURE_ASPECT or self.words_aspect is self.aspect)

    @property
    def offered(self) -> tuple[str, ...]:
        """The services that were offered as buttons just before."""
        return offered_services(self.pending)

    @property
    def candidates(self) -> list[tuple[str, float]]:
        """Services with their scores, without referrals and without the label for none."""
        return [(subject, score) for subject, score in self.ranking if subject and ":" not in subject]

    @property
    def best(self) -> tuple[str, float]:
        """The likeliest subject, whatever its kind."""
        return self.ranking[0] if self.ranking else ("", 0.0)

    @property
    def referral(self) -> tuple[str | None, float]:
        """Id of the likeliest referral and its score."""
        found = [(subject, score) for subject, score in self.ranking if subject.startswith(REFERRAL_PREFIX)]
        return (found[0][0].removeprefix(REFERRAL_PREFIX), found[0][1]) if found else (None, 0.0)

    @property
    def names_none(self) -> bool:
        """Whether the message, as far as the linker sees, is about no service and no referral."""
        return not self.best[0]

    @property
    def names_a_time(self) -> bool:
        """Whether a day or time of day is named: `und am Sonntag?`"""
        return parse_time(self.text, now=self.now, language=self.language) is not None

    def score(self, subject: str | None) -> float:
        """How likely a subject is, 0 where it is not in the ranking."""
        return next((score for each, score in self.ranking if each == subject), 0.0)


def to_aspect(intent: str) -> Aspect | None:
    """The aspect that an intent asks about."""
    name = intent.removeprefix("ask_")
    return Aspect(name) if intent.startswith("ask_") and name in set(Aspect) else None


def understand(tracker: Tracker, words: AspectWords) -> Understanding:
    """Read the latest message and the slots of a tracker; `words` are those by which an aspect is recognised."""
    message: dict[str, Any] = tracker.latest_message
    now = (message.get("metadata") or {}).get("now")
    entities = {entity["entity"]: entity["value"] for entity in message.get("entities") or []}
    is_button = (message.get("text") or "").startswith("/")
    understanding = Understanding(
        **_meaning(message, words),
        service=entities.get("service") if is_button else None,
        area=entities.get("area") if is_button else None,
        remembered_service=tracker.get_slot("current_service"),
        remembered_office=tracker.get_slot("current_office"),
        remembered_aspect=tracker.get_slot("current_aspect"),
        remembered_place=tracker.get_slot("current_place"),
        pending=tracker.get_slot("pending"),
        failures=int(tracker.get_slot("failures") or 0),
        language=tracker.get_slot("language") or "de",
        now=datetime.fromisoformat(now) if now else datetime.now(UTC),
        is_button=is_button,
        context_ranking=_ranking(message.get("in_context") or {}),
    )
    parts = tuple(replace(understanding, **_meaning(part, words)) for part in message.get("parts") or [])
    return replace(understanding, parts=parts)


def _ranking(message: dict[str, Any]) -> tuple[tuple[str, float], ...]:
    return tuple((each["subject"], each["score"]) for each in message.get("subject_ranking") or [])


def _meaning(message: dict[str, Any], words: AspectWords) -> dict[str, Any]:
    """What one parsed text says, without the dialogue."""
    text = message.get("text") or ""
    intent = message.get("intent") or {}
    offices = [each["value"] for each in message.get("entities") or [] if each["entity"] == "office"]
    return {
        "text": text,
        "intent": intent.get("name") or "",
        "intent_confidence": float(intent.get("confidence") or 0.0),
        "intents": tuple((each["name"], each["confidence"]) for each in message.get("intent_ranking") or []),
        "office": offices[0] if offices else None,
        "ranking": _ranking(message),
        "words_aspect": words.find_aspect(text),
    }
