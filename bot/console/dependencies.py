"""What the console needs; the composition root fills it in."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.errors import NotFound
from bot.ports import Clock, Events, Responses, Storage

HEARTBEAT_SECONDS = 15.0


@dataclass(frozen=True)
class ConsoleDependencies:
    """Adapters and facts of the town.

    `label` gives the name of a service or office by id and language and raises NotFound (`Knowledge.label`);
    `timezone` is an IANA name; `heartbeat` is the pause in seconds between signs of life on the event stream.
    """

    storage: Storage
    events: Events
    responses: Responses
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
