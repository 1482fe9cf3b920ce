"""What the use cases need from the outside, as protocols; adapters implement them, tests fake them."""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.conversations import Conversation
from bot.domain.handoffs import HandoffRecord, Note, Ticket
from bot.domain.messages import Author, ButtonRef, Message, Reply
from bot.domain.staff import Role, StaffMember
from bot.domain.turns import Turn

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Delivery:
    """An outgoing message that the channel has not taken yet."""

    id: int
    channel: str
    address: str
    message: Message
    attempts: int


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """One row of the console's list."""

    conversation: Conversation
    ticket: Ticket | None
    last_text: str
    unread: int


@dataclass(frozen=True, slots=True)
class HeldConversation:
    """A conversation that a person holds.

    `unanswered_since` is when the citizen wrote the oldest message to which no person has answered, None where there is
    none; it may lie before the claim. `is_holder_active` is False where the person may not sign in any more.
    """

    conversation: Conversation
    unanswered_since: datetime | None
    is_holder_active: bool


@dataclass(frozen=True, slots=True)
class Typing:
    """When each side of a conversation typed last, None where it does not."""

    citizen_at: datetime | None
    staff_at: datetime | None


class UnitOfWork(Protocol):
    """One transaction over everything stored. Nothing is written unless `commit` is called.

    `find_*` give None where there is nothing, `get_*` raise NotFound. A conversation that was read in a writing
    transaction is locked until its end, so that reading, changing and saving it loses no one else's change.
    """

    async def commit(self) -> None:
        """Write all changes, then announce the touched conversations to `Events`."""

    # conversations
    async def find_conversation(self, conversation_id: str) -> Conversation | None: ...
    async def get_conversation(self, conversation_id: str) -> Conversation: ...
    async def find_by_address(self, channel: str, address: str) -> Conversation | None: ...
    async def add_conversation(self, conversation: Conversation, *, token_hash: str | None = None) -> None: ...
    async def save_conversation(self, conversation: Conversation) -> None: ...
    async def has_token(self, conversation_id: str, token_hash: str) -> bool: ...
    async def replace_token(self, conversation_id: str, token_hash: str) -> None:
        """From now on only this token opens the conversation; raises ConversationNotFound."""

    # messages
    async def find_by_source(self, channel: str, source_id: str) -> Message | None: ...
    async def add_incoming(
        self, conversation: Conversation, *, source_id: str, text: str, payload: str | None, at: datetime, awaits_turn: bool
    ) -> Message:
        """Append a citizen's message; `awaits_turn` puts it on the assistant's worklist.

        Raises DuplicateMessage where (channel, source_id) is stored already; the transaction is then rolled back, and
        `find_by_source` in a new one gives the stored message.
        """

    async def add_outgoing(
        self,
        conversation: Conversation,
        reply: Reply,
        *,
        author: Author,
        at: datetime,
        author_name: str | None = None,
        source_id: str | None = None,
        meta: dict[str, object] | None = None,
    ) -> Message:
        """Append a message to the citizen and, on channels that are pushed to, put it into the outbox.

        `source_id` makes a repeated request (a staff member's second click) recognisable, as in `add_incoming`.
        """

    async def list_messages(self, conversation_id: str, *, after: int = 0, limit: int = 500) -> list[Message]: ...
    async def list_last_messages(self, conversation_id: str, *, limit: int) -> list[Message]:
        """The last ones, in order."""

    async def find_button(self, conversation_id: str, ref: ButtonRef) -> str | None:
        """Payload of a quick reply, or None where there is no such button."""

    # the assistant's worklist: messages that await a turn, oldest first; a lease keeps one conversation to one worker
    async def lease_next_turn(self, *, worker: str, until: datetime, now: datetime) -> Conversation | None:
        """Lease the conversation whose oldest awaiting message is oldest; leased ones are skipped. Commits itself.

        A lease that would last a minute longer than this one is from before the clock was put back, and is none.
        """

    async def find_awaiting(self, conversation_id: str) -> Message | None:
        """Oldest message of the conversation that awaits a turn."""

    async def mark_answered(self, message: Message, *, worker: str) -> bool:
        """Take the message off the worklist; False where the lease was lost (then do not commit)."""

    async def release_lease(self, conversation_id: str, *, worker: str) -> None: ...

    # outbox: per address strictly in order
    async def lease_deliveries(
        self, *, channel: str, worker: str, until: datetime, now: datetime, limit: int
    ) -> list[Delivery]:
        """Lease the oldest undelivered message of each address that is due. Commits itself.

        What is leased, or put off, until a moment that is far away was so before the clock was put back, and is due.
        """

    async def renew_leases(self, deliveries: Sequence[Delivery], *, worker: str, until: datetime) -> None:
        """Of these deliveries keep those that this worker still has."""

    async def mark_delivered(self, delivery: Delivery, *, at: datetime, external_id: str | None) -> None: ...
    async def mark_failed(self, delivery: Delivery, *, retry_at: datetime | None) -> None:
        """Try again at `retry_at`; None gives the delivery up (recipient gone)."""

    # handoff
    async def add_ticket(self, ticket: Ticket) -> None: ...
    async def next_ticket_number(self, *, at: datetime) -> str:
        """Unique and speakable, e.g. 2026-0042."""

    async def find_open_ticket(self, conversation_id: str) -> Ticket | None:
        """The open ticket that was opened last."""

    async def list_open_tickets(self, conversation_id: str) -> list[Ticket]:
        """By due time; a conversation has at most one for each office."""

    async def close_ticket(self, number: str, *, at: datetime) -> None: ...
    async def find_ticket(self, number: str) -> Ticket | None:
        """The ticket with this number, open or closed."""

    async def list_tickets_due(self, before: datetime) -> list[Ticket]:
        """Open tickets that are due before this moment and were not escalated, the first due first."""

    async def escalate_ticket(self, number: str, *, at: datetime) -> None:
        """Note that its team was told; raises NotFound."""

    async def list_unannounced_tickets(self) -> list[Ticket]:
        """Open tickets of which the team was not told, the oldest first."""

    async def note_announced(self, number: str, *, at: datetime) -> None:
        """The team was told; raises NotFound."""

    async def move_ticket(self, number: str, *, office_id: str, service_id: str | None, due_at: datetime) -> None:
        """Another office answers it, whose team was told nothing yet; raises NotFound."""

    async def list_queue(self) -> list[QueueEntry]:
        """Waiting, held, snoozed and ticketed conversations; waiting first by time, then tickets by due time."""

    async def list_waiting_since(self, before: datetime) -> list[Conversation]: ...
    async def list_snoozed_until(self, before: datetime) -> list[Conversation]:
        """Snoozed conversations whose time has come."""

    async def list_held(self, conversation_id: str | None = None) -> list[HeldConversation]:
        """Conversations that somebody holds, the one held longest first; only this one if an id is given."""

    # what staff know of a conversation
    async def add_handoff(self, record: HandoffRecord) -> None: ...
    async def save_handoff(self, record: HandoffRecord) -> None: ...
    async def find_handoff(self, conversation_id: str) -> HandoffRecord | None:
        """The last one of the conversation, be it over or not."""

    async def list_rated_handoffs(self, conversation_id: str) -> list[HandoffRecord]:
        """Those of the conversation that the citizen rated, the latest first."""

    async def list_unannounced_waiting(self) -> list[Conversation]:
        """Conversations of which the team was not told since they came into the queue, the longest wait first."""

    async def note_waiting_announced(self, conversation_id: str, *, at: datetime) -> None:
        """The team was told that the citizen waits."""

    async def list_handoffs(self, offices: Collection[str] | None = None, *, since: datetime) -> list[HandoffRecord]:
        """Those that were requested since, the latest first; of these offices only, if any are given."""

    async def add_note(self, note: Note) -> Note:
        """Store it; gives it with its id."""

    async def list_notes(self, conversation_id: str) -> list[Note]:
        """All of the conversation, the oldest first."""

    async def note_viewing(self, conversation_id: str, staff_id: int, *, at: datetime | None) -> None:
        """A member has the conversation open now, or with None no longer."""

    async def list_viewers(self, conversation_id: str, *, since: datetime) -> list[tuple[int, str]]:
        """Id and name of each member who had it open since."""

    async def note_typing(self, conversation_id: str, author: Author, *, at: datetime | None) -> None:
        """The citizen or the person is typing now, or with None no longer."""

    async def find_typing(self, conversation_id: str) -> Typing: ...
    async def search_conversations(self, text: str, *, limit: int) -> list[Conversation]:
        """Conversations that people were asked for and in which the text occurs, in what staff may read.

        Those are messages, notes, ticket numbers and comments; of a conversation that people do not have now only the
        messages until the end of its last handoff.
        """

    # staff
    async def add_staff(self, *, username: str, display_name: str, password_hash: str) -> StaffMember:
        """Raises UsernameTaken."""

    async def find_staff(self, username: str) -> tuple[StaffMember, str] | None:
        """The member and the password's hash."""

    async def list_staff(self) -> list[StaffMember]: ...
    async def set_staff_active(self, username: str, active: bool) -> None: ...
    async def set_staff_duties(self, username: str, *, role: Role, email: str | None, offices: tuple[str, ...]) -> None:
        """What somebody may do, where tickets are written to, and the offices of their team; raises NotFound."""

    async def note_presence(self, staff_id: int, *, at: datetime, is_away: bool | None = None) -> None:
        """A sign of life of a console; `is_away` where the member said so."""

    async def set_password(self, username: str, password_hash: str) -> None:
        """Also ends every session of the member."""

    async def add_session(self, *, token_hash: str, staff_id: int, expires_at: datetime) -> None: ...
    async def find_session(self, token_hash: str, *, now: datetime) -> StaffMember | None:
        """The active member whose session it is, unless expired."""

    async def delete_session(self, token_hash: str) -> None: ...

    # retention
    async def purge_conversations(self, *, before: datetime) -> int:
        """Delete conversations without a message since `before` and everything that belongs to them; how many."""


class Storage(Protocol):
    """Gives units of work."""

    def begin(self, *, read_only: bool = False) -> AbstractAsyncContextManager[UnitOfWork]:
        """A transaction that rolls back unless committed; `read_only` locks nothing and waits for nobody."""

    async def check(self) -> None:
        """Raise StorageUnavailable when the database does not answer."""


class Events(Protocol):
    """Says which conversation changed, to whoever shows it, in this and every other web process."""

    def subscribe(self, conversation_id: str | None = None) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """Conversation ids as they change, or one conversation only; a slow reader gets an id once, not once for each change."""

    async def publish(self, conversation_ids: Sequence[str]) -> None: ...


class Assistant(Protocol):
    """Finds the answer to a message."""

    async def answer(
        self, text: str, *, payload: str | None, state: dict[str, object], language: str, now: datetime, conversation_id: str
    ) -> Turn:
        """Raises AssistantUnavailable."""


class MessageSender(Protocol):
    """Delivers one message on a channel that is pushed to."""

    async def send(self, address: str, message: Message) -> str | None:
        """The channel's own id of what was sent; raises DeliveryFailed, RecipientGone."""


@dataclass(frozen=True, slots=True)
class Notification:
    """What a team is told outside the console; it holds no words of a citizen.

    `kind` is `ticket`, `escalation` or `waiting`. After `good_until` it would mislead and is not delivered any more.
    """

    kind: str
    to: tuple[str, ...]
    conversation_id: str
    ticket: Ticket | None
    office_name: str
    good_until: datetime | None = None


class Notifier(Protocol):
    """Tells members of the staff who have no console open."""

    async def notify(self, notification: Notification) -> None:
        """Take it for delivery; never raises, and does not wait for the delivery."""


class Promise(Protocol):
    """Spells out the moment until which an answer is promised."""

    def __call__(self, moment: datetime, *, now: datetime, language: str) -> str:
        """E.g. `bis Montag, 30. November 2026, 12:00 Uhr`."""


class Responses(Protocol):
    """The town's standard sentences, from domain.yml."""

    def has(self, key: str) -> bool:
        """Whether there is such a response."""

    def reply(self, key: str, language: str, **values: str) -> Reply:
        """The response with its buttons; raises KeyError for a key that does not exist."""
