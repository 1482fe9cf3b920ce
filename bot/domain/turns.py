"""What the assistant makes of one message of a citizen."""

from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.messages import Reply

OFFERED_SERVICES = "services:"
"""What the slot `pending` begins with while services are offered as buttons; their ids follow."""


def offered_services(pending: object) -> tuple[str, ...]:
    """The services that were offered just before, by the slot `pending`."""
    if not isinstance(pending, str) or not pending.startswith(OFFERED_SERVICES):
        return ()
    return tuple(pending.removeprefix(OFFERED_SERVICES).split(","))


class Decision(StrEnum):
    """How a message was dealt with."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    HANDOFF = "handoff"
    SMALLTALK = "smalltalk"
    FALLBACK = "fallback"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A service that the message may be about; `score` 0..1."""

    service: str
    score: float


@dataclass(frozen=True, slots=True)
class Answered:
    """What a further reply of the same turn is about, where a message held two questions."""

    service: str | None
    office: str | None
    aspect: str | None


@dataclass(frozen=True, slots=True)
class Turn:
    """Replies and the new dialogue state, for one message.

    `confidence` 0..1; `options` are the ids offered as buttons; `handoff_reason` is set when a person is needed,
    `referral` where the citizen was sent to another authority or company;
    `degraded` marks an answer given without the engine.
    """

    replies: tuple[Reply, ...]
    decision: Decision
    state: dict[str, object] = field(default_factory=dict)
    intent: str | None = None
    aspect: str | None = None
    service: str | None = None
    office: str | None = None
    confidence: float = 0.0
    candidates: tuple[Candidate, ...] = ()
    options: tuple[str, ...] = ()
    handoff_reason: str | None = None
    referral: str | None = None
    also_answered: tuple[Answered, ...] = ()
    language: str = "de"
    degraded: bool = False
