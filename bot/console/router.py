"""Puts the console together: everything below `/console`."""

from fastapi import APIRouter

from bot.console.api import api_router, events_router
from bot.console.dependencies import ConsoleDependencies
from bot.console.guard import Guard
from bot.console.pages import Pages, guarded_pages_router, sign_in_router
from bot.console.static_files import static_router
from bot.console.words import load_words


def console_router(deps: ConsoleDependencies) -> APIRouter:
    """All routes of the console; only sign-in and static files are open, the rest is guarded at registration."""
    words = load_words()
    guard = Guard(deps)
    pages = Pages(deps, words)
    router = APIRouter(include_in_schema=False)
    for part in (
        static_router(),
        sign_in_router(deps, pages),
        guarded_pages_router(deps, pages, guard),
        events_router(deps, guard),
        api_router(deps, words, guard),
    ):
        router.include_router(part, prefix="/console")
    return router
