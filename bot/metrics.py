"""Numbers for Prometheus; each web process counts for itself."""

import time
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from bot.domain.messages import Message
from bot.domain.turns import Turn
from bot.ports import Assistant, MessageSender

BUCKETS = (0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """The counters of one web process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.turns = Counter("rathausbote_turns", "Answered messages", ["decision", "degraded"], registry=self.registry)
        self.turn_seconds = Histogram(
            "rathausbote_turn_seconds", "Time of the assistant for a message", buckets=BUCKETS, registry=self.registry
        )
        self.engine_ready = Gauge("rathausbote_engine_ready", "1 while the engine answers", registry=self.registry)
        self.deliveries = Counter(
            "rathausbote_deliveries", "Messages that a channel took", ["channel"], registry=self.registry
        )
        self.tickets_from_waiting = Counter(
            "rathausbote_waiting_expired", "Waiting conversations that became tickets", registry=self.registry
        )
        self.left_by_staff = Counter(
            "rathausbote_held_expired",
            "Conversations held without an answer that went to a colleague or a ticket",
            registry=self.registry,
        )
        self.purged = Counter("rathausbote_purged", "Conversations deleted after their retention", registry=self.registry)

    def render(self) -> bytes:
        """The text that Prometheus reads."""
        return generate_latest(self.registry)


class MeasuredAssistant:
    """Counts and times what another assistant does."""

    def __init__(self, assistant: Assistant, metrics: Metrics) -> None:
        self._assistant = assistant
        self._metrics = metrics

    async def answer(
        self,
        text: str,
        *,
        payload: str | None,
        state: dict[str, object],
        language: str,
        now: datetime,
        conversation_id: str,
    ) -> Turn:
        """The other assistant's turn."""
        started = time.perf_counter()
        turn = await self._assistant.answer(
            text, payload=payload, state=state, language=language, now=now, conversation_id=conversation_id
        )
        self._metrics.turn_seconds.observe(time.perf_counter() - started)
        self._metrics.turns.labels(turn.decision.value, str(turn.degraded).lower()).inc()
        return turn


class MeasuredSender:
    """Counts what a channel took, at once."""

    def __init__(self, sender: MessageSender, metrics: Metrics, *, channel: str) -> None:
        self._sender = sender
        self._taken = metrics.deliveries.labels(channel)

    async def send(self, address: str, message: Message) -> str | None:
        """The other sender's id of what was sent."""
        external_id = await self._sender.send(address, message)
        self._taken.inc()
        return external_id
