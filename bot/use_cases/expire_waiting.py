"""Nobody came in time, or the office has closed: a waiting conversation becomes a ticket."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.conversations import Conversation
from bot.domain.messages import Author
from bot.errors import StorageUnavailable
from bot.knowledge.knowledge import Knowledge
from bot.ports import Clock, Promise, Responses, Storage, UnitOfWork
from bot.use_cases.hand_off import Handoff, open_ticket

logger = logging.getLogger(__name__)


async def expire_waiting(
    *,
    storage: Storage,
    responses: Responses,
    knowledge: Knowledge,
    promise: Promise,
    longest_wait: timedelta,
    now: Clock,
) -> int:
    """Turn conversations that wait too long, or for an office that has closed, into tickets; how many."""
    at = now()
    expiry = _Expiry(storage, responses, knowledge, promise, longest_wait, at)
    async with storage.begin(read_only=True) as unit:
        waiting = await unit.list_waiting_since(at)
    count = 0
    for each in waiting:
        try:
            count += expiry.is_due(each) and await expiry.expire(each.id)
        except StorageUnavailable:
            raise
        except Exception as e:  # noqa: BLE001 - one conversation must not keep the others waiting
            logger.error("not expired: %s", type(e).__name__, extra={"conversation_id": each.id})
    return count


@dataclass(frozen=True, slots=True)
class _Expiry:
    """One look at the live queue."""

    storage: Storage
    responses: Responses
    knowledge: Knowledge
    promise: Promise
    longest_wait: timedelta
    at: datetime

    def is_due(self, conversation: Conversation) -> bool:
        office = self.knowledge.competent_office(None, conversation.office_id)
        waiting_since = conversation.waiting_since or self.at
        return self.at - waiting_since >= self.longest_wait or not office.opening_hours.is_open(self.at)

    async def expire(self, conversation_id: str) -> bool:
        """Open a ticket instead; False where the citizen waits no more."""
        async with self.storage.begin() as unit:
            conversation = await unit.get_conversation(conversation_id)
            if not conversation.is_waiting:
                return False
            handoff = Handoff(
                conversation.handoff_reason or "citizen_asked",
                self.knowledge.competent_office(None, conversation.office_id),
                conversation.service_id,
                await _last_words(unit, conversation.id),
            )
            conversation.return_to_bot()
            await open_ticket(
                handoff,
                conversation,
                "utter_waiting_becomes_ticket",
                unit=unit,
                responses=self.responses,
                promise=self.promise,
                at=self.at,
            )
            await unit.save_conversation(conversation)
            await unit.commit()
        return True


async def _last_words(unit: UnitOfWork, conversation_id: str) -> str:
    words, after = "", 0
    while page := await unit.list_messages(conversation_id, after=after):
        after = page[-1].seq
        words = next((each.text for each in reversed(page) if each.author is Author.CITIZEN), words)
    return words
