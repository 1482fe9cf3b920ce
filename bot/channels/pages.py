"""The demo page and the one script that a website embeds."""

import hashlib
from pathlib import Path

from fastapi import APIRouter, Request, Response

METHODS = ["GET", "HEAD"]
STATIC = Path(__file__).parent / "static"
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def pages_router() -> APIRouter:
    """`/` and `/widget.js`, read once at start; browsers fetch the script again only when it has changed."""
    router = APIRouter(include_in_schema=False)
    demo = (STATIC / "demo.html").read_bytes()
    widget = (STATIC / "widget.js").read_bytes()
    etag = f'"{hashlib.sha256(widget).hexdigest()[:20]}"'

    @router.api_route("/", methods=METHODS)
    async def get_demo() -> Response:
        """A town's home page with the widget."""
        headers = {"Content-Security-Policy": PAGE_POLICY, "X-Content-Type-Options": "nosniff"}
        return Response(demo, media_type="text/html", headers=headers)

    @router.api_route("/widget.js", methods=METHODS)
    async def get_widget(request: Request) -> Response:
        """The widget, for pages of any origin."""
        headers = {
            "ETag": etag,
            "Cache-Control": "public, max-age=300",
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "X-Content-Type-Options": "nosniff",
        }
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers=headers)
        return Response(widget, media_type="text/javascript", headers=headers)

    return router
