"""The words of the console's surface, in German and English."""

from collections.abc import Mapping
from pathlib import Path

from starlette.requests import Request

from bot.errors import KnowledgeError
from bot.knowledge.yaml_file import YamlFile

WORDS_FILE = Path(__file__).parent / "words.yml"
LANGUAGES = ("de", "en")
LANGUAGE_COOKIE = "rathausbote_console_language"

Words = Mapping[str, Mapping[str, str]]


def load_words(path: Path = WORDS_FILE) -> Words:
    """Language → key → text; raises KnowledgeError where a word lacks a language."""
    content: dict[str, dict[str, str]] = YamlFile(path).content
    for key, texts in content.items():
        if set(texts) != set(LANGUAGES):
            raise KnowledgeError(f"{path}: {key} needs exactly the languages {', '.join(LANGUAGES)}")
    return {language: {key: texts[language] for key, texts in content.items()} for language in LANGUAGES}


def to_language(request: Request) -> str:
    """What was switched to, else what the browser prefers, else German."""
    for wish in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if wish in LANGUAGES:
            return wish
    accepted = [_to_weighted(part) for part in request.headers.get("accept-language", "").split(",")]
    known = [(weight, language) for weight, language in accepted if language in LANGUAGES and weight > 0]
    return max(known, key=lambda pair: pair[0])[1] if known else LANGUAGES[0]


def _to_weighted(part: str) -> tuple[float, str]:
    name, _, quality = part.partition(";q=")
    try:
        weight = float(quality) if quality else 1.0
    except ValueError:
        weight = 0.0
    return weight, name.strip().split("-")[0].lower()
