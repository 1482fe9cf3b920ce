"""One step of the turn worker: the oldest message that awaits an answer gets it."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from bot.domain.conversations import Conversation, ConversationStatus
from bot.domain.messages import Author, Message, Reply
from bot.domain.turns import Decision, Turn
from bot.errors import StorageUnavailable
from bot.knowledge.knowledge import Knowledge
from bot.ports import Assistant, Clock, Promise, Responses, Storage, UnitOfWork
from bot.use_cases.hand_off import Handoff, hand_off, open_ticket
from bot.use_cases.ticket_status import find_ticket_status

logger = logging.getLogger(__name__)
LEASE = timedelta(seconds=60)
MOST_CANDIDATES = 3


@dataclass(frozen=True, slots=True)
class TurnWorker:
    """What a turn worker works with; `name` is unique among all workers that run.

    `lease` is longer than any turn takes, and how long a citizen waits whose turn died with its process.
    """

    name: str
    storage: Storage
    assistant: Assistant
    responses: Responses
    knowledge: Knowledge
    promise: Promise
    now: Clock
    lease: timedelta = LEASE


class Outcome(Enum):
    """What became of a turn; the value is what the log says."""

    ANSWERED = "answered"
    LEFT_TO_STAFF = "left to staff"
    LEASE_LOST = "lease lost"
    GIVEN_UP = "given up"


async def answer_next(worker: TurnWorker) -> bool:
    """Lease a conversation, ask the assistant, commit answer and state together; False where nothing waits.

    A process that dies in between loses nothing: the lease runs out and the message is taken up again. A turn that
    fails for a reason that trying again does not mend goes to a person, and where even that fails, the citizen reads
    one sentence; it holds up nobody else.
    """
    started = worker.now()
    async with worker.storage.begin() as unit:
        conversation = await unit.lease_next_turn(worker=worker.name, until=started + worker.lease, now=started)
    if conversation is None:
        return False
    async with worker.storage.begin(read_only=True) as unit:
        message = await unit.find_awaiting(conversation.id)
    if message is None:
        await _release(worker, conversation)
        return True
    try:
        turn, outcome = await _answer(worker, conversation, message)
    except (StorageUnavailable, asyncio.CancelledError):
        await _release(worker, conversation)
        raise
    logger.log(
        logging.WARNING if outcome is Outcome.LEASE_LOST else logging.INFO,
        outcome.value,
        extra={
            "conversation_id": conversation.id,
            "seq": message.seq,
            "decision": turn.decision.value,
            "service": turn.service,
            "degraded": turn.degraded,
        },
    )
    return True


async def _answer(worker: TurnWorker, conversation: Conversation, message: Message) -> tuple[Turn, Outcome]:
    """The assistant's turn, else a person, else a sentence; raises StorageUnavailable."""
    try:
        if (status := await _ticket_status(worker, conversation, message)) is not None:
            return status, await _commit(worker, message, status)
        turn = await worker.assistant.answer(
            message.text,
            payload=message.payload,
            state=conversation.dialogue_state,
            language=conversation.language,
            now=message.created_at,
            conversation_id=conversation.id,
        )
        return turn, await _commit(worker, message, turn)
    except StorageUnavailable:
        raise
    except Exception as e:  # noqa: BLE001 - whatever it was, the citizen gets an answer
        _note_failure("turn", e, message)
    turn = _failed_turn(conversation)
    try:
        return turn, await _commit(worker, message, turn)
    except StorageUnavailable:
        raise
    except Exception as e:  # noqa: BLE001 - a message that stays on the worklist would fail for ever, in silence
        _note_failure("handoff", e, message)
    return turn, await _give_up(worker, message)


async def _ticket_status(worker: TurnWorker, conversation: Conversation, message: Message) -> Turn | None:
    """Who writes a ticket's number wants to know how it stands; the assistant knows nothing of tickets."""
    if message.payload is not None:
        return None
    async with worker.storage.begin(read_only=True) as unit:
        reply = await find_ticket_status(
            message.text, conversation,
            unit=unit, responses=worker.responses, knowledge=worker.knowledge, promise=worker.promise, at=worker.now(),
        )  # fmt: skip
    if reply is None:
        return None
    state, language = conversation.dialogue_state, conversation.language
    return Turn((reply,), Decision.ANSWER, state, intent="ticket_status", language=language)


def _note_failure(what: str, error: Exception, message: Message) -> None:
    fields = {"conversation_id": message.conversation_id, "seq": message.seq}
    logger.error("%s failed: %s", what, type(error).__name__, extra=fields)


def _failed_turn(conversation: Conversation) -> Turn:
    """To a person, with an empty dialogue state, because the old one may be what the turn failed on."""
    return Turn((), Decision.HANDOFF, handoff_reason="degraded", language=conversation.language, degraded=True)


async def _commit(worker: TurnWorker, message: Message, turn: Turn) -> Outcome:
    """Nothing is said where a person has taken over meanwhile, and nothing is written where the lease was lost."""
    async with worker.storage.begin() as unit:
        if not await unit.mark_answered(message, worker=worker.name):
            return Outcome.LEASE_LOST
        conversation = await unit.get_conversation(message.conversation_id)
        is_ours = conversation.status is ConversationStatus.PENDING
        if is_ours:
            await _reply(worker, unit, conversation, message, turn)
            await unit.save_conversation(conversation)
        await unit.release_lease(conversation.id, worker=worker.name)
        await unit.commit()
    return Outcome.ANSWERED if is_ours else Outcome.LEFT_TO_STAFF


async def _give_up(worker: TurnWorker, message: Message) -> Outcome:
    """Take the message off the worklist with one sentence that promises nothing, without it where that fails too."""
    async with worker.storage.begin() as unit:
        if not await unit.mark_answered(message, worker=worker.name):
            return Outcome.LEASE_LOST
        conversation = await unit.get_conversation(message.conversation_id)
        reply = _last_resort(worker, conversation)
        if reply is not None and conversation.status is ConversationStatus.PENDING:
            await unit.add_outgoing(
                conversation, reply, author=Author.BOT, at=worker.now(), meta={"language": conversation.language}
            )
        await unit.release_lease(conversation.id, worker=worker.name)
        await unit.commit()
    return Outcome.GIVEN_UP


def _last_resort(worker: TurnWorker, conversation: Conversation) -> Reply | None:
    municipality = worker.knowledge.municipality
    try:
        return worker.responses.reply(
            "utter_not_answered", conversation.language, town=municipality.name, phone=municipality.phone
        )
    except Exception as e:  # noqa: BLE001 - without the sentence the message must leave the worklist all the same
        logger.error("last resort failed: %s", type(e).__name__, extra={"conversation_id": conversation.id})
        return None


async def _reply(worker: TurnWorker, unit: UnitOfWork, conversation: Conversation, message: Message, turn: Turn) -> None:
    conversation.dialogue_state = dict(turn.state)
    conversation.language = turn.language
    at = worker.now()
    meta = _to_meta(turn)
    is_unanswered = turn.handoff_reason is None and turn.decision is Decision.FALLBACK and turn.intent != "deny"
    if is_unanswered and await _added_to_ticket(worker, unit, conversation, message, meta):
        return
    for reply in turn.replies:
        await unit.add_outgoing(conversation, reply, author=Author.BOT, at=at, meta=meta)
    if turn.handoff_reason is not None:
        await hand_off(
            to_handoff(turn, message.text, worker.knowledge),
            conversation,
            unit=unit,
            responses=worker.responses,
            promise=worker.promise,
            at=at,
            meta=meta,
        )


def _to_meta(turn: Turn) -> dict[str, object]:
    """What staff see of how the answer came about."""
    return {
        "decision": turn.decision.value,
        "service": turn.service,
        "aspect": turn.aspect,
        "confidence": turn.confidence,
        "candidates": [{"service": each.service, "score": each.score} for each in turn.candidates[:MOST_CANDIDATES]],
        "degraded": turn.degraded,
        "language": turn.language,
    }


async def _added_to_ticket(
    worker: TurnWorker, unit: UnitOfWork, conversation: Conversation, message: Message, meta: dict[str, object]
) -> bool:
    """What the bot can't answer belongs to the ticket that was opened last, if one is open."""
    ticket = await unit.find_open_ticket(conversation.id)
    if ticket is None:
        return False
    office = worker.knowledge.find_office(ticket.office_id) or worker.knowledge.general_office
    await open_ticket(
        Handoff(ticket.reason, office, ticket.service_id, message.text),
        conversation,
        "utter_handoff_ticket",
        unit=unit,
        responses=worker.responses,
        promise=worker.promise,
        at=worker.now(),
        meta=meta,
    )
    return True


def to_handoff(turn: Turn, question: str, knowledge: Knowledge) -> Handoff:
    """The handoff that a turn asks for: to the office of its service, else of the general one."""
    remembered = turn.state.get("current_service")
    service = turn.service or (remembered if isinstance(remembered, str) else None)
    office = knowledge.find_office(turn.office) or knowledge.competent_office(service)
    return Handoff(turn.handoff_reason or "citizen_asked", office, service, question)


async def _release(worker: TurnWorker, conversation: Conversation) -> None:
    async with worker.storage.begin() as unit:
        await unit.release_lease(conversation.id, worker=worker.name)
        await unit.commit()
