"""What machines ask: alive, ready, and numbers."""

from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from bot.errors import StorageUnavailable

Parts = Callable[[], Mapping[str, object]]


def health_router(
    *, check_database: Callable[[], Awaitable[None]], parts: Parts, is_engine_ready: Callable[[], bool], metrics: Callable[[], bytes]
) -> APIRouter:
    """`/healthz`, `/readyz` and `/metrics`. Ready means: messages are accepted; without the engine `degraded`."""
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    async def get_health() -> JSONResponse:
        """The process is alive."""
        return JSONResponse({"status": "alive"})

    @router.get("/readyz")
    async def get_readiness() -> JSONResponse:
        """200 while messages are accepted, with the state of each part; 503 without the database."""
        try:
            await check_database()
        except StorageUnavailable as e:
            return JSONResponse({"status": "unavailable", "database": str(e), **parts()}, status_code=503)
        status = "ready" if is_engine_ready() else "degraded"
        return JSONResponse({"status": status, "database": "ok", **parts()})

    @router.get("/metrics")
    async def get_metrics() -> Response:
        """Counters in Prometheus' text format."""
        return Response(metrics(), media_type="text/plain; version=0.0.4")

    return router
