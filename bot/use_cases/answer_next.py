"""One step of the turn worker: the oldest message that awaits an answer gets it."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.conversations import Conversation, ConversationStatus
from bot.domain.messages import Author, Message
from bot.domain.turns import Decision, Turn
from bot.errors import StorageUnavailable
from bot.knowledge.knowledge import Knowledge
from bot.ports import Assistant, Clock, Promise, Responses, Storage, UnitOfWork
from bot.use_cases.hand_off import Handoff, hand_off, open_ticket

logger = logging.getLogger(__name__)
LEASE = timedelta(seconds=60)


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


async def answer_next(worker: TurnWorker) -> bool:
    """Lease a conversation, ask the assistant, commit answer and state together; False where nothing waits.

    A process that dies in between loses nothing: the lease runs out and the message is taken up again. A turn that
    fails for a reason that trying again does not mend goes to a person; it holds up nobody else.
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
        turn = await _take_turn(worker, conversation, message)
    except (StorageUnavailable, asyncio.CancelledError):
        await _release(worker, conversation)
        raise
    except Exception as e:  # noqa: BLE001 - whatever it was, the citizen gets an answer
        logger.error("turn failed: %s", type(e).__name__, extra={"conversation_id": conversation.id, "seq": message.seq})
        turn = _failed_turn(conversation)
        await _commit(worker, conversation.id, message, turn)
    logger.info(
        "answered",
        extra={
            "conversation_id": conversation.id,
            "seq": message.seq,
            "decision": turn.decision.value,
            "service": turn.service,
            "degraded": turn.degraded,
        },
    )
    return True


async def _take_turn(worker: TurnWorker, conversation: Conversation, message: Message) -> Turn:
    turn = await worker.assistant.answer(
        message.text,
        payload=message.payload,
        state=conversation.dialogue_state,
        language=conversation.language,
        now=message.created_at,
        conversation_id=conversation.id,
    )
    await _commit(worker, conversation.id, message, turn)
    return turn


def _failed_turn(conversation: Conversation) -> Turn:
    """To a person, with an empty dialogue state, because the old one may be what the turn failed on."""
    return Turn((), Decision.HANDOFF, handoff_reason="degraded", language=conversation.language, degraded=True)


async def _commit(worker: TurnWorker, conversation_id: str, message: Message, turn: Turn) -> None:
    async with worker.storage.begin() as unit:
        if not await unit.mark_answered(message, worker=worker.name):
            logger.warning("lease lost", extra={"conversation_id": conversation_id, "seq": message.seq})
            return
        conversation = await unit.get_conversation(conversation_id)
        if conversation.status is ConversationStatus.PENDING:
            await _reply(worker, unit, conversation, message, turn)
            await unit.save_conversation(conversation)
        await unit.release_lease(conversation_id, worker=worker.name)
        await unit.commit()


async def _reply(worker: TurnWorker, unit: UnitOfWork, conversation: Conversation, message: Message, turn: Turn) -> None:
    conversation.dialogue_state = dict(turn.state)
    conversation.language = turn.language
    at = worker.now()
    is_unanswered = turn.handoff_reason is None and turn.decision is Decision.FALLBACK and turn.intent != "deny"
    if is_unanswered and await _added_to_ticket(worker, unit, conversation, message):
        return
    meta: dict[str, object] = {
        "decision": turn.decision.value,
        "service": turn.service,
        "aspect": turn.aspect,
        "confidence": turn.confidence,
        "degraded": turn.degraded,
        "language": turn.language,
    }
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
        )


async def _added_to_ticket(worker: TurnWorker, unit: UnitOfWork, conversation: Conversation, message: Message) -> bool:
    """What the bot can't answer belongs to the open ticket, if there is one."""
    ticket = await unit.find_open_ticket(conversation.id)
    if ticket is None:
        return False
    office = worker.knowledge.find_office(ticket.office_id) or worker.knowledge.general_office
    await open_ticket(
        Handoff(ticket.reason, office, ticket.service_id, message.text),
        conversation,
        "utter_added_to_ticket",
        unit=unit,
        responses=worker.responses,
        promise=worker.promise,
        at=worker.now(),
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
