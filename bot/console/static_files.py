"""Styles and scripts of the console, read once and served with a tag so that browsers fetch them only when they changed."""

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request, Response

from bot.errors import NotFound

STATIC = Path(__file__).parent / "static"


@dataclass(frozen=True, slots=True)
class _StaticFile:
    content: bytes
    media_type: str
    etag: str


def static_router(folder: Path = STATIC) -> APIRouter:
    """Serves exactly the files that lie in the folder at start; raises NotFound for every other name."""
    files = {path.name: _load(path) for path in sorted(folder.iterdir()) if path.is_file()}
    router = APIRouter()

    @router.get("/static/{name}")
    async def get_static(name: str, request: Request) -> Response:
        """One file, or 304 where the browser has it."""
        file = files.get(name)
        if file is None:
            raise NotFound("no such file")
        headers = {"ETag": file.etag, "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
        if request.headers.get("if-none-match") == file.etag:
            return Response(status_code=304, headers=headers)
        return Response(file.content, media_type=file.media_type, headers=headers)

    return router


def _load(path: Path) -> _StaticFile:
    content = path.read_bytes()
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return _StaticFile(content, media_type, f'"{hashlib.sha256(content).hexdigest()[:32]}"')
