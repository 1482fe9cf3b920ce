"""Texts that staff send again and again: data/canned_responses.yml."""

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from bot.domain.services import LocalizedText
from bot.knowledge.findings import Draft
from bot.knowledge.schemas import LocalText

PLACEHOLDERS = ("office", "ticket", "name", "town", "phone")
ShortCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{1,30}$")]


@dataclass(frozen=True, slots=True)
class CannedResponse:
    """A text with placeholders out of PLACEHOLDERS in braces; `short_code` is what staff type to find it."""

    short_code: str
    title: LocalizedText
    content: LocalizedText


class _Title(LocalText):
    longest = 60


class _Content(LocalText):
    longest = 2000


class _EntryForm(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    short_code: ShortCode
    title: _Title
    content: _Content


class _FileForm(BaseModel):
    """data/canned_responses.yml; the entries are read one by one, so that a broken one silences no other."""

    model_config = ConfigDict(extra="forbid")

    canned_responses: list[object] = Field(min_length=1)


def read_canned_responses(draft: Draft, path: Path) -> tuple[CannedResponse, ...]:
    """The usable entries in the order of the file; none for a town without the file."""
    form = draft.read(path, _FileForm) if path.exists() else None
    if form is None:
        return ()
    found: dict[str, CannedResponse] = {}
    for number, content in enumerate(form.canned_responses):
        entry = draft.read_part(path, _EntryForm, content, ("canned_responses", number))
        if entry is None or not _is_usable(draft, path, number, entry):
            continue
        if entry.short_code in found:
            message = f"Das Kürzel „{entry.short_code}“ gibt es schon. Jedes Kürzel steht für einen Textbaustein."
            draft.report(path, ("canned_responses", number, "short_code"), "duplicate_short_code", message)
            continue
        found[entry.short_code] = CannedResponse(entry.short_code, entry.title.as_mapping(), entry.content.as_mapping())
    return tuple(found.values())


def _is_usable(draft: Draft, path: Path, number: int, entry: _EntryForm) -> bool:
    wrong = dict(_unknown_placeholders(entry.content.as_mapping()))
    for language, names in wrong.items():
        allowed = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        message = f"Der Platzhalter „{names}“ ist unbekannt. Erlaubt: {allowed}."
        draft.report(path, ("canned_responses", number, "content", language), "unknown_placeholder", message)
    return not wrong


def _unknown_placeholders(content: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Language and what stands in braces there, where it is no plain placeholder."""
    for language, text in content.items():
        try:
            fields = [(name, spec, turned) for _, name, spec, turned in string.Formatter().parse(text) if name is not None]
        except ValueError:
            yield language, "{"
            continue
        wrong = [f"{{{name}}}" for name, spec, turned in fields if name not in PLACEHOLDERS or spec or turned]
        if wrong:
            yield language, wrong[0]
