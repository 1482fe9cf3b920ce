"""A page on which one types as a citizen and sees what the bot answers."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from tests.telegram_stand_in.state import MEDIA, StandIn

PAGE = Path(__file__).with_name("play.html")


def play_routes(stand_in: StandIn) -> list[Route]:
    """The page, and what it calls."""

    async def page(_request: Request) -> Response:
        return HTMLResponse(PAGE.read_text(encoding="utf-8"))

    async def show(request: Request) -> Response:
        with stand_in.lock:
            return JSONResponse(stand_in.chats.get(request.path_params["chat"], []))

    async def act(request: Request) -> Response:
        chat, body = request.path_params["chat"], await request.json()
        try:
            _do(stand_in, chat, body)
        except (KeyError, LookupError, StopIteration):
            return JSONResponse({"error": {"code": "unknown_action", "message": "no such action"}}, status_code=400)
        return JSONResponse({})

    return [
        Route("/", page),
        Route("/play/{chat:int}", show, methods=["GET"]),
        Route("/play/{chat:int}", act, methods=["POST"]),
    ]


def _do(stand_in: StandIn, chat: int, body: dict[str, str]) -> None:
    match body["action"]:
        case "write":
            stand_in.citizen_writes(chat, body["text"], language=body.get("language", "de"))
        case "press":
            stand_in.citizen_presses(chat, int(body["message_id"]), body["title"])
        case "edit":
            stand_in.citizen_edits(chat, int(body["message_id"]), body["text"])
        case "block":
            stand_in.citizen_blocks(chat)
        case kind if kind in MEDIA:
            stand_in.citizen_sends(chat, kind)
        case unknown:
            raise LookupError(unknown)
