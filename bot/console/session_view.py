"""What an open console needs to know once: who works at it, the words, colleagues, offices and canned responses."""

from collections.abc import Iterable, Sequence

from bot.console.dependencies import ConsoleDependencies
from bot.console.guard import Visitor
from bot.console.requests import CHOSEN_RESULTS
from bot.console.views import Json
from bot.console.words import Words
from bot.domain.messages import MAX_LENGTH
from bot.domain.services import in_language
from bot.domain.staff import StaffMember


def to_session(
    dependencies: ConsoleDependencies, words: Words, visitor: Visitor, staff: Sequence[StaffMember], language: str
) -> Json:
    """The answer to /api/session; what only those need who answer citizens is empty for the others."""
    member = visitor.member
    is_answering = member.role.answers_citizens
    return {
        "staff": {"id": member.id, "name": member.display_name, "offices": list(member.offices)},
        "role": member.role.value,
        "is_away": member.is_away,
        "csrf_token": visitor.csrf_token,
        "language": language,
        "timezone": dependencies.timezone,
        "town": dependencies.town,
        "max_length": MAX_LENGTH,
        "offices": _offices(dependencies, language) if is_answering else [],
        "colleagues": to_colleagues(dependencies, member, staff) if is_answering else [],
        "canned_responses": _canned_responses(dependencies, language),
        "results": [result.value for result in CHOSEN_RESULTS],
        "words": words[language],
    }


def to_colleagues(dependencies: ConsoleDependencies, member: StaffMember, staff: Iterable[StaffMember]) -> list[Json]:
    """Who else answers citizens, and whether they are there."""
    at = dependencies.now()
    others = [each for each in staff if each.id != member.id and each.is_active and each.role.answers_citizens]
    return [
        {
            "id": each.id,
            "name": each.display_name,
            "is_available": each.is_available(at),
            "offices": list(each.offices),
        }
        for each in sorted(others, key=lambda each: each.display_name)
    ]


def _offices(dependencies: ConsoleDependencies, language: str) -> list[Json]:
    at = dependencies.now()
    return [
        {"id": office.id, "name": in_language(office.name, language), "is_open": office.opening_hours.is_open(at)}
        for office in dependencies.knowledge.offices.values()
    ]


def _canned_responses(dependencies: ConsoleDependencies, language: str) -> list[Json]:
    """`content` is German; `contents` has every language in which the text exists, for citizens who write in it."""
    return [
        {
            "short_code": each.short_code,
            "title": in_language(each.title, language),
            "content": each.content["de"],
            "contents": dict(each.content),
        }
        for each in dependencies.knowledge.canned_responses
    ]
