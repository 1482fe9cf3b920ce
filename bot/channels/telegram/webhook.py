"""Receives updates that Telegram delivers, and keeps the webhook set."""

import asyncio
import hmac
import json
import logging
from datetime import datetime

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from telegram import Bot
from telegram.error import TelegramError

from bot.channels.telegram.handler import UpdateHandler
from bot.channels.telegram.health import HealthMonitor, HealthState
from bot.channels.telegram.options import WEBHOOK_PATH, TelegramOptions
from bot.channels.telegram.requests import ALLOWED_UPDATES, to_update
from bot.channels.telegram.retries import Backoff
from bot.errors import RathausboteError

logger = logging.getLogger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
CHECK_SECONDS = 60.0


class Webhook:
    """The endpoint, and the loop that tells Telegram about it."""

    def __init__(self, bot: Bot, handler: UpdateHandler, monitor: HealthMonitor, options: TelegramOptions) -> None:
        self._bot = bot
        self._handler = handler
        self._monitor = monitor
        self._options = options
        self._last_error: datetime | None = None

    async def run(self) -> None:
        """Set the webhook, and set it again whenever somebody changed it, until cancelled."""
        backoff, is_set = Backoff(), False
        while True:
            try:
                state = await self._keep(is_set)
            except TelegramError as error:
                self._monitor.note_error(error)
                await asyncio.sleep(backoff.pause_after(error))
            else:
                is_set = True
                backoff.reset()
                self._monitor.note(state)
                await asyncio.sleep(CHECK_SECONDS)

    async def _keep(self, is_set: bool) -> HealthState:
        url = self._options.webhook_url or ""
        info = await self._bot.get_webhook_info()
        if not is_set or info.url != url:
            await self._bot.set_webhook(url, secret_token=self._options.webhook_secret, allowed_updates=ALLOWED_UPDATES)
            return HealthState.OK
        is_failing = bool(info.pending_update_count) and info.last_error_date != self._last_error
        self._last_error = info.last_error_date
        return HealthState.NOT_DELIVERED if is_failing else HealthState.OK

    def router(self) -> APIRouter:
        """The endpoint `/telegram/webhook`."""
        router = APIRouter()
        router.add_api_route(WEBHOOK_PATH, self._receive, methods=["POST"], include_in_schema=False)
        return router

    async def _receive(self, request: Request) -> Response:
        if not self._is_genuine(request.headers.get(SECRET_HEADER, "")):
            return _error(403, "not_allowed", "the secret is wrong")
        body = await request.body()
        try:
            update = to_update(json.loads(body), self._bot)
        except (ValueError, AttributeError, RecursionError):
            return _error(400, "update_malformed", "the body is no update")
        try:
            await self._handler.handle(update)
        except Exception as error:  # noqa: BLE001 - whatever it is, Telegram shall deliver the update again
            return self._ask_again(error)
        return Response(status_code=200)

    def _is_genuine(self, secret: str) -> bool:
        expected = (self._options.webhook_secret or "").encode()
        return self._options.mode == "webhook" and hmac.compare_digest(secret.encode(), expected)

    def _ask_again(self, error: Exception) -> Response:
        code = error.code if isinstance(error, RathausboteError) else "internal_error"
        logger.error("update not stored", extra={"error": type(error).__name__})
        return _error(503, code, "the update could not be stored, deliver it again")


def _error(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status)
