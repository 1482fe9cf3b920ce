"""What the console needs; the composition root fills it in."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.errors import NotFound
from bot.knowledge.knowledge import Knowledge
from bot.ports import Clock, Events, Promise, Responses, Storage
from bot.use_cases.suggest_answers import Suggestion

HEARTBEAT_SECONDS = 15.0
Suggest = Callable[[str], Awaitable[Sequence[Suggestion]]]


@dataclass(frozen=True)
class ConsoleDependencies:
    """Adapters and facts of the town.

    `label` gives the name of a service or office by id and language and raises NotFound (`Knowledge.label`); `suggest`
    gives what could be answered in the conversation with this id; `timezone` is an IANA name; `heartbeat` is the pause
    in seconds between signs of life on the event stream.
    """

    storage: Storage
    events: Events
    responses: Responses
    knowledge: Knowledge
    promise: Promise
    suggest: Suggest
    now: Clock
    label: Callable[[str, str], str]
    public_url: str
    timezone: str
    town: str
    heartbeat: float = HEARTBEAT_SECONDS

    @property
    def is_https(self) -> bool:
        """Whether cookies may be limited to encrypted connections."""
        return self.public_url.startswith("https://")

    def name_of(self, id_: str | None, language: str) -> str | None:
        """Name of a service or office; the id itself where the editors have removed the record."""
        if id_ is None:
            return None
        try:
            return self.label(id_, language)
        except NotFound:
            return id_
