"""Conversations for the stand-in of the console: people and matters that do not exist, as JSON of the console's API."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any

Json = dict[str, Any]

ME = {"id": 1, "name": "Frau Kaya"}
COLLEAGUES: list[Json] = [
    {"id": 2, "name": "Herr Brandt", "is_available": True, "offices": ["steueramt"]},
    {"id": 3, "name": "Frau Yıldız", "is_available": True, "offices": ["buergerbuero"]},
    {"id": 4, "name": "Herr Nowak", "is_available": False, "offices": ["standesamt"]},
]
OFFICES: list[Json] = [
    {"id": "buergerbuero", "name": "Bürgerbüro", "is_open": True},
    {"id": "kfz_zulassung", "name": "Kfz-Zulassungsstelle", "is_open": True},
    {"id": "standesamt", "name": "Standesamt", "is_open": False},
    {"id": "steueramt", "name": "Steueramt", "is_open": True},
]
CANNED: list[Json] = [
    {
        "short_code": "gruss",
        "title": "Begrüßung",
        "content": "Guten Tag, mein Name ist {name}, {office} der Stadt {town}. Ich kümmere mich um Ihr Anliegen.",
        "contents": {
            "de": "Guten Tag, mein Name ist {name}, {office} der Stadt {town}. Ich kümmere mich um Ihr Anliegen.",
            "tr": "İyi günler, ben {name}, {town}, {office}. Talebinizle ben ilgileneceğim.",
        },
    },
    {
        "short_code": "moment",
        "title": "Einen Moment bitte",
        "content": "Einen Moment bitte, ich sehe nach und melde mich gleich hier im Chat.",
        "contents": {"de": "Einen Moment bitte, ich sehe nach und melde mich gleich hier im Chat."},
    },
    {
        "short_code": "ticket",
        "title": "Auskunft zum Ticket",
        "content": "Ihre Anfrage hat die Nummer {ticket}. Nennen Sie sie bitte, wenn Sie uns anrufen: {phone}.",
        "contents": {},
    },
]
RESULTS = ["answered", "forwarded", "citizen_left", "not_possible", "spam"]
HOLDERS = ["reply", "resolve", "return", "release", "transfer", "snooze"]
SUGGESTIONS: list[Json] = [
    {
        "text": "Der Reisepass reicht für die Reise nach Portugal. Einen vorläufigen Personalausweis stellen wir sofort aus.",
        "service": "Vorläufiger Personalausweis",
        "aspect": "procedure",
        "score": 0.58,
        "source_title": "Stadt Musterstadt: Personalausweis",
        "source_url": "https://www.musterstadt.example/ausweis",
    },
    {
        "text": "Melden Sie den Verlust im Bürgerbüro oder bei der Polizei. Das kostet nichts.",
        "service": "Personalausweis verloren",
        "aspect": "procedure",
        "score": 0.41,
        "source_title": None,
        "source_url": None,
    },
]


def to_count(name: str | None, handoffs: int, wait: int | None, reply: int | None, rating: float | None) -> Json:
    """What is counted of an office, a member or all."""
    times = {"median_wait_seconds": wait, "median_first_reply_seconds": reply}
    results = {"answered": handoffs // 2, "forwarded": handoffs // 6, "returned": handoffs // 9, "spam": 0}
    ratings = 0 if rating is None else handoffs // 3
    return {"name": name, "handoffs": handoffs, **times, "results": results, "mean_rating": rating, "ratings": ratings}


FIGURES: Json = {
    "days": 30,
    "all": to_count(None, 84, 132, 171, 4.36),
    "offices": [to_count("Bürgerbüro", 61, 118, 154, 4.5), to_count("Steueramt", 23, 205, 260, 3.9)],
    "staff": [to_count("Frau Kaya", 47, 110, 149, 4.6), to_count("Herr Brandt", 30, 3720, 4000, None)],
    "comments": [
        {
            "conversation_id": "cem",
            "office": "Bürgerbüro",
            "ended_at": "2026-11-23T09:10:00Z",
            "rating": 5,
            "comment": "Freundlich und schnell,\nvielen Dank!",
        }
    ],
}
MATTERS = [
    ("Personalausweis", "buergerbuero", "Bürgerbüro", "Mein Ausweis ist weg und am Donnerstag fliege ich."),
    ("Kfz ummelden", "kfz_zulassung", "Kfz-Zulassungsstelle", "Brauche ich für das Wunschkennzeichen einen Termin?"),
    ("Hundesteuer", "steueramt", "Steueramt", "Ist ein Assistenzhund von der Steuer befreit?"),
    ("Eheschließung", "standesamt", "Standesamt", "Can my sister be a witness if she lives abroad?"),
    (None, "buergerbuero", "Bürgerbüro", "Seit drei Wochen Lärm von der Baustelle am Markt, wer hilft mir da?"),
]


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC, as the console's API writes it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def to_message(seq: int, author: str, text: str, at: datetime, **more: Any) -> Json:
    """One message."""
    plain: Json = {"buttons": [], "links": [], "source_title": None, "source_url": None, "reviewed_on": None, "guesses": []}
    known = {"seq": seq, "author": author, "author_name": None, "text": text, "created_at": iso(at)}
    return {**plain, **known, **more}


def to_conversation(id_: str, state: str, at: datetime, matter: int = 0, **more: Any) -> Json:
    """One conversation in a state, with the citizen's first words."""
    service, office_id, office, text = MATTERS[matter % len(MATTERS)]
    is_waiting = state == "waiting"
    known: Json = {
        "id": id_,
        "channel": "web",
        "language": "de",
        "state": state,
        "assignee": ME if state in ("mine", "snoozed") else None,
        "office_id": office_id,
        "office": office,
        "team_id": office_id,
        "team": office,
        "is_own_team": office_id == "buergerbuero",
        "service": service,
        "reason": "citizen_asked",
        "waiting_since": iso(at) if is_waiting else None,
        "snoozed_until": None,
        "due_at": None,
        "is_escalated": False,
        "ticket": None,
        "unread": 1 if is_waiting else 0,
        "notes": [],
        "viewers": [],
        "citizen_is_typing": False,
        "feedback": [],
        "placeholders": {
            "office": office,
            "ticket": None,
            "name": ME["name"],
            "town": "Musterstadt",
            "phone": "0123 4567-0",
        },
        "messages": [to_message(1, "citizen", text, at)],
    }
    return {**known, **more}


def to_ticket(number: str, office: str, question: str, *, at: datetime, due: datetime, is_escalated: bool = False) -> Json:
    """What a conversation with an open ticket has besides."""
    ticket = {"number": number, "office": office, "question": question, "created_at": iso(at), "due_at": iso(due)}
    return {"ticket": ticket, "due_at": iso(due), "is_escalated": is_escalated}


def one(now: datetime) -> Iterator[Json]:
    """A single citizen waits."""
    yield anna(now)


def anna(now: datetime) -> Json:
    """Lost her identity card; the bot was not sure what she meant."""
    at = now - timedelta(minutes=6)
    guesses = [{"name": "Personalausweis verloren", "score": 0.46}, {"name": "Reisepass", "score": 0.41}]
    greeting = "Guten Tag! Ich bin der Rathausbote, ein automatischer Assistent der Stadt Musterstadt."
    messages = [
        to_message(1, "bot", greeting, at),
        to_message(
            2, "citizen", "Hallo, mein Perso ist weg und am Donnerstag fliege ich nach Porto. Geht auch der Pass?", at
        ),
        to_message(3, "bot", "Worum geht es genau?", at, buttons=["Personalausweis verloren", "Reisepass"], guesses=guesses),
        to_message(4, "citizen", "beides irgendwie. kann ich bitte mit einem menschen reden", at + timedelta(minutes=1)),
        to_message(
            5, "system", "Ich hole Ihnen jemanden aus dem Bürgerbüro dazu. Bitte einen Moment.", at + timedelta(minutes=1)
        ),
    ]
    return to_conversation("anna", "waiting", at, messages=messages, unread=2)


def morning(now: datetime) -> Iterator[Json]:
    """A Monday morning with something in each group."""
    yield anna(now)
    hour, minute = timedelta(hours=1), timedelta(minutes=1)
    yield to_conversation("emil", "waiting", now - 12 * minute, 1, channel="telegram")
    yield to_conversation("berta", "waiting", now - 2 * minute, 4, reason="complaint")
    moved = [to_message(1, "citizen", "Merhaba, yeni adresimi nasıl kaydettirebilirim?", now - 20 * minute)]
    yield to_conversation(
        "cem", "mine", now - 20 * minute, language="tr", unread=1, service="Wohnsitz anmelden", messages=moved
    )
    yield to_conversation("dora", "snoozed", now - 2 * hour, 4, snoozed_until=iso(now + 3 * hour))
    brandt = {"id": 2, "name": "Herr Brandt"}
    yield to_conversation("fritz", "colleague", now - 9 * minute, 2, assignee=brandt)
    late = to_ticket("2026-0041", "Standesamt", MATTERS[3][3], at=now - 20 * hour, due=now + 20 * minute, is_escalated=True)
    yield to_conversation("grace", "bot", now - 20 * hour, 3, language="en", channel="telegram", reason="bot_failed", **late)
    calm = to_ticket("2026-0044", "Steueramt", MATTERS[2][3], at=now - 2 * hour, due=now + 5 * hour)
    yield to_conversation("hans", "bot", now - 2 * hour, 2, **calm)


def crowd(now: datetime, count: int) -> Iterator[Json]:
    """So many conversations, of every kind."""
    yield from morning(now)
    states = cycle(["waiting", "waiting", "mine", "colleague", "bot", "bot", "snoozed", "bot"])
    for number, state in zip(range(8, count), states, strict=False):
        at = now - timedelta(minutes=number)
        more: Json = {"unread": number % 3} if state in ("waiting", "mine") else {}
        if state == "colleague":
            more["assignee"] = {"id": 2 + number % 3, "name": COLLEAGUES[number % 3]["name"]}
        if state == "snoozed":
            more["snoozed_until"] = iso(now + timedelta(hours=number % 30))
        if state == "bot":
            due = now + timedelta(minutes=13 * (number - 60))
            more |= to_ticket(
                f"2026-{number:04}", "Steueramt", MATTERS[number % 5][3], at=at, due=due, is_escalated=number < 70
            )
        yield to_conversation(f"crowd{number}", state, at, number, **more)
