"""What pydantic finds in an editors' file, said in German with what to do."""

from collections.abc import Mapping
from typing import Any

_MESSAGES: Mapping[str, str] = {
    "missing": "Das Feld „{field}“ fehlt. Ergänzen Sie es.",
    "extra_forbidden": "Das Feld „{field}“ ist unbekannt. Prüfen Sie die Schreibweise oder löschen Sie es.",
    "string_type": "„{field}“ muss ein Text sein. Setzen Sie den Wert in Anführungszeichen.",
    "string_too_short": "„{field}“ ist leer. Tragen Sie einen Text ein.",
    "string_too_long": "„{field}“ ist zu lang: höchstens {max_length} Zeichen.",
    "string_pattern_mismatch": "„{field}“ hat nicht die erwartete Form ({pattern}).",
    "date_from_datetime_parsing": "„{field}“ muss ein Datum der Form 2026-11-20 sein.",
    "date_parsing": "„{field}“ muss ein Datum der Form 2026-11-20 sein.",
    "date_type": "„{field}“ muss ein Datum der Form 2026-11-20 sein.",
    "model_type": "„{field}“ muss aus Unterfeldern bestehen, z. B. „de: …“ und „en: …“.",
    "list_type": "„{field}“ muss eine Liste sein: jede Zeile beginnt mit „- “.",
    "dict_type": "„{field}“ muss aus Unterfeldern bestehen.",
    "enum": "„{field}“ ist kein erlaubter Aspekt. Erlaubt: {expected}.",
    "literal_error": "„{field}“ hat keinen erlaubten Wert. Erlaubt: {expected}.",
    "too_short": "„{field}“ hat zu wenige Einträge: mindestens {min_length}.",
    "too_long": "„{field}“ hat zu viele Einträge: höchstens {max_length}.",
    "value_error": "„{field}“: {error}.",
    "int_parsing": "„{field}“ muss eine ganze Zahl sein.",
    "bool_parsing": "„{field}“ muss true oder false sein.",
}


def to_german(error: Mapping[str, Any], location: tuple[str | int, ...]) -> str:
    """One sentence about one finding of pydantic."""
    field = " → ".join(str(part) for part in location) or "Datei"
    template = _MESSAGES.get(str(error["type"]))
    if template is None:
        return f"„{field}“ ist ungültig: {error['msg']}."
    return template.format_map({"field": field, **(error.get("ctx") or {})})
