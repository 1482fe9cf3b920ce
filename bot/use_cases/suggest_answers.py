"""What the bot would answer to the citizen's unanswered words, for a person to send or to edit."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.domain.messages import Author, Message
from bot.domain.services import Aspect
from bot.domain.turns import Decision, Turn
from bot.knowledge.answers import Answers, Question
from bot.ports import Assistant, Clock, Storage, UnitOfWork

MOST_OTHERS = 2
MOST_ASKED = 3
PAGE = 500


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A text that could be sent; `score` 0..1."""

    text: str
    service: str | None
    aspect: str | None
    score: float
    source_title: str | None
    source_url: str | None


async def suggest_answers(
    conversation_id: str, *, storage: Storage, assistant: Assistant, answers: Answers, now: Clock
) -> list[Suggestion]:
    """The bot's answer, then the same aspect of the next two candidates; nothing is written anywhere.

    The last words come first; where they lead to nothing (`a person, please`), those before are tried. Raises
    ConversationNotFound, AssistantUnavailable.
    """
    async with storage.begin(read_only=True) as unit:
        conversation = await unit.get_conversation(conversation_id)
        messages = await _list_all(unit, conversation_id)
    at = now()
    for message in _unanswered(messages)[:MOST_ASKED]:
        turn = await assistant.answer(
            message.text,
            payload=message.payload,
            state={**conversation.dialogue_state, "pending": None},
            language=conversation.language,
            now=at,
            conversation_id=conversation_id,
        )
        if found := [*_own(turn), *_others(turn, message.text, answers, at)]:
            return found
    return []


async def _list_all(unit: UnitOfWork, conversation_id: str) -> list[Message]:
    messages: list[Message] = []
    while page := await unit.list_messages(conversation_id, after=messages[-1].seq if messages else 0, limit=PAGE):
        messages.extend(page)
    return messages


def _unanswered(messages: list[Message]) -> list[Message]:
    """The citizen's messages since a person last answered, the latest first; the last one alone where there are none."""
    answered = max((each.seq for each in messages if each.author is Author.STAFF), default=0)
    said = [each for each in reversed(messages) if each.author is Author.CITIZEN]
    return [each for each in said if each.seq > answered] or said[:1]


def _own(turn: Turn) -> Iterator[Suggestion]:
    if turn.decision is not Decision.ANSWER:
        return
    for number, reply in enumerate(turn.replies):
        about = turn if number == 0 or number > len(turn.also_answered) else turn.also_answered[number - 1]
        yield Suggestion(reply.text, about.service, about.aspect, turn.confidence, reply.source_title, reply.source_url)


def _others(turn: Turn, text: str, answers: Answers, at: datetime) -> Iterator[Suggestion]:
    """From the approved texts alone; a service that has nothing about the aspect is left out."""
    aspect = _to_aspect(turn.aspect)
    said = {turn.service, *(each.service for each in turn.also_answered)} if turn.decision is Decision.ANSWER else set()
    candidates = [each for each in turn.candidates if each.service not in said]
    for candidate in candidates[:MOST_OTHERS]:
        service = answers.knowledge.find_service(candidate.service)
        if service is None or not answers.has(service, aspect):
            continue
        reply = answers.reply(Question(aspect, turn.language, at, service, None, text))
        yield Suggestion(reply.text, service.id, aspect.value, candidate.score, reply.source_title, reply.source_url)


def _to_aspect(name: str | None) -> Aspect:
    return Aspect(name) if name in set(Aspect) else Aspect.PROCEDURE
