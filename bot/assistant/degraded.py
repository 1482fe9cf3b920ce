"""Answers from the same knowledge by keyword while the engine is starting, down or too slow."""

import asyncio
import json
from datetime import datetime

from bot.domain.messages import Reply
from bot.domain.services import Aspect
from bot.domain.turns import Candidate, Decision, Turn
from bot.knowledge.answers import OFFICE_ASPECTS, Answers, Question
from bot.knowledge.dialogue_acts import DialogueActs
from bot.knowledge.keyword_search import office_search, service_search

SURE = 85.0
SEARCHED_LENGTH = 1000
HANDOFF_INTENTS = {"request_human": "citizen_asked", "ask_case_status": "personal_case"}
SENTENCES = {
    "ask_privacy": "utter_privacy",
    **{
        act: f"utter_{act}"
        for act in (
            "greet", "thank", "goodbye", "help", "bot_challenge", "insult", "emergency", "chitchat", "affirm", "deny",
            "unsupported_message",
        )
    },
}  # fmt: skip


class DegradedAnswerer:
    """Finds a service or office by its name or a synonym; what it can't find goes to a person."""

    def __init__(self, answers: Answers, acts: DialogueActs) -> None:
        self._answers = answers
        self._acts = acts
        self._services = service_search(answers.knowledge.services.values())
        self._offices = office_search(answers.knowledge.offices.values())

    async def answer(
        self,
        text: str,
        *,
        payload: str | None,
        state: dict[str, object],
        language: str,
        now: datetime,
        conversation_id: str,  # noqa: ARG002 - part of the port
    ) -> Turn:
        """A turn marked as degraded; never raises for anything a citizen can write.

        It is worked out in a thread: reading times and names in a long message must not hold up everybody else.
        """
        return await asyncio.to_thread(self._answer, text, payload, state, language, now)

    def _answer(self, text: str, payload: str | None, state: dict[str, object], language: str, now: datetime) -> Turn:
        text = "" if payload else text[:SEARCHED_LENGTH]
        intent, entities = _parse_payload(payload) if payload else (self._acts.find_intent(text), {})
        intent, entities = _agreed(intent, entities, state)
        if intent in HANDOFF_INTENTS:
            return self._hand_off(HANDOFF_INTENTS[intent], state, language)
        if intent in SENTENCES:
            reply = self._answers.responses.reply(SENTENCES[intent], language)
            return _turn((reply,), Decision.SMALLTALK, state, language, intent=intent)
        aspect = self._aspect(intent, text)
        service, office = self._subject(text, entities, state, aspect)
        if service is None and office is None:
            return self._hand_off("degraded", state, language)
        place = entities.get("area") or state.get("current_place")
        state = {**state, "current_place": place}
        return self._found(service, office, aspect, state, language, now, text)

    def _aspect(self, intent: str | None, text: str) -> Aspect | None:
        if intent and intent.startswith("ask_") and intent.removeprefix("ask_") in set(Aspect):
            return Aspect(intent.removeprefix("ask_"))
        return self._answers.aspects.find_aspect(text)

    def _subject(
        self, text: str, entities: dict[str, str], state: dict[str, object], aspect: Aspect | None
    ) -> tuple[str | None, str | None]:
        if entities:
            knowledge = self._answers.knowledge
            service, named = knowledge.find_service(entities.get("service")), knowledge.find_office(entities.get("office"))
            return service.id if service else None, named.id if named else None
        services = [hit for hit in self._services.find(text) if hit.score >= SURE]
        offices = [hit for hit in self._offices.find(text) if hit.score >= SURE]
        if offices and (not services or aspect in OFFICE_ASPECTS):
            return None, offices[0].id
        if services:
            return services[0].id, None
        remembered = state.get("current_service")
        if aspect is not None and isinstance(remembered, str) and remembered in self._answers.knowledge.services:
            return remembered, None
        if aspect in (Aspect.OPENING_HOURS, Aspect.LOCATION, Aspect.CONTACT):
            return None, self._answers.knowledge.general_office.id
        return None, None

    def _found(
        self,
        service_id: str | None,
        office_id: str | None,
        aspect: Aspect | None,
        state: dict[str, object],
        language: str,
        now: datetime,
        text: str,
    ) -> Turn:
        knowledge = self._answers.knowledge
        service = knowledge.find_service(service_id)
        office = knowledge.competent_office(service_id, office_id)
        wanted = aspect or (Aspect.PROCEDURE if service else Aspect.RESPONSIBILITY)
        place = state.get("current_place")
        where = place if isinstance(place, str) else None
        question = Question(wanted, language, now, service, None if service else office, text, where)
        remembered = state.get("current_service")
        about = knowledge.still_about(remembered if isinstance(remembered, str) else None, service_id, office)
        new_state = {**state, "current_service": about, "current_office": office.id, "pending": None}
        return _turn(
            (self._answers.reply(question),),
            Decision.ANSWER,
            new_state,
            language,
            intent=wanted.intent,
            aspect=wanted.value,
            service=service_id,
            office=office.id,
        )

    def _hand_off(self, reason: str, state: dict[str, object], language: str) -> Turn:
        return _turn((), Decision.HANDOFF, {**state, "failures": 0, "pending": None}, language, handoff_reason=reason)


def _parse_payload(payload: str) -> tuple[str, dict[str, str]]:
    intent, brace, rest = payload.removeprefix("/").partition("{")
    try:
        entities = json.loads(brace + rest) if brace else {}
    except ValueError:
        entities = {}
    known = entities if isinstance(entities, dict) else {}
    return intent, {name: value for name, value in known.items() if isinstance(value, str)}


def _agreed(intent: str | None, entities: dict[str, str], state: dict[str, object]) -> tuple[str | None, dict[str, str]]:
    """What `yes` says yes to, where the turn before asked for it."""
    pending = state.get("pending")
    if intent != "affirm" or not isinstance(pending, str):
        return intent, entities
    if pending == "human":
        return "request_human", {}
    kind, _, offered = pending.partition(":")
    return ("name_service", {"service": offered}) if kind == "services" and "," not in offered else (intent, entities)


def _turn(
    replies: tuple[Reply, ...],
    decision: Decision,
    state: dict[str, object],
    language: str,
    *,
    intent: str | None = None,
    aspect: str | None = None,
    service: str | None = None,
    office: str | None = None,
    handoff_reason: str | None = None,
) -> Turn:
    return Turn(
        replies=replies,
        decision=decision,
        state=state,
        intent=intent,
        aspect=aspect,
        service=service,
        office=office,
        candidates=(Candidate(service, 1.0),) if service else (),
        confidence=1.0 if service else 0.0,
        handoff_reason=handoff_reason,
        language=language,
        degraded=True,
    )
