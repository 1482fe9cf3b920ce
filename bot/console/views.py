"""What the console's pages are told about conversations, as JSON."""

from collections.abc import Iterable
from datetime import UTC, datetime

from bot.console.dependencies import ConsoleDependencies
from bot.domain.conversations import Conversation, ConversationStatus
from bot.domain.handoffs import Ticket
from bot.domain.messages import Author, Message
from bot.domain.staff import StaffMember
from bot.domain.turns import Decision
from bot.ports import QueueEntry

Json = dict[str, object]
MOST_CANDIDATES = 3
UNSURE = (Decision.CLARIFY, Decision.FALLBACK, Decision.HANDOFF)


class Views:
    """Turns what is stored into JSON for one member and language."""

    def __init__(self, dependencies: ConsoleDependencies, member: StaffMember, language: str) -> None:
        self._dependencies = dependencies
        self._member = member
        self._language = language

    def queue(self, entries: Iterable[QueueEntry], *, now: datetime) -> Json:
        """The list in its groups, in the order of the entries, and how many conversations ask for this member."""
        groups: dict[str, list[Json]] = {"waiting": [], "mine": [], "colleagues": [], "tickets": []}
        attention = 0
        for entry in entries:
            group = self._group(entry.conversation)
            groups[group].append(self._row(entry))
            attention += group == "waiting" or (group == "mine" and entry.unread > 0)
        return {"now": to_iso(now), "attention": attention, **groups}

    def conversation(self, conversation: Conversation, ticket: Ticket | None) -> Json:
        """Everything about a conversation but its messages."""
        return {
            "id": conversation.id,
            "channel": conversation.channel,
            "language": conversation.language,
            "state": self._state(conversation),
            "assignee": self._assignee(conversation),
            "office": self._name(conversation.office_id or (ticket.office_id if ticket else None)),
            "service": self._name(conversation.service_id or (ticket.service_id if ticket else None)),
            "reason": conversation.handoff_reason or (ticket.reason if ticket else None),
            "waiting_since": to_iso(conversation.waiting_since),
            "ticket": self._ticket(ticket),
        }

    def message(self, message: Message) -> Json:
        """A message without anything that only machines read."""
        return {
            "seq": message.seq,
            "author": message.author.value,
            "author_name": message.author_name,
            "text": message.text,
            "created_at": to_iso(message.created_at),
            "buttons": [button.title for button in message.buttons],
            "links": [{"title": link.title, "url": link.url} for link in message.links],
            "source_title": message.source_title,
            "source_url": message.source_url,
            "reviewed_on": message.reviewed_on.isoformat() if message.reviewed_on else None,
            "guesses": self._guesses(message),
        }

    def _row(self, entry: QueueEntry) -> Json:
        return {
            **self.conversation(entry.conversation, entry.ticket),
            "last_text": entry.last_text,
            "last_message_at": to_iso(entry.conversation.last_message_at),
            "unread": entry.unread,
        }

    def _group(self, conversation: Conversation) -> str:
        state = self._state(conversation)
        return {"waiting": "waiting", "mine": "mine", "colleague": "colleagues"}.get(state, "tickets")

    def _state(self, conversation: Conversation) -> str:
        if conversation.is_waiting:
            return "waiting"
        if conversation.is_held:
            return "mine" if conversation.assignee_id == self._member.id else "colleague"
        return "resolved" if conversation.status is ConversationStatus.RESOLVED else "bot"

    def _assignee(self, conversation: Conversation) -> Json | None:
        if not conversation.is_held:
            return None
        return {"id": conversation.assignee_id, "name": conversation.assignee_name}

    def _ticket(self, ticket: Ticket | None) -> Json | None:
        if ticket is None:
            return None
        return {
            "number": ticket.number,
            "office": self._name(ticket.office_id),
            "question": ticket.question,
            "created_at": to_iso(ticket.created_at),
            "due_at": to_iso(ticket.due_at),
        }

    def _guesses(self, message: Message) -> list[Json]:
        meta = message.meta
        if message.author is not Author.BOT or meta.get("decision") not in UNSURE:
            return []
        candidates = meta.get("candidates")
        if not isinstance(candidates, list) or not candidates:
            candidates = [{"service": meta.get("service"), "score": meta.get("confidence")}]
        scores = [(c.get("service"), c.get("score")) for c in candidates if isinstance(c, dict)]
        named = [(service, score) for service, score in scores if isinstance(service, str)]
        return [{"name": self._name(service), "score": score} for service, score in named[:MOST_CANDIDATES]]

    def _name(self, id_: str | None) -> str | None:
        return self._dependencies.name_of(id_, self._language)


def to_iso(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
