"""The languages in which citizens are understood and answered, as ISO 639-1 codes."""

GERMAN = "de"
ENGLISH = "en"
LANGUAGES = (GERMAN, ENGLISH, "tr", "ru", "uk", "ar", "pl", "fr")


def to_known(code: object) -> str:
    """The language of a code such as `pt-BR` or `TR`, German where it is none of the town's."""
    primary = code.replace("_", "-").partition("-")[0].lower() if isinstance(code, str) else ""
    return primary if primary in LANGUAGES else GERMAN
