"""What machines ask: alive, ready, and numbers."""

import logging
from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from bot.errors import StorageUnavailable

logger = logging.getLogger(__name__)
METHODS = ["GET", "HEAD"]
Parts = Callable[[], Mapping[str, object]]


def health_router(
    *,
    check_database: Callable[[], Awaitable[None]],
    parts: Parts,
    is_engine_ready: Callable[[], bool],
    find_ended_loop: Callable[[], str | None],
    metrics: Callable[[], bytes],
) -> APIRouter:
    """`/healthz`, `/readyz` and `/metrics`. Ready means: messages are accepted; without the engine `degraded`."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/healthz", methods=METHODS)
    async def get_health() -> JSONResponse:
        """The process is alive."""
        return JSONResponse({"status": "alive"})

    @router.api_route("/readyz", methods=METHODS)
    async def get_readiness() -> JSONResponse:
        """200 while messages are accepted, with the state of each part; 503 without the database or one of the loops."""
        database, ended_loop = "ok", find_ended_loop()
        try:
            await check_database()
        except StorageUnavailable as e:
            logger.error("database unreachable: %s", e)
            database = "unreachable"
        state = {"database": database, **({"ended_loop": ended_loop} if ended_loop else {}), **parts()}
        if database != "ok" or ended_loop:
            return JSONResponse({"status": "unavailable", **state}, status_code=503)
        return JSONResponse({"status": "ready" if is_engine_ready() else "degraded", **state})

    @router.get("/metrics")
    async def get_metrics() -> Response:
        """Counters in Prometheus' text format."""
        return Response(metrics(), media_type="text/plain; version=0.0.4")

    return router
