"""The stand-in as a web application."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tests.telegram_stand_in import methods
from tests.telegram_stand_in.faults import Fault, PlannedFault
from tests.telegram_stand_in.play import play_routes
from tests.telegram_stand_in.rules import THIS_MACHINE, ApiError, to_parameters
from tests.telegram_stand_in.state import StandIn

WEBHOOK_PAUSE = 0.1
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


def build_app(stand_in: StandIn) -> Starlette:
    """The Bot API under /bot<token>/<method>, and a page for playing under /."""

    async def answer(request: Request) -> Response:
        method = request.path_params["method"]
        if request.path_params["token"] != stand_in.token:
            return _refusal(ApiError(401, "Unauthorized"))
        try:
            parameters = to_parameters(await _read(request))
            with stand_in.lock:
                stand_in.calls.append((method, parameters))
                fault = stand_in.faults.take(method)
            if fault:
                return await _fail(stand_in, fault, method, parameters)
            return JSONResponse({"ok": True, "result": await methods.call(stand_in, method.lower(), parameters)})
        except ApiError as error:
            return _refusal(error)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        delivering = asyncio.create_task(deliver_updates(stand_in))
        yield
        delivering.cancel()
        await asyncio.gather(delivering, return_exceptions=True)

    api = Route("/bot{token}/{method}", answer, methods=["GET", "POST"])
    return Starlette(routes=[api, *play_routes(stand_in)], lifespan=lifespan)


async def deliver_updates(stand_in: StandIn) -> None:
    """Post each update to the webhook, in order, again and again until the answer is 200; to this machine only."""
    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        while True:
            webhook = stand_in.webhook
            updates = stand_in.choose_updates(1) if webhook["url"].startswith(THIS_MACHINE) else []
            for update in updates:
                await _deliver(stand_in, client, webhook, update)
            if not updates:
                await asyncio.sleep(methods.LOOK_EVERY)


async def _deliver(stand_in: StandIn, client: httpx.AsyncClient, webhook: dict[str, Any], update: dict[str, Any]) -> None:
    status = await _post(client, webhook, update)
    with stand_in.lock:
        stand_in.webhook_statuses.append(status)
        if status == 200:
            stand_in.drop_updates({update["update_id"]}.__contains__)
    if status != 200:
        stand_in.webhook_failed_at = int(time.time())
        await asyncio.sleep(WEBHOOK_PAUSE)


async def _post(client: httpx.AsyncClient, webhook: dict[str, Any], update: dict[str, Any]) -> int:
    headers = {SECRET_HEADER: webhook["secret_token"]} if webhook["secret_token"] else {}
    try:
        return (await client.post(webhook["url"], json=update, headers=headers)).status_code
    except httpx.HTTPError:
        return 0


async def _read(request: Request) -> dict[str, Any]:
    if request.headers.get("content-type", "").startswith("application/json"):
        body = await request.json()
        return body if isinstance(body, dict) else {}
    return {**request.query_params, **await request.form()}


async def _fail(stand_in: StandIn, fault: PlannedFault, method: str, parameters: dict[str, Any]) -> Response:
    if fault.fault is Fault.FLOOD:
        seconds = fault.retry_after
        return _refusal(ApiError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds))
    if fault.fault is Fault.SERVER_ERROR:
        return Response("<html>Bad Gateway</html>", status_code=fault.status)
    if fault.fault is Fault.HANG_AFTER_DELIVERY:
        await methods.call(stand_in, method.lower(), parameters)
        with stand_in.lock:
            stand_in.hung.append((parameters.get("chat_id", 0), str(parameters.get("text", ""))))
        while not stand_in.is_closing:  # noqa: ASYNC110 - set from another thread
            await asyncio.sleep(methods.LOOK_EVERY)
    return CutConnection()


class CutConnection(Response):
    """Announces a body and closes the connection instead."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"99")]})


def _refusal(error: ApiError) -> JSONResponse:
    return JSONResponse(error.to_json(), status_code=error.code)
