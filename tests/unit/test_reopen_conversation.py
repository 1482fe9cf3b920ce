"""Who closed the browser comes back to a ticket's conversation with number and code, and nobody else does."""

import re
from dataclasses import replace

import pytest

from bot.domain.handoffs import Ticket
from bot.errors import TicketNotFound
from bot.use_cases.access_code import ALPHABET, make_access_code, to_access_code, to_ticket_number
from bot.use_cases.bearer_token import to_token_hash
from bot.use_cases.reopen_conversation import reopen_conversation
from bot.use_cases.start_conversation import start_conversation
from tests.fakes import FakeClock, FakeResponses, InMemoryStorage
from tests.handoff_support import Desk, berlin, to_handoff_turn

NIGHT = berlin(22, "20:00")
CODE = "K7QM-3XRT-9HWA"


async def town_with_ticket(access_code: str | None = CODE) -> tuple[InMemoryStorage, Ticket, str]:
    """A citizen of the widget with ticket 2026-0042; the token with which the conversation began."""
    storage, clock = InMemoryStorage(), FakeClock(NIGHT)
    conversation, token = await start_conversation(language="de", storage=storage, responses=FakeResponses(), now=clock)
    ticket = Ticket(
        "2026-0042", conversation.id, "buergerbuero", None, "citizen_asked", "Hallo?", NIGHT, NIGHT, access_code=access_code
    )
    async with storage.begin() as unit:
        await unit.add_ticket(ticket)
        await unit.commit()
    return storage, ticket, token


async def opens(storage: InMemoryStorage, ticket: Ticket, token: str) -> bool:
    """Whether the token opens the ticket's conversation."""
    async with storage.begin(read_only=True) as unit:
        return await unit.has_token(ticket.conversation_id, to_token_hash(token))


def test_code_can_be_read_out_and_is_never_the_same() -> None:
    """Three groups of four without signs that look alike; each of the 31 signs occurs."""
    codes = [make_access_code() for _ in range(500)]

    assert all(re.fullmatch(r"(?:[2-9A-HJKMNP-Z]{4}-){2}[2-9A-HJKMNP-Z]{4}", code) for code in codes)
    assert len(set(codes)) == 500
    assert set("".join(codes)) - {"-"} == set(ALPHABET)
    assert set("01OIL").isdisjoint(ALPHABET)


@pytest.mark.parametrize(
    "typed", ["K7QM-3XRT-9HWA", "k7qm3xrt9hwa", " k7qm 3xrt 9hwa ", "K7QM–3XRT‑9HWA", "Ｋ７ＱＭ.3xrt/9HWA"]
)
def test_code_is_read_however_it_is_typed(typed: str) -> None:
    """Small letters, spaces, other dashes or none."""
    assert to_access_code(typed) == CODE


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("2026-0042", "2026-0042"),
        ("2026-42", "2026-0042"),
        (" 2026/42 ", "2026-0042"),
        ("2026 – 0042", "2026-0042"),
        ("20260042", "2026-0042"),
        ("Anfrage Nr. 2026-0042.", "2026-0042"),
        ("٢٠٢٦-٤٢", "2026-0042"),
        ("2026-12345", "2026-12345"),
        ("2026", None),
        ("0042", None),
        ("", None),
        ("2026-0042-1", None),
        ("2026-1234567890", None),
        ("egal", None),
    ],
)
def test_number_is_read_however_it_is_typed(typed: str, number: str | None) -> None:
    """Without leading zeros, with other dashes, with a word before it; else it is no number."""
    assert to_ticket_number(typed) == number


@pytest.mark.parametrize("is_closed", [False, True], ids=["open", "answered"])
async def test_number_and_code_open_the_conversation_with_a_new_token(is_closed: bool) -> None:
    """Also after the answer; the token from before, perhaps in a browser that others use, opens nothing any more."""
    storage, ticket, before = await town_with_ticket()
    if is_closed:
        async with storage.begin() as unit:
            await unit.close_ticket(ticket.number, at=NIGHT)
            await unit.commit()

    opened, token = await reopen_conversation(ticket.number, "k7qm 3xrt 9hwa", storage=storage)

    assert opened == ticket.conversation_id
    assert await opens(storage, ticket, token)
    assert not await opens(storage, ticket, before)


@pytest.mark.parametrize(
    ("stored", "number", "typed"),
    [
        (CODE, "2026-0042", "K7QM-3XRT-9HWB"),
        (CODE, "2026-0042", ""),
        (CODE, "2026-0043", CODE),
        (CODE, None, CODE),
        (None, "2026-0042", ""),
        (None, "2026-0042", "None"),
    ],
    ids=["code", "no code", "number", "no number", "ticket without a code", "none"],
)
async def test_anything_else_opens_nothing(stored: str | None, number: str | None, typed: str) -> None:
    """Wrong number and wrong code are one error, in the same words; the token stays as it was."""
    storage, ticket, before = await town_with_ticket(stored)
    commits = storage.commits

    with pytest.raises(TicketNotFound, match=r"^no ticket with this number and code$"):
        await reopen_conversation(number, typed, storage=storage)
    assert storage.commits == commits
    assert await opens(storage, ticket, before)


@pytest.mark.parametrize(("channel", "has_code"), [("web", True), ("telegram", False)])
async def test_ticket_of_the_website_gets_a_code(channel: str, has_code: bool) -> None:
    """On Telegram the answer arrives by itself. The code is in no message."""
    desk = Desk(to_handoff_turn(), channel=channel, at=NIGHT)
    if channel == "web":
        conversation, _ = await start_conversation(
            language="de", storage=desk.storage, responses=desk.responses, now=desk.clock
        )
        address = conversation.address
    else:
        address = "42"
    await desk.ask("Mensch bitte", address)

    (ticket,) = desk.tickets
    assert (ticket.access_code is not None) == has_code
    assert not any(ticket.access_code and ticket.access_code in f"{message}" for message in desk.messages(address))


def test_code_is_in_no_log() -> None:
    """Printing a ticket does not show it."""
    ticket = Ticket("2026-0042", "c1", "buergerbuero", None, "citizen_asked", "Hallo?", NIGHT, NIGHT)

    assert CODE not in repr(replace(ticket, access_code=CODE))
