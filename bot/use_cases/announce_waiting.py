"""A citizen in the queue whom nobody at the console takes is announced to the team by e-mail, once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.conversations import Conversation
from bot.domain.services import in_language
from bot.domain.staff import Teams
from bot.knowledge.knowledge import Knowledge
from bot.ports import Clock, Notification, Notifier, Storage

PATIENCE = timedelta(minutes=2)
"""How long those who are at the console have the citizen to themselves."""
GOOD_FOR = timedelta(minutes=15)
"""How late a mail may still arrive: later somebody has come, or it has become a ticket."""


async def announce_waiting(*, storage: Storage, knowledge: Knowledge, notifier: Notifier, now: Clock) -> int:
    """Write to the members who are not at the console, where nobody is or nobody came in two minutes; how many waited."""
    at = now()
    async with storage.begin(read_only=True) as unit:
        waiting = await unit.list_unannounced_waiting()
        teams = Teams(tuple(await unit.list_staff()), knowledge.general_office.id)
    call = _Call(teams, knowledge, at)
    count = 0
    for conversation in waiting:
        notification = call.find_notification(conversation)
        if notification is not None and await _note_announced(conversation, storage, at):
            await notifier.notify(notification)
            count += 1
    return count


@dataclass(frozen=True, slots=True)
class _Call:
    """Who is called for whom at a moment."""

    teams: Teams
    knowledge: Knowledge
    at: datetime

    def find_notification(self, conversation: Conversation) -> Notification | None:
        """None where it is too early, or nobody is away who could be written to."""
        team = self.teams.team_of(conversation.office_id)
        available = self.teams.available(team, at=self.at)
        if available and not self._has_waited(conversation):
            return None
        absent = [member for member in self.teams.members(team) if member not in available]
        addresses = tuple(member.email for member in absent if member.email)
        if not addresses:
            return None
        office = self.knowledge.competent_office(None, conversation.office_id)
        name = in_language(office.name, "de")
        return Notification("waiting", addresses, conversation.id, None, name, good_until=self.at + GOOD_FOR)

    def _has_waited(self, conversation: Conversation) -> bool:
        return conversation.waiting_since is not None and self.at - conversation.waiting_since >= PATIENCE


async def _note_announced(conversation: Conversation, storage: Storage, at: datetime) -> bool:
    """Looked at again under the lock, so that of several processes one tells them, and of who still waits only.

    A process whose clock is behind notes the moment from which the citizen waits, or it would be told again.
    """
    async with storage.begin() as unit:
        if await unit.find_conversation(conversation.id) is None:
            return False
        found = next((each for each in await unit.list_unannounced_waiting() if each.id == conversation.id), None)
        is_same = found is not None and found.waiting_since == conversation.waiting_since
        if is_same:
            await unit.note_waiting_announced(conversation.id, at=max(at, conversation.waiting_since or at))
            await unit.commit()
    return is_same
