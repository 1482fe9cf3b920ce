"""The assistant that never fails: the engine where it answers, else the degraded answerer."""

import logging
from datetime import datetime

from bot.domain.turns import Turn
from bot.errors import AssistantUnavailable
from bot.ports import Assistant

logger = logging.getLogger(__name__)


class SteadyAssistant:
    """Asks the engine first; nobody gets silence because it is starting, down or too slow."""

    def __init__(self, engine: Assistant, degraded: Assistant) -> None:
        self._engine = engine
        self._degraded = degraded

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
        """A turn from the engine, or a degraded one."""
        try:
            return await self._engine.answer(
                text, payload=payload, state=state, language=language, now=now, conversation_id=conversation_id
            )
        except AssistantUnavailable as e:
            logger.warning("degraded answer: %s", e, extra={"conversation_id": conversation_id})
            return await self._degraded.answer(
                text, payload=payload, state=state, language=language, now=now, conversation_id=conversation_id
            )
