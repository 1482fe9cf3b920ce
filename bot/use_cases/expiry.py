"""How a conversation leaves the person or the queue that had it: to the team, or back to the bot with a ticket."""

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
from bot.use_cases.say_to_citizen import say_to_citizen
from bot.use_cases.ticket_question import find_question

BACK_IN_QUEUE = "utter_back_in_queue"
STAFF_LEFT = "utter_staff_left_becomes_ticket"
CLOSED = "utter_closed_becomes_ticket"
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

    async def to_team(self, unit: UnitOfWork, conversation: Conversation) -> None:
        """Back into the queue of the office, or where it is closed, a ticket; the citizen is told; the caller commits."""
        if not self.office_of(conversation).opening_hours.is_open(self.at):
            await self.turn_into_ticket(unit, conversation, STAFF_LEFT, added=STAFF_LEFT)
            return
        conversation.release(at=self.at)
        await unit.save_conversation(conversation)
        await say_to_citizen(unit, conversation, BACK_IN_QUEUE, responses=self.responses, at=self.at)

    async def turn_into_ticket(
        self, unit: UnitOfWork, conversation: Conversation, response: str, *, added: str = "utter_added_to_ticket"
    ) -> None:
        """Let the bot answer again and open a ticket for what the citizen asked; the caller commits.

        Where the office is closed, that is the reason and is said instead of `response`.
        """
        reason = conversation.handoff_reason or "citizen_asked"
        words = await find_question(unit, conversation)
        handoff = Handoff(reason, self._promising_office(conversation), conversation.service_id, words)
        if not handoff.is_live(self.at):
            response = added = CLOSED
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
