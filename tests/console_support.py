"""A town with staff, citizens and a console over the in-memory fakes, for the tests of the console."""

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from bot.console.dependencies import ConsoleDependencies
from bot.console.router import console_router
from bot.domain.conversations import Conversation
from bot.domain.handoffs import HandoffRecord, Ticket
from bot.domain.messages import Author, Button, Reply
from bot.domain.staff import Role, StaffMember
from bot.errors import NotFound, RathausboteError
from bot.knowledge.canned_responses import CannedResponse
from bot.knowledge.knowledge import Knowledge
from bot.knowledge.yaml_file import YamlFile
from bot.use_cases.suggest_answers import Suggestion
from tests.engine_process import PROJECT_DIR
from tests.fakes import FakeClock, FakeResponses, InMemoryStorage
from tests.handoff_support import KNOWLEDGE, promise, to_office

MONDAY = datetime(2026, 11, 23, 9, 12, tzinfo=UTC)
PASSWORD = "correct horse battery"
PASSWORD_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
SENTENCES = {
    "utter_staff_joined": {
        "de": "{name} ist jetzt für Sie da und antwortet Ihnen hier.",
        "en": "{name} is here for you now and will answer you here.",
    },
    "utter_staff_resolved": {
        "de": "{name} hat das Gespräch beendet. Schreiben Sie einfach wieder, wenn Sie noch etwas brauchen.",
        "en": "{name} has ended the conversation. Just write again if you need anything else.",
    },
    "utter_returned_to_bot": {
        "de": "Ab jetzt antwortet Ihnen wieder der Rathausbote, das automatische Programm der Stadt.",
        "en": "From now on Rathausbote, the town's automatic assistant, answers you again.",
    },
}
NAMES = {
    "buergerbuero": {"de": "Bürgerbüro", "en": "Citizens' Office"},
    "steueramt": {"de": "Steueramt", "en": "Tax Office"},
    "standesamt": {"de": "Standesamt", "en": "Registry Office"},
    "kfz_zulassung": {"de": "Kfz-Zulassung", "en": "Vehicle registration"},
    "personalausweis": {"de": "Personalausweis", "en": "Identity card"},
    "reisepass": {"de": "Reisepass", "en": "Passport"},
    "hundesteuer": {"de": "Hundesteuer", "en": "Dog tax"},
    "eheschliessung": {"de": "Eheschließung", "en": "Marriage"},
    "kfz_ummeldung": {"de": "Kfz ummelden", "en": "Change of vehicle registration"},
}

OFFICES = ("buergerbuero", "steueramt", "standesamt", "kfz_zulassung")
CANNED_RESPONSES = (
    CannedResponse(
        "gruss",
        {"de": "Begrüßung", "en": "Greeting"},
        {"de": "Guten Tag, mein Name ist {name}, {office}.", "en": "Hello, my name is {name}, {office}."},
    ),
    CannedResponse(
        "ticket", {"de": "Zum Ticket", "en": "About the ticket"}, {"de": "Ihr Ticket: {ticket}. Telefon: {phone}"}
    ),
)
SUGGESTION = Suggestion(
    "Der Personalausweis kostet 37 Euro.",
    "personalausweis",
    "fee",
    0.62,
    "Stadt Musterstadt",
    "https://www.musterstadt.example/",
)


def load_texts() -> dict[str, dict[str, str]]:
    """Key → language → text of the town's own sentences, those above in shorter words."""
    texts: dict[str, dict[str, str]] = {}
    for key, variations in YamlFile(PROJECT_DIR / "domain.yml").content["responses"].items():
        conditions = [(each.get("condition", [{"value": "de"}])[0]["value"], each["text"]) for each in variations]
        texts[key] = {language: text.strip() for language, text in conditions}
    return {**texts, **SENTENCES}


TEXTS = load_texts()


def to_knowledge() -> Knowledge:
    """Offices that are open on weekdays from 8 to 16, but for the registry office, which opens on Thursdays only."""
    weekdays = {"standesamt": (3,)}
    offices = {
        id_: to_office(id_, NAMES[id_]["de"], "08:00-16:00", weekdays=weekdays.get(id_, (0, 1, 2, 3, 4))) for id_ in OFFICES
    }
    return Knowledge(KNOWLEDGE.municipality, {}, offices, canned_responses=CANNED_RESPONSES)


def find_name(id_: str, language: str) -> str:
    """Stands for `Knowledge.label`."""
    if id_ not in NAMES:
        raise NotFound(id_)
    return NAMES[id_][language]


class Town:
    """The console's dependencies, and what happens in town."""

    def __init__(
        self, *, public_url: str = "http://testserver", texts: Mapping[str, Mapping[str, str]] | None = None
    ) -> None:
        self.storage = InMemoryStorage()
        self.events = self.storage.events
        self.clock = FakeClock(MONDAY)
        self.responses = FakeResponses(texts)
        self.knowledge = to_knowledge()
        self.suggestions = [SUGGESTION]
        self.dependencies = ConsoleDependencies(
            storage=self.storage,
            events=self.events,
            responses=self.responses,
            knowledge=self.knowledge,
            promise=promise,
            suggest=self._suggest,
            now=self.clock,
            label=find_name,
            public_url=public_url,
            timezone="Europe/Berlin",
            town="Stadt Musterstadt",
            heartbeat=0.5,
        )

    def app(self) -> FastAPI:
        """An application with the console and the project's shape of errors."""
        app = FastAPI()
        app.include_router(console_router(self.dependencies))

        async def to_response(_request: Request, error: Exception) -> JSONResponse:
            assert isinstance(error, RathausboteError)
            return JSONResponse({"error": {"code": error.code, "message": str(error)}}, status_code=error.status)

        app.add_exception_handler(RathausboteError, to_response)
        return app

    async def _suggest(self, _conversation_id: str) -> list[Suggestion]:
        return self.suggestions

    async def employ(
        self, username: str, display_name: str, *, role: Role = Role.STAFF, offices: tuple[str, ...] = ()
    ) -> StaffMember:
        """Add a staff member whose password is PASSWORD."""
        async with self.storage.begin() as unit:
            await unit.add_staff(username=username, display_name=display_name, password_hash=PASSWORD_HASH)
            await unit.set_staff_duties(username, role=role, email=f"{username}@musterstadt.example", offices=offices)
            found = await unit.find_staff(username)
            await unit.commit()
        assert found
        return found[0]

    async def start(self, id_: str, *texts: str, language: str = "de", channel: str = "web") -> Conversation:
        """A citizen writes and the bot does not get any further."""
        conversation = Conversation(id_, channel, id_, self.clock(), language=language)
        async with self.storage.begin() as unit:
            await unit.add_conversation(conversation)
            greeting = Reply("Guten Tag! Ich bin der Rathausbote, ein automatisches Programm der Stadt Musterstadt.")
            await unit.add_outgoing(conversation, greeting, author=Author.BOT, at=self.clock())
            await unit.commit()
        for text in texts:
            await self.write(id_, text)
        return conversation

    async def write(self, id_: str, text: str) -> None:
        """A citizen writes one more message."""
        async with self.storage.begin() as unit:
            conversation = await unit.get_conversation(id_)
            source_id = f"{id_}-{len(await unit.list_messages(id_))}"
            await unit.add_incoming(
                conversation, source_id=source_id, text=text, payload=None, at=self.clock(), awaits_turn=False
            )
            await unit.commit()

    async def ask_back(self, id_: str, *candidates: tuple[str, float]) -> None:
        """The bot offers what it wavers between."""
        buttons = tuple(Button(find_name(service, "de"), "/x") for service, _ in candidates)
        guesses = [{"service": service, "score": score} for service, score in candidates]
        meta: dict[str, object] = {"decision": "clarify", "candidates": guesses}
        async with self.storage.begin() as unit:
            conversation = await unit.get_conversation(id_)
            reply = Reply("Worum geht es Ihnen genau?", buttons=buttons)
            await unit.add_outgoing(conversation, reply, author=Author.BOT, at=self.clock(), meta=meta)
            await unit.commit()

    async def hand_off(self, id_: str, *, office: str, service: str | None = None, reason: str = "citizen_asked") -> None:
        """The bot puts the conversation into the live queue."""
        async with self.storage.begin() as unit:
            conversation = await unit.get_conversation(id_)
            conversation.hand_off(at=self.clock(), reason=reason, office_id=office, service_id=service)
            await unit.save_conversation(conversation)
            await unit.add_handoff(HandoffRecord(id_, office, reason, self.clock(), service))
            await unit.commit()

    async def open_ticket(self, id_: str, question: str, *, office: str, service: str | None, due_in: timedelta) -> str:
        """The bot promises an answer; it stays in charge."""
        async with self.storage.begin() as unit:
            number = await unit.next_ticket_number(at=self.clock())
            now = self.clock()
            ticket = Ticket(number, id_, office, service, "citizen_asked", question, now, now + due_in)
            await unit.add_ticket(ticket)
            last = await unit.find_handoff(id_)
            if last is None or last.ended_at is not None:
                await unit.add_handoff(HandoffRecord(id_, office, "citizen_asked", now, service))
            await unit.commit()
        return number

    async def get(self, id_: str) -> Conversation:
        """The conversation as it is stored."""
        async with self.storage.begin(read_only=True) as unit:
            return await unit.get_conversation(id_)

    async def said(self, id_: str) -> list[tuple[Author, str]]:
        """Author and text of every message."""
        async with self.storage.begin(read_only=True) as unit:
            return [(message.author, message.text) for message in await unit.list_messages(id_)]


async def sign_in(town: Town, username: str) -> httpx.AsyncClient:
    """A browser that carries session and token."""
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app=town.app()), base_url="http://testserver/console/")
    client.headers["Sec-Fetch-Site"] = "same-origin"
    await client.post("sign-in", data={"username": username, "password": PASSWORD})
    client.headers["X-CSRF-Token"] = (await client.get("api/session")).json()["csrf_token"]
    return client


@pytest.fixture
async def kaya(town: Town) -> AsyncIterator[httpx.AsyncClient]:
    """Frau Kaya's browser, in the `town` of the module."""
    async with aclosing(await sign_in(town, "kaya")) as client:
        yield client


@pytest.fixture
async def brandt(town: Town) -> AsyncIterator[httpx.AsyncClient]:
    """Herr Brandt's browser, in the `town` of the module."""
    async with aclosing(await sign_in(town, "brandt")) as client:
        yield client


def error_of(response: httpx.Response) -> tuple[int, str]:
    """Status and code of an error in the project's shape."""
    error = response.json()["error"]
    assert set(error) == {"code", "message"}
    return response.status_code, error["code"]
