"""Databases as an earlier release left them: tables of any revision, filled with every state that a row can be in."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import Connection, insert, select

from bot.storage.copying import reflect_tables
from bot.storage.engine import create_folder, is_sqlite, open_tool_engine, to_database_url
from bot.storage.migrations import migrate

Row = dict[str, Any]
Snapshot = dict[str, list[Row]]
PASSWORD = "rosengarten-am-markt"
TOKEN = "token-of-a-widget-that-stays-open-0123456789"
ASKING = "0b07" * 8
"""The conversation that waits for the bot, with an id as the widget's API wants it."""
QUESTION = "Wo melde ich meinen Hund an? 🐕 «Straße», أين؟\nZweite Zeile\u00a0\\ \" '"
_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


def build(url: str, revision: str, *, at: datetime | None = None) -> Snapshot:
    """Make the tables of this revision and fill them; gives what is in them."""
    rows = list_rows(at or datetime.now(UTC))
    database_url = to_database_url(url)
    if is_sqlite(database_url):
        create_folder(database_url)
    with open_tool_engine(database_url).connect() as connection:
        migrate(connection, revision)
        tables = {table.name: table for table in reflect_tables(connection)}
        known = {row["id"] for row in rows["conversations"] if revision > "0001" or row["status"] != "snoozed"}
        for name, table in tables.items():
            there = [row for row in rows[name] if row.get("conversation_id", row.get("id", ASKING)) in known]
            columns = set(table.columns.keys())
            connection.execute(insert(table), [{key: row[key] for key in row if key in columns} for row in there])
        connection.commit()
        return read(connection)


def snapshot(url: str) -> Snapshot:
    """Everything in the database, moments with their zone."""
    with open_tool_engine(to_database_url(url)).connect() as connection:
        return read(connection)


def read(connection: Connection) -> Snapshot:
    """The same by a connection."""
    found: Snapshot = {}
    for table in reflect_tables(connection):
        rows = connection.execute(select(table)).mappings()
        found[table.name] = sorted((_aware(row) for row in rows), key=lambda row: _key(table.primary_key, row))
    return found


def is_kept(before: Snapshot, after: Snapshot) -> bool:
    """Whether each row of before is there afterwards, with the same in each column that there was."""
    for name, rows in before.items():
        here = after[name]
        assert len(here) == len(rows), name
        for old, new in zip(rows, here, strict=True):
            assert old == {key: new[key] for key in old}, name
    return True


def _key(primary_key: Any, row: Mapping[str, Any]) -> list[Any]:
    return [row[column.name] for column in primary_key.columns]


def _aware(row: Mapping[Any, Any]) -> Row:
    return {
        key: (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC))
        if isinstance(value, datetime)
        else value
        for key, value in row.items()
    }


def list_rows(now: datetime) -> Snapshot:
    """Rows of all tables with the columns of this release; ids that the database gives count from 1."""
    ago = {minutes: now - timedelta(minutes=minutes) for minutes in (1, 2, 5)}
    later = now + timedelta(days=1)
    return {
        "conversations": _conversations(now, ago, later),
        "messages": _messages(ago),
        "deliveries": _deliveries(ago, later),
        "tickets": _tickets(ago, later),
        "ticket_numbers": [{"year": 2025, "last_number": 71}, {"year": 2026, "last_number": 2}],
        "staff": _staff(ago),
        "sessions": [{"token_hash": to_hash("session"), "staff_id": 1, "expires_at": later}],
        "handoffs": _handoffs(ago),
        "notes": [
            {"conversation_id": each, "author_id": 1, "author_name": "Frau Kaya", "text": QUESTION, "created_at": ago[1]}
            for each in ("held", "ended")
        ],
        "viewings": [{"conversation_id": "held", "staff_id": 1, "seen_at": ago[1]}],
    }


def to_hash(token: str) -> str:
    """As tokens are stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def _conversations(now: datetime, ago: dict[int, datetime], later: datetime) -> list[Row]:
    nothing: Row = {
        "channel": "web",
        "token_hash": None,
        "created_at": ago[5],
        "language": "de",
        "status": "pending",
        "dialogue_state": {"current_service": "hundesteuer", "turns": [1, 2.5, None, {"ä": "€"}]},
        "last_message_at": ago[2],
        "next_seq": 3,
        "unread": 0,
        "office_id": None,
        "service_id": None,
        "handoff_reason": None,
        "assignee_id": None,
        "assignee_name": None,
        "waiting_since": None,
        "held_since": None,
        "snoozed_until": None,
        "citizen_typed_at": None,
        "staff_typed_at": None,
        "lease_owner": None,
        "lease_until": None,
    }
    asked = {"office_id": "buergerbuero", "service_id": "personalausweis", "handoff_reason": "citizen_asked", "unread": 1}
    kaya = {**asked, "assignee_id": 1, "assignee_name": "Frau Kaya", "held_since": ago[1]}
    states: dict[str, Row] = {
        ASKING: {"token_hash": to_hash(TOKEN), "next_seq": 4, "citizen_typed_at": ago[1]},
        "leased": {"lease_owner": "1-dead", "lease_until": ago[1]},
        "4711": {"channel": "telegram", "language": "uk"},
        "waiting": {**asked, "status": "open", "waiting_since": ago[2]},
        "held": {**kaya, "status": "open", "staff_typed_at": ago[1]},
        "snoozed": {**kaya, "status": "snoozed", "snoozed_until": later, "held_since": None},
        "ended": {"status": "resolved"},
        "ticket": {"office_id": "steueramt", "service_id": "hundesteuer", "handoff_reason": "no_staff"},
        "closed": {"status": "resolved", "last_message_at": None},
    }
    return [{**nothing, "id": name, "address": name, **changes} for name, changes in states.items()]


def _messages(ago: dict[int, datetime]) -> list[Row]:
    def message(name: str, seq: int, author: str, text: str, **changes: Any) -> Row:
        return {
            "conversation_id": name,
            "seq": seq,
            "channel": "telegram" if name == "4711" else "web",
            "source_id": f"{name}-{seq}" if author == "citizen" else None,
            "author": author,
            "author_name": "Frau Kaya" if author == "staff" else None,
            "text": text,
            "payload": None,
            "buttons": [],
            "links": [],
            "source_title": None,
            "source_url": None,
            "reviewed_on": None,
            "meta": {},
            "created_at": ago[5 if seq == 1 else 2],
            "awaits_turn": False,
            **changes,
        }

    names = (ASKING, "leased", "4711", "waiting", "held", "snoozed", "ended", "ticket", "closed")
    answer: Row = {
        "buttons": [{"title": "Kosten", "payload": '/ask_fee{"service": "hundesteuer"}'}],
        "links": [{"title": "Anmeldung", "url": "https://musterstadt.example/hund"}],
        "source_title": "Hundesteuersatzung",
        "source_url": "https://musterstadt.example/satzung",
        "reviewed_on": date(2026, 2, 28),
        "meta": {"confidence": 0.1 + 0.2, "decision": "answer"},
    }
    said = {"held": "staff", "ended": "staff"}
    return [
        *(message(name, 1, "citizen", QUESTION) for name in names),
        *(message(name, 2, said.get(name, "bot"), "Im Steueramt.", **answer) for name in names),
        message(ASKING, 3, "citizen", "Und was kostet das?", awaits_turn=True),
    ]


def _deliveries(ago: dict[int, datetime], later: datetime) -> list[Row]:
    one: Row = {"channel": "telegram", "address": "4711", "conversation_id": "4711", "seq": 2, "attempts": 0}
    none: Row = {"lease_owner": None, "lease_until": None, "delivered_at": None, "external_id": None}
    return [
        {**one, **none, "status": "delivered", "due_at": ago[5], "delivered_at": ago[5], "external_id": "17"},
        {**one, **none, "status": "pending", "due_at": later, "attempts": 3},
        {**one, **none, "status": "pending", "due_at": ago[1], "lease_owner": "1-dead", "lease_until": ago[1]},
        {**one, **none, "status": "given_up", "due_at": ago[2], "attempts": 9},
    ]


def _tickets(ago: dict[int, datetime], later: datetime) -> list[Row]:
    one: Row = {
        "office_id": "steueramt",
        "service_id": "hundesteuer",
        "reason": "no_staff",
        "question": QUESTION,
        "created_at": ago[5],
        "due_at": later,
        "closed_at": None,
        "escalated_at": None,
        "announced_at": ago[2],
        "access_code": "ABCD-EFGH-JKLM",
    }
    return [
        {**one, "number": "2026-0001", "conversation_id": "closed", "closed_at": ago[2], "escalated_at": ago[5]},
        {**one, "number": "2026-0002", "conversation_id": "ticket"},
    ]


def _staff(ago: dict[int, datetime]) -> list[Row]:
    kaya = {"username": "kaya", "display_name": "Frau Kaya", "password_hash": _HASH, "is_active": True}
    duties = {"role": "admin", "email": "kaya@musterstadt.example", "offices": ["buergerbuero", "steueramt"]}
    rest = {"is_away": False, "seen_at": ago[1]}
    lang = {"username": "lang", "display_name": "Herr Lang", "is_active": False, "role": "editor", "email": None}
    return [{**kaya, **duties, **rest}, {**kaya, **lang, "offices": [], "is_away": True, "seen_at": None}]


def _handoffs(ago: dict[int, datetime]) -> list[Row]:
    one: Row = {
        "office_id": "buergerbuero",
        "service_id": "personalausweis",
        "reason": "citizen_asked",
        "requested_at": ago[5],
        "claimed_at": None,
        "staff_id": None,
        "replied_at": None,
        "ended_at": None,
        "result": None,
        "rating": None,
        "comment": None,
        "comment_asked_at": None,
        "announced_at": ago[5],
    }
    came = {"claimed_at": ago[2], "staff_id": 1, "replied_at": ago[1]}
    over = {**came, "ended_at": ago[1], "result": "answered", "rating": 5, "comment": QUESTION}
    return [
        {**one, "conversation_id": "waiting"},
        {**one, "conversation_id": "held", **came},
        {**one, "conversation_id": "snoozed", **came},
        {**one, "conversation_id": "ended", **over},
        {**one, "conversation_id": "ticket", "ended_at": ago[5], "result": "became_ticket"},
    ]
