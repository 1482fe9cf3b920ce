"""The assistant whose unsure answers go to a person first."""

from collections.abc import Callable
from datetime import datetime

from bot.domain.turns import Turn
from bot.ports import Assistant, Clock

Withhold = Callable[[Turn, str, datetime], Turn]


class ApprovingAssistant:
    """Asks another assistant, and lets `withhold` turn its answer into a handoff (`bot.use_cases.approval`).

    What is withheld is decided by the moment it is, not by the one at which the citizen wrote.
    """

    def __init__(self, assistant: Assistant, withhold: Withhold, now: Clock) -> None:
        self._assistant = assistant
        self._withhold = withhold
        self._now = now

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
        """The turn of the other assistant, or a handoff; raises what it raises."""
        turn = await self._assistant.answer(
            text, payload=payload, state=state, language=language, now=now, conversation_id=conversation_id
        )
        return turn if payload else self._withhold(turn, text, self._now())
