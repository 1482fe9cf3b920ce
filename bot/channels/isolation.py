"""Keeps telephone numbers readable in right-to-left text, which would show their groups in reverse order."""

import re

_RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff]")
_NUMBER = re.compile(
    r"(?<![A-Za-z0-9_:.,/=#%@+&?\-\u2066-\u2068])"  # not within an address of the web, nor isolated already
    r"(?=\D?(?:\d\D?){6})"
    r"(?:\+\d|0\d|116)\d*(?:[ /-]\d+|\s?\(\d+\))+"
)
_BEGIN, _END = "\u2066", "\u2069"


def isolate_numbers(text: str) -> str:
    """The text with left-to-right isolates around its telephone numbers; unchanged where nothing runs right to left."""
    if not _RIGHT_TO_LEFT.search(text):
        return text
    return _NUMBER.sub(lambda found: f"{_BEGIN}{found[0]}{_END}", text)
