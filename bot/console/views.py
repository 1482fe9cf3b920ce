"""What the console's pages are told about conversations, as JSON."""

from collections.abc import Iterable
from datetime import UTC, datetime

from bot.console.dependencies import ConsoleDependencies
from bot.console.permitted_steps import permitted_steps
from bot.domain.conversations import Conversation, ConversationStatus
from bot.domain.handoffs import HandoffRecord, Note, Ticket
from bot.domain.messages import Author, Message
from bot.domain.services import in_language
from bot.domain.staff import StaffMember, Teams
from bot.domain.turns import Decision
from bot.ports import QueueEntry
from bot.use_cases.suggest_answers import Suggestion

Json = dict[str, object]
MOST_CANDIDATES = 3
UNSURE = (Decision.CLARIFY, Decision.FALLBACK, Decision.HANDOFF)


class Views:
    """Turns what is stored into JSON for one member and language; `staff` is everybody, of whom the teams are made."""

    def __init__(
        self, dependencies: ConsoleDependencies, member: StaffMember, language: str, *, staff: Iterable[StaffMember] = ()
    ) -> None:
        self._dependencies = dependencies
        self._member = member
        self._language = language
        self._teams = Teams(tuple(staff), dependencies.knowledge.general_office.id)

    def queue(self, entries: Iterable[QueueEntry], *, now: datetime) -> Json:
        """The list in its groups, in the order of the entries, and how many conversations ask for this member."""
        groups: dict[str, list[Json]] = {"waiting": [], "mine": [], "snoozed": [], "colleagues": [], "tickets": []}
        attention = 0
        for entry in entries:
            group, row = self._group(entry.conversation), self.row(entry)
            groups[group].append(row)
            attention += (group == "waiting" and row["is_own_team"] is True) or (group == "mine" and entry.unread > 0)
        return {"now": to_iso(now), "attention": attention, **groups}

    def row(self, entry: QueueEntry, handoff: HandoffRecord | None = None) -> Json:
        """One line of a list; the last handoff is needed for what may be over."""
        return {
            **self.conversation(entry.conversation, entry.ticket, handoff),
            "last_text": entry.last_text,
            "last_message_at": to_iso(entry.conversation.last_message_at),
            "unread": entry.unread,
        }

    def conversation(self, conversation: Conversation, ticket: Ticket | None, handoff: HandoffRecord | None = None) -> Json:
        """What a line of the list and the open conversation have in common."""
        office_id, service_id, reason = _matter_of(conversation, ticket, handoff)
        team_id = self._teams.team_of(office_id)
        return {
            "id": conversation.id,
            "channel": conversation.channel,
            "language": conversation.language,
            "state": self._state(conversation, ticket),
            "assignee": self._assignee(conversation),
            "office_id": office_id,
            "office": self._name(office_id),
            "team_id": team_id,
            "team": self._name(team_id),
            "is_own_team": self._teams.belongs(self._member, team_id),
            "service": self._name(service_id),
            "reason": reason,
            "waiting_since": to_iso(conversation.waiting_since),
            "snoozed_until": to_iso(conversation.snoozed_until),
            "due_at": to_iso(ticket.due_at) if ticket else None,
            "is_escalated": ticket is not None and ticket.escalated_at is not None,
            "ticket": self._ticket(ticket),
        }

    def steps(self, conversation: Conversation, ticket: Ticket | None) -> Json:
        """What the member may do here, and what the placeholders of canned responses stand for; None is not known."""
        return {
            "may": permitted_steps(conversation, self._member, has_ticket=ticket is not None),
            "placeholders": self._placeholders(conversation, ticket),
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

    def note(self, note: Note) -> Json:
        """What staff tell each other."""
        return {"id": note.id, "author": note.author_name, "text": note.text, "created_at": to_iso(note.created_at)}

    def feedback(self, record: HandoffRecord) -> Json:
        """What the citizen said of a handoff that is over; not who answered it."""
        return {
            "conversation_id": record.conversation_id,
            "office": self._name(record.office_id),
            "ended_at": to_iso(record.ended_at),
            "rating": record.rating,
            "comment": record.comment,
        }

    def suggestion(self, suggestion: Suggestion) -> Json:
        """A text that could be sent, with the names of what it is about."""
        return {
            "text": suggestion.text,
            "service": self._name(suggestion.service),
            "aspect": suggestion.aspect,
            "score": suggestion.score,
            "source_title": suggestion.source_title,
            "source_url": suggestion.source_url,
        }

    def _group(self, conversation: Conversation) -> str:
        if conversation.is_waiting:
            return "waiting"
        if not conversation.is_with_people:
            return "tickets"
        if conversation.assignee_id != self._member.id:
            return "colleagues"
        return "snoozed" if conversation.is_snoozed else "mine"

    def _state(self, conversation: Conversation, ticket: Ticket | None) -> str:
        if conversation.is_waiting:
            return "waiting"
        if conversation.is_snoozed:
            return "snoozed"
        if conversation.is_held:
            return "mine" if conversation.assignee_id == self._member.id else "colleague"
        if conversation.status is ConversationStatus.RESOLVED:
            return "resolved"
        return "bot" if ticket is not None else "returned"

    def _assignee(self, conversation: Conversation) -> Json | None:
        if conversation.assignee_id is None:
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

    def _placeholders(self, conversation: Conversation, ticket: Ticket | None) -> Json:
        knowledge = self._dependencies.knowledge
        office = knowledge.competent_office(None, conversation.office_id or (ticket.office_id if ticket else None))
        return {
            "office": in_language(office.name, conversation.language),
            "ticket": ticket.number if ticket else None,
            "name": self._member.display_name,
            "town": self._dependencies.town,
            "phone": office.phone,
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


def _matter_of(
    conversation: Conversation, ticket: Ticket | None, handoff: HandoffRecord | None
) -> tuple[str | None, str | None, str | None]:
    """Office, service and reason: of the ticket while the bot answers, of the conversation, or else of the last handoff."""
    if ticket is not None and (conversation.office_id is None or not conversation.is_with_people):
        return ticket.office_id, ticket.service_id, ticket.reason
    if handoff is not None and conversation.office_id is None:
        return handoff.office_id, handoff.service_id, handoff.reason
    return conversation.office_id, conversation.service_id, conversation.handoff_reason


def to_iso(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
