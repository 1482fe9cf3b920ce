"""Matters of other authorities and companies: the town only says whose they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.domain.messages import Link
from bot.domain.services import LocalizedText, Source, in_language

REFERRAL_PREFIX = "referral:"


@dataclass(frozen=True, slots=True)
class Referral:
    """What the town says about a matter that is not its own, by language."""

    id: str
    name: LocalizedText
    text: LocalizedText
    synonyms: Mapping[str, tuple[str, ...]]
    examples: Mapping[str, tuple[str, ...]]
    source: Source
    reviewed_on: date
    link_title: LocalizedText | None = None
    link_url: str | None = None

    @property
    def subject(self) -> str:
        """How the pipeline calls it among what messages are about, which else are ids of services."""
        return f"{REFERRAL_PREFIX}{self.id}"

    def link(self, language: str) -> tuple[Link, ...]:
        """The link below the text, where there is one."""
        if self.link_title is None or self.link_url is None:
            return ()
        return (Link(in_language(self.link_title, language), self.link_url),)
