"""Recognises the language of a message among those that the town's answers are written in."""

from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from bot.knowledge.text import to_words

SURE = 0.9
# Dialects look like English to the statistics; without one of these words a message is not taken for English.
ENGLISH_CUES = frozenset(
    to_words(
        "a and any are at by can card does for from get have how i is it licence license lost me my need new no of on open "
        "opening or passport permit please register registration tax that the there this to tomorrow today what when where "
        "which who why with without yes you your help hello thanks"
    )
)


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_pickled_model(MODEL_FILE, norm_probs=True)
    identifier.set_languages(["de", "en", "lb", "nl"])
    return identifier


def find_language(text: str, *, current: str) -> str:
    """`de` or `en` where the text shows it clearly, else the language that the conversation is in."""
    guess, probability = _identifier().classify(text)
    if guess == "en":
        cues = ENGLISH_CUES.intersection(to_words(text))
        return "en" if cues and (probability >= SURE or len(cues) > 1) else current
    return "de" if guess == "de" and probability >= SURE else current
