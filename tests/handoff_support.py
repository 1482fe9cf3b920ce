"""A town with two offices and a conversation in it, for the tests of turns and handoffs."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain.conversations import Conversation, ConversationStatus
from bot.domain.handoffs import Ticket
from bot.domain.messages import Author, IncomingMessage, Message, Reply
from bot.domain.offices import Address, Municipality, Office
from bot.domain.opening_hours import Closure, OpeningHours, TimeSlot, special_days
from bot.domain.services import PublicService, Source
from bot.domain.turns import Decision, Turn
from bot.knowledge.knowledge import Knowledge
from bot.use_cases.answer_next import TurnWorker, answer_next
from bot.use_cases.expire_waiting import expire_waiting
from bot.use_cases.receive_message import receive_message
from tests.fakes import FakeClock, FakeResponses, InMemoryStorage

ZONE = ZoneInfo("Europe/Berlin")
SOURCE = Source("Stadt Musterstadt", "https://www.musterstadt.example/")
HOLIDAY = date(2026, 12, 25)
LONGEST_WAIT = timedelta(minutes=10)
Answer = Turn | Exception | Callable[[], Awaitable[Turn]]


def berlin(day: int, clock: str, *, month: int = 11) -> datetime:
    """A moment of 2026 on the town's clock, as UTC."""
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE).astimezone(UTC)


MONDAY_MORNING = berlin(23, "10:00")


def to_office(id_: str, name: str, *slots: str, weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)) -> Office:
    """An office with the same hours on these weekdays, closed on the first day of Christmas."""
    weekly = {weekday: tuple(TimeSlot.parse(slot) for slot in slots) for weekday in weekdays}

    def closure_on(day: date) -> Closure | None:
        return Closure({"de": "1. Weihnachtstag", "en": "Christmas Day"}, public_holiday=True) if day == HOLIDAY else None

    return Office(
        id=id_,
        name={"de": name, "en": f"{name} (en)"},
        synonyms={},
        tasks={"de": "alles", "en": "everything"},
        address=Address("Rathausplatz 1", "48999", "Musterstadt"),
        phone="02599 123-100",
        email="amt@musterstadt.example",
        website="https://www.musterstadt.example/",
        opening_hours=OpeningHours(weekly, special_days(weekly, (), closure_on), ZONE),
        reply_within=timedelta(hours=8),
        source=SOURCE,
        reviewed_on=date(2026, 11, 20),
    )


def to_service(id_: str, office: str) -> PublicService:
    """A service of an office."""
    name = {"de": id_, "en": id_}
    return PublicService(
        id=id_, name=name, short_name=name, synonyms={}, office=office, owner=office, answers={}, links=(),
        examples=(), related=(), source=SOURCE, reviewed_on=date(2026, 11, 20),
    )  # fmt: skip


BUERGERBUERO = to_office("buergerbuero", "Bürgerbüro", "08:00-12:30", "14:00-16:00")
STANDESAMT = to_office("standesamt", "Standesamt", "14:00-16:00", weekdays=(3,))
NEVER_OPEN = to_office("fundbuero", "Fundbüro", weekdays=())
KNOWLEDGE = Knowledge(
    municipality=Municipality(
        "Musterstadt", "NW", "Europe/Berlin", "buergerbuero", "02599 123-0", "https://www.musterstadt.example/",
        "https://www.musterstadt.example/datenschutz", "https://www.musterstadt.example/impressum", "115", ("de", "en"),
    ),
    services={
        each.id: each
        for each in (
            to_service("personalausweis", "buergerbuero"),
            to_service("eheschliessung", "standesamt"),
            to_service("fundsachen", "fundbuero"),
        )
    },
    offices={each.id: each for each in (BUERGERBUERO, STANDESAMT, NEVER_OPEN)},
)  # fmt: skip


def promise(moment: datetime, *, now: datetime, language: str) -> str:
    """The promised moment in short, on the town's clock."""
    return f"until {moment.astimezone(ZONE):%d.%m. %H:%M} ({language})"


def to_turn(text: str = "Der Ausweis kostet 37 Euro.", **changes: Any) -> Turn:
    """A turn that answers with one sentence."""
    turn = Turn((Reply(text),), Decision.ANSWER, {"current_service": "personalausweis"}, service="personalausweis")
    return replace(turn, **changes)


def to_handoff_turn(reason: str = "citizen_asked", **changes: Any) -> Turn:
    """A turn that asks for a person."""
    return replace(Turn((), Decision.HANDOFF, service="personalausweis", handoff_reason=reason), **changes)


FALLBACK = to_turn("utter_no_answer", decision=Decision.FALLBACK, state={"failures": 1}, service=None)


class ScriptedAssistant:
    """Gives one answer after the other, keeps the last; remembers what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, object]] = []

    async def answer(
        self, text: str, *, payload: str | None, state: dict[str, object], language: str, now: datetime, conversation_id: str
    ) -> Turn:
        """The next answer; an exception is raised, a function is called first."""
        self.asked.append({"text": text, "payload": payload, "state": state, "language": language, "now": now})
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Turn):
            return answer
        return await answer()


class Desk:
    """One citizen on a channel, the bot behind it, and a clock."""

    def __init__(self, *answers: Answer, channel: str = "telegram", at: datetime = MONDAY_MORNING) -> None:
        self.storage = InMemoryStorage()
        self.responses = FakeResponses()
        self.clock = FakeClock(at)
        self.assistant = ScriptedAssistant(*(answers or (to_turn(),)))
        self.channel = channel

    def worker(self, name: str = "w1") -> TurnWorker:
        """A turn worker."""
        return TurnWorker(
            name, self.storage, self.assistant, self.responses, KNOWLEDGE, promise, self.clock, timedelta(seconds=60)
        )

    async def write(self, text: str = "Was kostet ein Ausweis?", address: str = "42", **fields: Any) -> Message:
        """A citizen writes."""
        source_id = f"{address}:{len(self.storage.tables.sources)}"
        message = IncomingMessage(self.channel, address, source_id, text, **fields)
        return await receive_message(message, storage=self.storage, responses=self.responses, now=self.clock)

    async def chatter(self, count: int, address: str = "42") -> None:
        """The citizen goes on and on, and nobody answers."""
        conversation = self.conversation(address)
        async with self.storage.begin() as unit:
            for number in range(count):
                await unit.add_incoming(
                    conversation, source_id=f"more:{number}", text=f"Nachricht {number}", payload=None,
                    at=self.clock(), awaits_turn=False,
                )  # fmt: skip
            await unit.commit()

    async def ask(self, text: str = "Was kostet ein Ausweis?", address: str = "42", **fields: Any) -> list[str]:
        """A citizen writes and the bot works until nothing is left; what it said to that."""
        seq = (await self.write(text, address, **fields)).seq
        while await answer_next(self.worker()):
            pass
        return [m.text for m in self.messages(address) if m.seq > seq and m.author is not Author.CITIZEN]

    async def expire(self) -> int:
        """One look at the live queue."""
        return await expire_waiting(
            storage=self.storage,
            responses=self.responses,
            knowledge=KNOWLEDGE,
            promise=promise,
            longest_wait=LONGEST_WAIT,
            now=self.clock,
        )

    async def change(self, step: str, address: str = "42", **values: Any) -> None:
        """Let a step of a conversation happen, e.g. `claim`."""
        async with self.storage.begin() as unit:
            conversation = await unit.get_conversation(self.conversation(address).id)
            getattr(conversation, step)(**values)
            await unit.save_conversation(conversation)
            await unit.commit()

    def conversation(self, address: str = "42") -> Conversation:
        """A citizen's conversation as it is stored."""
        return next(c for c in self.storage.tables.conversations.values() if c.address == address)

    def messages(self, address: str = "42") -> list[Message]:
        """A citizen's messages."""
        return self.storage.tables.messages[self.conversation(address).id]

    def bot_texts(self, address: str = "42") -> list[str]:
        """What was said after the greeting by anybody but the citizen."""
        return [m.text for m in self.messages(address) if m.author is not Author.CITIZEN and "greeting" not in m.text]

    @property
    def tickets(self) -> list[Ticket]:
        """All tickets."""
        return list(self.storage.tables.tickets.values())

    def status(self, address: str = "42") -> ConversationStatus:
        """Who answers."""
        return self.conversation(address).status

    def values_of(self, key: str) -> dict[str, str]:
        """What was last filled into a response."""
        return next(values for asked, _, values in reversed(self.responses.asked) if asked == key)
