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
    router = APIRouter(prefix="/console", include_in_schema=False)
    router.include_router(static_router())
    router.include_router(sign_in_router(deps, pages))
    router.include_router(guarded_pages_router(deps, pages, guard))
    router.include_router(events_router(deps, guard))
    router.include_router(api_router(deps, words, guard))
    return router
