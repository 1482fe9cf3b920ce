"""A conversation as a text file for the citizen: who said what and when, in the citizen's language."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.channels.isolation import isolate_numbers
from bot.channels.sources import to_date_text, to_source_line
from bot.domain.handoffs import Ticket
from bot.domain.messages import Author, Message
from bot.domain.offices import Municipality
from bot.domain.services import in_language
from bot.ports import Responses

WidgetTexts = Mapping[str, Mapping[str, str]]
BYTE_ORDER_MARK = "\ufeff"  # without it Word and older editors take the umlauts for something else


@dataclass(frozen=True, slots=True)
class Transcriber:
    """Writes transcripts with the words of `data/widget.yml` and the town's standard sentences."""

    texts: WidgetTexts
    responses: Responses
    municipality: Municipality

    def write(self, messages: Sequence[Message], tickets: Sequence[Ticket] = (), *, language: str, at: datetime) -> str:
        """The whole file, with the codes of the tickets above what was said; times are those of the town."""
        town = self.municipality.name
        head = [
            self._word("transcript_title", language).format(town=town),
            self._word("transcript_saved_at", language).format(moment=self._moment(at, language)),
        ]
        head += [self._ticket(ticket, language) for ticket in tickets if ticket.access_code]
        entries = ("\n".join(self._lines(message, language)) for message in messages)
        return BYTE_ORDER_MARK + "\n\n".join(["\n".join(head), *entries]) + "\n"

    def _ticket(self, ticket: Ticket, language: str) -> str:
        return self._word("transcript_ticket", language).format(ticket=ticket.number, code=ticket.access_code)

    def _lines(self, message: Message, language: str) -> Iterator[str]:
        yield f"[{self._moment(message.created_at, language)}] {self._author(message, language)}:"
        yield isolate_numbers(message.text.strip())
        yield from (f"{link.title}: {link.url}" for link in message.links)
        if source := to_source_line(message, language, self.responses):
            yield source

    def _author(self, message: Message, language: str) -> str:
        if message.author is Author.STAFF and message.author_name:
            label = self.responses.reply("utter_staff_label", language, name=message.author_name).text
            return label.rstrip(": \u00a0")
        return self._word(f"transcript_{message.author.value}", language)

    def _moment(self, moment: datetime, language: str) -> str:
        local = moment.astimezone(ZoneInfo(self.municipality.timezone))
        return f"{to_date_text(local.date(), language)}, {local:%H:%M}"

    def _word(self, key: str, language: str) -> str:
        return in_language(self.texts[key], language)
