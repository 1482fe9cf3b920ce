"""In-memory stand-ins for the ports of `bot/ports.py`; they keep to the contract and refuse what it does not allow."""

import asyncio
import copy
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.conversations import Conversation
from bot.domain.handoffs import HandoffRecord, Note, Ticket
from bot.domain.messages import Author, ButtonRef, Message, Reply
from bot.domain.staff import Role, StaffMember
from bot.errors import ConversationNotFound, DuplicateMessage, NotFound, StorageUnavailable, UsernameTaken
from bot.ports import Delivery, HeldConversation, QueueEntry, Typing, UnitOfWork


class FakeClock:
    """A `Clock` that stands still until it is told to go on."""

    def __init__(self, moment: datetime) -> None:
        if moment.tzinfo is None:
            raise ValueError("a moment needs its zone")
        self.moment = moment

    def __call__(self) -> datetime:
        """The moment it is."""
        return self.moment

    def advance(self, amount: timedelta) -> None:
        """Let time pass."""
        self.moment += amount


class MovableClock:
    """A `Clock` that goes on by itself, from a moment of one's choice, and can be moved on."""

    def __init__(self, moment: datetime) -> None:
        self._ahead = moment - datetime.now(UTC)

    def __call__(self) -> datetime:
        """The moment it is."""
        return datetime.now(UTC) + self._ahead

    def move_to(self, moment: datetime) -> None:
        """Let it be later."""
        if moment < self():
            raise ValueError("time does not run backwards")
        self._ahead = moment - datetime.now(UTC)

    def advance(self, amount: timedelta) -> None:
        """Let time pass."""
        self.move_to(self() + amount)

    def put_back(self, amount: timedelta) -> None:
        """Let the clock show an earlier moment, as when somebody sets it."""
        self._ahead -= amount


class FakeResponses:
    """A `Responses` that gives back the key, or the text given for it; remembers what it was asked for."""

    def __init__(self, texts: Mapping[str, Mapping[str, str]] | None = None) -> None:
        self._texts = texts
        self.asked: list[tuple[str, str, dict[str, str]]] = []

    def has(self, key: str) -> bool:
        """Without texts every key exists."""
        return self._texts is None or key in self._texts

    def reply(self, key: str, language: str, **values: str) -> Reply:
        """The key as text; KeyError for what can't be a response or has no text."""
        if not key.startswith("utter_"):
            raise KeyError(key)
        self.asked.append((key, language, values))
        return Reply(self._texts[key][language].format(**values) if self._texts is not None else key)


class InMemoryEvents:
    """`Events` within one event loop; `published` keeps everything that was announced."""

    def __init__(self) -> None:
        self.published: list[str] = []
        self._subscribers: list[_Subscription] = []

    @property
    def subscribers(self) -> int:
        """How many are listening."""
        return len(self._subscribers)

    @asynccontextmanager
    async def subscribe(self, conversation_id: str | None = None) -> AsyncIterator[AsyncIterator[str]]:
        """Ids as they are published, each once however often it changed before it was read."""
        subscription = _Subscription(conversation_id)
        self._subscribers.append(subscription)
        try:
            yield subscription
        finally:
            self._subscribers.remove(subscription)

    async def publish(self, conversation_ids: Sequence[str]) -> None:
        """Give the ids to everyone who is subscribed now."""
        self.published.extend(conversation_ids)
        for subscription in self._subscribers:
            subscription.put(conversation_ids)


class _Subscription(AsyncIterator[str]):
    def __init__(self, only: str | None) -> None:
        self._only = only
        self._waiting: dict[str, None] = {}
        self._filled = asyncio.Event()

    def put(self, conversation_ids: Sequence[str]) -> None:
        wanted = [each for each in conversation_ids if self._only in (None, each)]
        self._waiting.update(dict.fromkeys(wanted))
        self._filled.set()

    async def __anext__(self) -> str:
        while not self._waiting:
            self._filled.clear()
            await self._filled.wait()
        first = next(iter(self._waiting))
        del self._waiting[first]
        return first


@dataclass
class _OutboxRow:
    delivery: Delivery
    due_at: datetime | None = None
    leased_until: datetime | None = None
    leased_by: str = ""


@dataclass
class Tables:
    """Everything stored; tests may look into `InMemoryStorage.tables` after a commit."""

    conversations: dict[str, Conversation] = field(default_factory=dict)
    token_hashes: dict[str, str] = field(default_factory=dict)
    messages: dict[str, list[Message]] = field(default_factory=dict)
    sources: dict[tuple[str, str], Message] = field(default_factory=dict)
    awaiting: list[Message] = field(default_factory=list)
    leases: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    outbox: list[_OutboxRow] = field(default_factory=list)
    delivered: list[Message] = field(default_factory=list)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    announced: dict[str, datetime] = field(default_factory=dict)
    announced_waiting: dict[int | None, datetime] = field(default_factory=dict)
    handoffs: list[HandoffRecord] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    viewings: dict[tuple[str, int], datetime] = field(default_factory=dict)
    typing: dict[tuple[str, Author], datetime | None] = field(default_factory=dict)
    staff: dict[str, tuple[StaffMember, str]] = field(default_factory=dict)
    sessions: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    counter: int = 0

    def next_id(self) -> int:
        """A number that was not used before."""
        self.counter += 1
        return self.counter


class InMemoryStorage:
    """`Storage` whose writing transactions run one after the other and see nothing of each other before they commit.

    `overtaking` is what happens just before the next writing transaction gets the lock.
    """

    def __init__(self, events: InMemoryEvents | None = None, *, pushed_channels: Sequence[str] = ("telegram",)) -> None:
        self.events = events or InMemoryEvents()
        self.pushed_channels = frozenset(pushed_channels)
        self.tables = Tables()
        self.is_down = False
        self.commits = 0
        self.overtaking: Callable[[], Awaitable[object]] | None = None
        self._lock = asyncio.Lock()
        self._owner: asyncio.Task[object] | None = None

    def begin(self, *, read_only: bool = False) -> AbstractAsyncContextManager[UnitOfWork]:
        """A transaction that rolls back unless committed; refuses a second writing one inside the first."""
        return self._begin_reading() if read_only else self._begin_writing()

    @asynccontextmanager
    async def _begin_reading(self) -> AsyncIterator[UnitOfWork]:
        await self.check()
        unit = InMemoryUnitOfWork(self, read_only=True)
        yield unit
        unit.is_over = True

    @asynccontextmanager
    async def _begin_writing(self) -> AsyncIterator[UnitOfWork]:
        await self.check()
        overtaking, self.overtaking = self.overtaking, None
        if overtaking is not None:
            await overtaking()
        task = asyncio.current_task()
        assert self._owner is not task, "a transaction inside a transaction would wait for itself"
        async with self._lock:
            self._owner = task
            unit = InMemoryUnitOfWork(self)
            try:
                yield unit
            finally:
                unit.is_over = True
                self._owner = None

    async def check(self) -> None:
        """Raise StorageUnavailable while `is_down` is set."""
        if self.is_down:
            raise StorageUnavailable("the database does not answer")


class InMemoryUnitOfWork:
    """`UnitOfWork` over a copy of the tables."""

    def __init__(self, storage: InMemoryStorage, *, read_only: bool = False) -> None:
        self._storage = storage
        self._read_only = read_only
        self._draft = copy.deepcopy(storage.tables)
        self._touched: dict[str, None] = {}
        self.is_over = False

    @property
    def _tables(self) -> Tables:
        assert not self.is_over, "the transaction is over"
        return self._draft

    async def commit(self) -> None:
        """Write all changes, then announce the touched conversations."""
        assert not self._read_only, "the transaction was begun for reading"
        if self._storage.is_down:
            raise StorageUnavailable("the database does not answer")
        self._storage.tables = copy.deepcopy(self._tables)
        self._storage.commits += 1
        touched, self._touched = list(self._touched), {}
        if touched:
            await self._storage.events.publish(touched)

    # conversations
    async def find_conversation(self, conversation_id: str) -> Conversation | None:
        """A copy of the conversation, or None; PostgreSQL takes no NUL."""
        assert "\x00" not in conversation_id, "an id without NUL"
        return copy.deepcopy(self._tables.conversations.get(conversation_id))

    async def get_conversation(self, conversation_id: str) -> Conversation:
        """A copy of the conversation; raises ConversationNotFound."""
        conversation = await self.find_conversation(conversation_id)
        if conversation is None:
            raise ConversationNotFound("no conversation with this id")
        return conversation

    async def find_by_address(self, channel: str, address: str) -> Conversation | None:
        """The conversation with this end of a channel, or None."""
        for each in self._tables.conversations.values():
            if (each.channel, each.address) == (channel, address):
                return copy.deepcopy(each)
        return None

    async def add_conversation(self, conversation: Conversation, *, token_hash: str | None = None) -> None:
        """Store a new one; refuses an id or an address that is taken."""
        assert conversation.id not in self._tables.conversations, "the conversation exists"
        assert await self.find_by_address(conversation.channel, conversation.address) is None, "the address is taken"
        self._tables.conversations[conversation.id] = copy.deepcopy(conversation)
        self._tables.messages[conversation.id] = []
        if token_hash is not None:
            self._tables.token_hashes[conversation.id] = token_hash
        self._touched[conversation.id] = None

    async def save_conversation(self, conversation: Conversation) -> None:
        """Store what changed; raises ConversationNotFound for one that was not added."""
        await self.get_conversation(conversation.id)
        self._tables.conversations[conversation.id] = copy.deepcopy(conversation)
        self._touched[conversation.id] = None

    async def has_token(self, conversation_id: str, token_hash: str) -> bool:
        """Whether the bearer token belongs to the conversation."""
        return self._tables.token_hashes.get(conversation_id) == token_hash

    async def replace_token(self, conversation_id: str, token_hash: str) -> None:
        """From now on only this token opens the conversation; raises ConversationNotFound."""
        await self.get_conversation(conversation_id)
        self._tables.token_hashes[conversation_id] = token_hash

    # messages
    async def find_by_source(self, channel: str, source_id: str) -> Message | None:
        """The message that a channel delivered under this id, or None."""
        return self._tables.sources.get((channel, source_id))

    async def add_incoming(
        self, conversation: Conversation, *, source_id: str, text: str, payload: str | None, at: datetime, awaits_turn: bool
    ) -> Message:
        """Append a citizen's message; raises DuplicateMessage for a source id that is known."""
        message = Message(
            conversation.id,
            await self._next_seq(conversation),
            Author.CITIZEN,
            text,
            at,
            source_id=source_id,
            payload=payload,
        )
        self._append(conversation, message)
        if awaits_turn:
            self._tables.awaiting.append(message)
        return message

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
        """Append a message to the citizen; on pushed channels it goes into the outbox."""
        assert author is not Author.CITIZEN, "a citizen's message is incoming"
        message = Message(
            conversation.id,
            await self._next_seq(conversation),
            author,
            reply.text,
            at,
            author_name=author_name,
            source_id=source_id,
            buttons=reply.buttons,
            links=reply.links,
            source_title=reply.source_title,
            source_url=reply.source_url,
            reviewed_on=reply.reviewed_on,
            meta=copy.deepcopy(meta or {}),
        )
        self._append(conversation, message)
        if conversation.channel in self._storage.pushed_channels:
            delivery = Delivery(self._tables.next_id(), conversation.channel, conversation.address, message, 0)
            self._tables.outbox.append(_OutboxRow(delivery))
        return message

    async def _next_seq(self, conversation: Conversation) -> int:
        await self.get_conversation(conversation.id)
        return len(self._tables.messages[conversation.id]) + 1

    def _append(self, conversation: Conversation, message: Message) -> None:
        assert message.created_at.tzinfo is not None, "a moment needs its zone"
        if message.source_id is not None:
            key = (conversation.channel, message.source_id)
            if key in self._tables.sources:
                self._draft = copy.deepcopy(self._storage.tables)
                raise DuplicateMessage("the message is stored already")
            self._tables.sources[key] = message
        self._tables.messages[conversation.id].append(message)
        conversation.last_message_at = message.created_at
        self._tables.conversations[conversation.id].last_message_at = message.created_at
        self._touched[conversation.id] = None

    async def list_messages(self, conversation_id: str, *, after: int = 0, limit: int = 500) -> list[Message]:
        """Messages with a higher seq than `after`, in order, at most `limit`."""
        return [m for m in self._tables.messages.get(conversation_id, []) if m.seq > after][:limit]

    async def list_last_messages(self, conversation_id: str, *, limit: int) -> list[Message]:
        """The last ones, in order."""
        return self._tables.messages.get(conversation_id, [])[-limit:]

    async def find_button(self, conversation_id: str, ref: ButtonRef) -> str | None:
        """Payload of a quick reply, or None."""
        for message in self._tables.messages.get(conversation_id, []):
            if message.seq == ref.seq and 0 <= ref.index < len(message.buttons):
                return message.buttons[ref.index].payload
        return None

    # the assistant's worklist
    async def lease_next_turn(self, *, worker: str, until: datetime, now: datetime) -> Conversation | None:
        """Lease the conversation whose awaiting message is oldest; commits itself."""
        for message in sorted(self._tables.awaiting, key=lambda m: m.created_at):
            _, leased_until = self._tables.leases.get(message.conversation_id, ("", now))
            if _is_free(leased_until, now, until):
                self._tables.leases[message.conversation_id] = (worker, until)
                await self.commit()
                return await self.get_conversation(message.conversation_id)
        return None

    async def find_awaiting(self, conversation_id: str) -> Message | None:
        """Oldest message of the conversation that awaits a turn."""
        return next((m for m in self._tables.awaiting if m.conversation_id == conversation_id), None)

    async def mark_answered(self, message: Message, *, worker: str) -> bool:
        """Take the message off the worklist; False where the lease is another worker's."""
        holder, _ = self._tables.leases.get(message.conversation_id, (None, None))
        if holder != worker or message not in self._tables.awaiting:
            return False
        self._tables.awaiting.remove(message)
        return True

    async def release_lease(self, conversation_id: str, *, worker: str) -> None:
        """Give the conversation free if this worker holds it."""
        holder, _ = self._tables.leases.get(conversation_id, (None, None))
        if holder == worker:
            del self._tables.leases[conversation_id]

    # outbox
    async def lease_deliveries(
        self, *, channel: str, worker: str, until: datetime, now: datetime, limit: int
    ) -> list[Delivery]:
        """Lease the oldest undelivered message of each address that is due; commits itself."""
        assert worker, "a lease has an owner"
        oldest: dict[str, _OutboxRow] = {}
        for row in self._tables.outbox:
            if row.delivery.channel == channel:
                oldest.setdefault(row.delivery.address, row)
        due = [row for row in oldest.values() if _is_past(row.due_at, now) and _is_free(row.leased_until, now, until)]
        due = due[:limit]
        for row in due:
            row.leased_until, row.leased_by = until, worker
        await self.commit()
        return [row.delivery for row in due]

    async def renew_leases(self, deliveries: Sequence[Delivery], *, worker: str, until: datetime) -> None:
        """Of these deliveries keep those that this worker still has."""
        ids = {each.id for each in deliveries}
        for row in self._tables.outbox:
            if row.delivery.id in ids and row.leased_by == worker:
                row.leased_until = until

    async def mark_delivered(self, delivery: Delivery, *, at: datetime, external_id: str | None) -> None:
        """Take it out of the outbox."""
        assert at.tzinfo is not None, "a moment needs its zone"
        assert external_id != "", "an external id is something or None"
        self._tables.outbox.remove(self._get_row(delivery))
        self._tables.delivered.append(delivery.message)

    async def mark_failed(self, delivery: Delivery, *, retry_at: datetime | None) -> None:
        """Try again at `retry_at`, or give it up."""
        row = self._get_row(delivery)
        if retry_at is None:
            self._tables.outbox.remove(row)
            return
        row.delivery = replace(row.delivery, attempts=row.delivery.attempts + 1)
        row.due_at, row.leased_until = retry_at, None

    def _get_row(self, delivery: Delivery) -> _OutboxRow:
        for row in self._tables.outbox:
            if row.delivery.id == delivery.id:
                return row
        raise NotFound("no such delivery")

    # handoff
    async def add_ticket(self, ticket: Ticket) -> None:
        """Store a new one; refuses a number that is taken and a second open one of a conversation for an office."""
        await self.get_conversation(ticket.conversation_id)
        assert ticket.number not in self._tables.tickets, "the number is taken"
        offices = [each.office_id for each in await self.list_open_tickets(ticket.conversation_id)]
        assert ticket.office_id not in offices, "the office has an open ticket already"
        self._tables.tickets[ticket.number] = ticket
        self._touched[ticket.conversation_id] = None

    async def next_ticket_number(self, *, at: datetime) -> str:
        """Unique and speakable, e.g. 2026-0042."""
        return f"{at.year}-{self._tables.next_id():04}"

    async def find_open_ticket(self, conversation_id: str) -> Ticket | None:
        """The open ticket of the conversation that was opened last, or None."""
        found = await self.list_open_tickets(conversation_id)
        return max(found, key=lambda ticket: (ticket.created_at, ticket.number), default=None)

    async def list_open_tickets(self, conversation_id: str) -> list[Ticket]:
        """The open tickets of the conversation by due time."""
        found = [t for t in self._tables.tickets.values() if t.conversation_id == conversation_id and t.is_open]
        return sorted(found, key=lambda ticket: (ticket.due_at, ticket.created_at, ticket.number))

    async def close_ticket(self, number: str, *, at: datetime) -> None:
        """Close it; raises NotFound."""
        if number not in self._tables.tickets:
            raise NotFound("no ticket with this number")
        ticket = replace(self._tables.tickets[number], closed_at=at)
        self._tables.tickets[number] = ticket
        self._touched[ticket.conversation_id] = None

    async def find_ticket(self, number: str) -> Ticket | None:
        """The ticket with this number, open or closed."""
        return self._tables.tickets.get(number)

    async def list_tickets_due(self, before: datetime) -> list[Ticket]:
        """Open tickets that are due before this moment and were not escalated."""
        due = [t for t in self._tables.tickets.values() if t.is_open and t.escalated_at is None and t.due_at <= before]
        return sorted(due, key=lambda ticket: ticket.due_at)

    async def escalate_ticket(self, number: str, *, at: datetime) -> None:
        """Note that its team was told; raises NotFound."""
        await self._change_ticket(number, escalated_at=at)

    async def list_unannounced_tickets(self) -> list[Ticket]:
        """Open tickets of which the team was not told, the oldest first."""
        new = [t for t in self._tables.tickets.values() if t.is_open and t.number not in self._tables.announced]
        return sorted(new, key=lambda ticket: ticket.created_at)

    async def note_announced(self, number: str, *, at: datetime) -> None:
        """The team was told; raises NotFound."""
        if number not in self._tables.tickets:
            raise NotFound("no ticket with this number")
        self._tables.announced[number] = at

    async def move_ticket(self, number: str, *, office_id: str, service_id: str | None, due_at: datetime) -> None:
        """Another office answers it, whose team was told nothing yet; raises NotFound."""
        await self._change_ticket(number, office_id=office_id, service_id=service_id, due_at=due_at, escalated_at=None)
        self._tables.announced.pop(number, None)

    async def _change_ticket(self, number: str, **changes: Any) -> None:
        if number not in self._tables.tickets:
            raise NotFound("no ticket with this number")
        ticket = replace(self._tables.tickets[number], **changes)
        self._tables.tickets[number] = ticket
        self._touched[ticket.conversation_id] = None

    async def list_queue(self) -> list[QueueEntry]:
        """Waiting first by time, then held, then tickets by due time."""
        entries = [await self._to_entry(each) for each in self._tables.conversations.values()]
        return sorted((e for e in entries if _is_queued(e)), key=_queue_order)

    async def _to_entry(self, conversation: Conversation) -> QueueEntry:
        messages = self._tables.messages[conversation.id]
        last_answer = max((m.seq for m in messages if m.author is Author.STAFF), default=0)
        said = [m for m in messages if m.author is Author.CITIZEN]
        unread = sum(m.seq > last_answer for m in said)
        ticket = next(iter(await self.list_open_tickets(conversation.id)), None)
        return QueueEntry(copy.deepcopy(conversation), ticket, said[-1].text if said else "", unread)

    async def list_waiting_since(self, before: datetime) -> list[Conversation]:
        """Conversations that have waited in the live queue since before this moment."""
        waiting = [c for c in self._tables.conversations.values() if c.waiting_since is not None and c.is_waiting]
        return [copy.deepcopy(c) for c in waiting if c.waiting_since is not None and c.waiting_since <= before]

    async def list_snoozed_until(self, before: datetime) -> list[Conversation]:
        """Snoozed conversations whose time has come."""
        snoozed = [c for c in self._tables.conversations.values() if c.is_snoozed]
        return [copy.deepcopy(c) for c in snoozed if c.snoozed_until is not None and c.snoozed_until <= before]

    async def list_held(self, conversation_id: str | None = None) -> list[HeldConversation]:
        """Conversations that somebody holds, the one held longest first."""
        held = [c for c in self._tables.conversations.values() if c.is_held and conversation_id in (None, c.id)]
        return [self._to_held(each) for each in sorted(held, key=lambda c: c.held_since or c.created_at)]

    def _to_held(self, conversation: Conversation) -> HeldConversation:
        messages = self._tables.messages[conversation.id]
        answered = max((m.seq for m in messages if m.author is Author.STAFF), default=0)
        said = [m.created_at for m in messages if m.author is Author.CITIZEN and m.seq > answered]
        is_active = any(m.id == conversation.assignee_id and m.is_active for m, _ in self._tables.staff.values())
        return HeldConversation(copy.deepcopy(conversation), min(said, default=None), is_active)

    # what staff know of a conversation
    async def add_handoff(self, record: HandoffRecord) -> None:
        """Store a new one; refuses a second one that is not over."""
        await self.get_conversation(record.conversation_id)
        assert record.id is None, "the storage gives the id"
        last = await self.find_handoff(record.conversation_id)
        assert last is None or last.ended_at is not None, "the handoff before is not over"
        self._tables.handoffs.append(replace(record, id=self._tables.next_id()))
        self._touched[record.conversation_id] = None

    async def save_handoff(self, record: HandoffRecord) -> None:
        """Store what changed; refuses one that was not added."""
        ids = [each.id for each in self._tables.handoffs]
        assert record.id in ids, "the handoff was not added"
        self._tables.handoffs[ids.index(record.id)] = record
        self._touched[record.conversation_id] = None

    async def find_handoff(self, conversation_id: str) -> HandoffRecord | None:
        """The last one of the conversation."""
        found = [each for each in self._tables.handoffs if each.conversation_id == conversation_id]
        return found[-1] if found else None

    async def list_rated_handoffs(self, conversation_id: str) -> list[HandoffRecord]:
        """Those that the citizen rated, the latest first."""
        found = [each for each in self._tables.handoffs if each.conversation_id == conversation_id]
        return [each for each in reversed(found) if each.rating is not None]

    async def list_unannounced_waiting(self) -> list[Conversation]:
        """Conversations of which the team was not told since they came into the queue, the longest wait first."""
        ids = {each.conversation_id: each.id for each in self._tables.handoffs if each.ended_at is None}
        found = []
        for each in self._tables.conversations.values():
            told = self._tables.announced_waiting.get(ids.get(each.id))
            if each.is_waiting and each.waiting_since is not None and (told is None or told < each.waiting_since):
                found.append((each.waiting_since, copy.deepcopy(each)))
        return [each for _, each in sorted(found, key=lambda pair: pair[0])]

    async def note_waiting_announced(self, conversation_id: str, *, at: datetime) -> None:
        """The team was told that the citizen waits; refuses where nobody does."""
        last = await self.find_handoff(conversation_id)
        assert last is not None, "nobody waits"
        assert last.ended_at is None, "nobody waits any more"
        self._tables.announced_waiting[last.id] = at

    async def list_handoffs(self, offices: Collection[str] | None = None, *, since: datetime) -> list[HandoffRecord]:
        """Those that were requested since, the latest first."""
        found = [each for each in self._tables.handoffs if each.requested_at >= since]
        wanted = [each for each in found if offices is None or each.office_id in offices]
        return sorted(wanted, key=lambda each: (each.requested_at, each.id), reverse=True)

    async def add_note(self, note: Note) -> Note:
        """Store it; gives it with its id."""
        await self.get_conversation(note.conversation_id)
        stored = replace(note, id=self._tables.next_id())
        self._tables.notes.append(stored)
        self._touched[note.conversation_id] = None
        return stored

    async def list_notes(self, conversation_id: str) -> list[Note]:
        """All of the conversation, the oldest first."""
        return [each for each in self._tables.notes if each.conversation_id == conversation_id]

    async def note_viewing(self, conversation_id: str, staff_id: int, *, at: datetime | None) -> None:
        """A member has it open now, or no longer."""
        self._tables.viewings.pop((conversation_id, staff_id), None)
        if at is not None:
            self._tables.viewings[conversation_id, staff_id] = at
        self._touched[conversation_id] = None

    async def list_viewers(self, conversation_id: str, *, since: datetime) -> list[tuple[int, str]]:
        """Id and name of each member who had it open since."""
        names = {member.id: member.display_name for member, _ in self._tables.staff.values()}
        here = [
            id_
            for (conversation, id_), at in self._tables.viewings.items()
            if conversation == conversation_id and at >= since
        ]
        return sorted(((id_, names[id_]) for id_ in here), key=lambda each: each[1])

    async def note_typing(self, conversation_id: str, author: Author, *, at: datetime | None) -> None:
        """The citizen or the person is typing now, or no longer."""
        assert author in (Author.CITIZEN, Author.STAFF), "nobody else types"
        self._tables.typing[conversation_id, author] = at
        self._touched[conversation_id] = None

    async def find_typing(self, conversation_id: str) -> Typing:
        """When each side typed last."""
        typing = self._tables.typing
        return Typing(typing.get((conversation_id, Author.CITIZEN)), typing.get((conversation_id, Author.STAFF)))

    async def search_conversations(self, text: str, *, limit: int) -> list[Conversation]:
        """Conversations that people were asked for and in which the text occurs, the latest first."""
        wanted, tables = text.lower(), self._tables
        ticketed = {each.conversation_id for each in tables.tickets.values() if each.is_open}
        last = {each.conversation_id: each for each in tables.handoffs}
        asked = {*last, *ticketed}
        texts = [
            (m.conversation_id, m.text)
            for id_, said in tables.messages.items()
            for m in said
            if id_ in ticketed
            or tables.conversations[id_].is_with_people
            or id_ not in last
            or (ended_at := last[id_].ended_at) is None
            or m.created_at <= ended_at
        ]
        texts += [(each.conversation_id, each.text) for each in tables.notes]
        texts += [(each.conversation_id, each.number) for each in tables.tickets.values()]
        texts += [(each.conversation_id, each.comment) for each in tables.handoffs if each.comment]
        found = {id_ for id_, said in texts if id_ in asked and wanted in said.lower()}
        hits = [copy.deepcopy(tables.conversations[id_]) for id_ in found]
        return sorted(hits, key=lambda c: c.last_message_at or c.created_at, reverse=True)[:limit]

    # staff
    async def add_staff(self, *, username: str, display_name: str, password_hash: str) -> StaffMember:
        """Store a new member; raises UsernameTaken."""
        if username in self._tables.staff:
            raise UsernameTaken("another staff member has this user name")
        member = StaffMember(self._tables.next_id(), username, display_name)
        self._tables.staff[username] = (member, password_hash)
        return member

    async def find_staff(self, username: str) -> tuple[StaffMember, str] | None:
        """The member and the password's hash, or None."""
        return self._tables.staff.get(username)

    async def list_staff(self) -> list[StaffMember]:
        """All members by username."""
        return [self._tables.staff[username][0] for username in sorted(self._tables.staff)]

    async def set_staff_active(self, username: str, active: bool) -> None:
        """Let somebody in or keep them out; raises NotFound."""
        member, password_hash = self._get_staff(username)
        self._tables.staff[username] = (replace(member, is_active=active), password_hash)

    async def set_staff_duties(self, username: str, *, role: Role, email: str | None, offices: tuple[str, ...]) -> None:
        """Role, address and offices; raises NotFound."""
        member, password_hash = self._get_staff(username)
        self._tables.staff[username] = (replace(member, role=role, email=email, offices=offices), password_hash)

    async def note_presence(self, staff_id: int, *, at: datetime, is_away: bool | None = None) -> None:
        """A sign of life of a console."""
        for username, (member, password_hash) in self._tables.staff.items():
            if member.id == staff_id:
                away = member.is_away if is_away is None else is_away
                self._tables.staff[username] = (replace(member, seen_at=at, is_away=away), password_hash)

    async def set_password(self, username: str, password_hash: str) -> None:
        """Also ends every session of the member; raises NotFound."""
        member, _ = self._get_staff(username)
        self._tables.staff[username] = (member, password_hash)
        sessions = self._tables.sessions
        self._tables.sessions = {key: session for key, session in sessions.items() if session[0] != member.id}

    def _get_staff(self, username: str) -> tuple[StaffMember, str]:
        if username not in self._tables.staff:
            raise NotFound("no staff member with this username")
        return self._tables.staff[username]

    async def add_session(self, *, token_hash: str, staff_id: int, expires_at: datetime) -> None:
        """Store a session; refuses what is not a SHA-256 in hex."""
        assert len(token_hash) == 64, "only the SHA-256 of a token is stored"
        assert expires_at.tzinfo is not None, "a moment needs its zone"
        self._tables.sessions[token_hash] = (staff_id, expires_at)

    async def find_session(self, token_hash: str, *, now: datetime) -> StaffMember | None:
        """The active member whose session it is, unless expired."""
        staff_id, expires_at = self._tables.sessions.get(token_hash, (None, now))
        if expires_at <= now:
            return None
        return next((m for m, _ in self._tables.staff.values() if m.id == staff_id and m.is_active), None)

    async def delete_session(self, token_hash: str) -> None:
        """End a session; nothing happens where there is none."""
        self._tables.sessions.pop(token_hash, None)

    # retention
    async def purge_conversations(self, *, before: datetime) -> int:
        """Delete conversations without a message since `before` and what belongs to them."""
        tables = self._tables
        old = {c.id for c in tables.conversations.values() if (c.last_message_at or c.created_at) < before}
        for conversation_id in old:
            del tables.conversations[conversation_id], tables.messages[conversation_id]
            tables.token_hashes.pop(conversation_id, None)
            tables.leases.pop(conversation_id, None)
        tables.sources = {key: m for key, m in tables.sources.items() if m.conversation_id not in old}
        tables.awaiting = [m for m in tables.awaiting if m.conversation_id not in old]
        tables.outbox = [row for row in tables.outbox if row.delivery.message.conversation_id not in old]
        tables.tickets = {number: t for number, t in tables.tickets.items() if t.conversation_id not in old}
        tables.handoffs = [each for each in tables.handoffs if each.conversation_id not in old]
        tables.notes = [each for each in tables.notes if each.conversation_id not in old]
        tables.viewings = {key: at for key, at in tables.viewings.items() if key[0] not in old}
        return len(old)


def _is_past(moment: datetime | None, now: datetime) -> bool:
    return moment is None or moment <= now


def _is_free(leased_until: datetime | None, now: datetime, until: datetime) -> bool:
    """A lease that lasts much longer than one taken now is from before the clock was put back."""
    return _is_past(leased_until, now) or (leased_until is not None and leased_until > until + timedelta(minutes=1))


def _is_queued(entry: QueueEntry) -> bool:
    return entry.conversation.is_with_people or entry.ticket is not None


def _queue_order(entry: QueueEntry) -> tuple[int, datetime, datetime, str]:
    conversation, ticket = entry.conversation, entry.ticket
    if conversation.waiting_since is not None and conversation.is_waiting:
        return 0, conversation.waiting_since, conversation.created_at, conversation.id
    if conversation.is_with_people or ticket is None:
        return 1, conversation.last_message_at or conversation.created_at, conversation.created_at, conversation.id
    return 2, ticket.due_at, ticket.created_at, ticket.number
