"""What the rules for waiting and for held conversations share: back to the bot, with a ticket."""

import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.domain.conversations import Conversation
from bot.domain.handoffs import Result
from bot.domain.offices import Office
from bot.errors import StorageUnavailable
from bot.knowledge.knowledge import Knowledge
from bot.ports import Promise, Responses, Storage, UnitOfWork
from bot.use_cases.hand_off import Handoff, open_ticket
from bot.use_cases.handoff_records import end_record

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Expiry:
    """One look at the conversations that are with people."""

    storage: Storage
    responses: Responses
    knowledge: Knowledge
    promise: Promise
    at: datetime

    def office_of(self, conversation: Conversation) -> Office:
        """The office that was asked, else the general one."""
        return self.knowledge.competent_office(None, conversation.office_id)

    def _promising_office(self, conversation: Conversation) -> Office:
        """The general office where the one that was asked never opens any more, or nobody would ever answer."""
        office = self.office_of(conversation)
        try:
            office.opening_hours.add_open_time(self.at, office.reply_within)
        except LookupError:
            return self.knowledge.general_office
        return office

    async def expire_each(self, ids: Iterable[str], expire: Callable[[UnitOfWork, str], Awaitable[bool]]) -> int:
        """Take each in a transaction of its own; how many `expire` has changed, which looks again under the lock.

        One that fails is noted and keeps no other waiting. Raises StorageUnavailable.
        """
        count = 0
        for each in ids:
            try:
                async with self.storage.begin() as unit:
                    if await expire(unit, each):
                        await unit.commit()
                        count += 1
            except StorageUnavailable:
                raise
            except Exception as e:  # noqa: BLE001 - one conversation must not keep the others waiting
                logger.error("not expired: %s", type(e).__name__, extra={"conversation_id": each})
        return count

    async def turn_into_ticket(
        self, unit: UnitOfWork, conversation: Conversation, response: str, *, added: str = "utter_added_to_ticket"
    ) -> None:
        """Let the bot answer again and open a ticket for what the citizen wrote last; the caller commits."""
        reason = conversation.handoff_reason or "citizen_asked"
        words = await unit.find_last_words(conversation.id)
        handoff = Handoff(reason, self._promising_office(conversation), conversation.service_id, words)
        conversation.return_to_bot()
        await end_record(unit, conversation.id, Result.BECAME_TICKET, at=self.at)
        await open_ticket(
            handoff,
            conversation,
            response,
            unit=unit,
            responses=self.responses,
            promise=self.promise,
            at=self.at,
            added=added,
        )
        await unit.save_conversation(conversation)
