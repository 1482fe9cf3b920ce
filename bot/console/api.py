"""The JSON that the console's pages fetch, and the stream of changes."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse

from bot.console.access import access_conversation, list_readable
from bot.console.collaboration import collaboration_router
from bot.console.dependencies import ConsoleDependencies
from bot.console.event_stream import event_stream
from bot.console.figures import access_records, last_comments, to_figures
from bot.console.guard import Guard, Visitor, only
from bot.console.looking_up import looking_up_router
from bot.console.requests import ConversationId, Days, Seq
from bot.console.session_view import to_session
from bot.console.steps import steps_router
from bot.console.views import Json, Views
from bot.console.words import Words, to_language
from bot.domain.staff import PRESENT_FOR, Role, Teams
from bot.errors import StorageUnavailable

TYPING_FOR = timedelta(seconds=8)


def answers_citizens(role: Role) -> bool:
    """Roles that read and answer conversations."""
    return role.answers_citizens


def leads(role: Role) -> bool:
    """Roles that see the figures of the team and give work to others."""
    return role.leads


def api_router(dependencies: ConsoleDependencies, words: Words, guard: Guard) -> APIRouter:
    """Everything below /api, guarded, and each part for the roles that need it."""
    router = APIRouter(prefix="/api", dependencies=[Depends(guard)])
    _add_session(router, dependencies, words, guard)
    answering = [Depends(only(guard, answers_citizens))]
    router.include_router(_reading_router(dependencies, guard), dependencies=answering)
    router.include_router(looking_up_router(dependencies, guard), dependencies=answering)
    router.include_router(steps_router(dependencies, guard, only(guard, leads)), dependencies=answering)
    router.include_router(collaboration_router(dependencies, guard), dependencies=answering)
    router.include_router(_figures_router(dependencies, guard), dependencies=[Depends(only(guard, leads))])
    return router


def events_router(dependencies: ConsoleDependencies, guard: Guard) -> APIRouter:
    """The stream of changes, guarded when it begins and checked again with every ping."""
    router = APIRouter(dependencies=[Depends(guard), Depends(only(guard, answers_citizens))])

    @router.get("/events")
    async def get_events(visitor: Annotated[Visitor, Depends(guard)]) -> StreamingResponse:
        """Server-sent events `ready`, `conversation`, `ping`, `signed_out`."""

        async def is_signed_in() -> bool:
            try:
                return await guard.find_member(visitor.token) is not None
            except StorageUnavailable:
                return True

        stream = event_stream(dependencies.events, is_signed_in=is_signed_in, heartbeat=dependencies.heartbeat)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(stream, media_type="text/event-stream", headers=headers)

    return router


def _add_session(router: APIRouter, dependencies: ConsoleDependencies, words: Words, guard: Guard) -> None:
    @router.get("/session")
    async def get_session(request: Request, visitor: Annotated[Visitor, Depends(guard)]) -> Json:
        """Who is signed in, the token for changes, the words of the surface, and whom work can be given to."""
        async with dependencies.storage.begin(read_only=True) as unit:
            staff = await unit.list_staff()
        return to_session(dependencies, words, visitor, staff, to_language(request))


def _reading_router(dependencies: ConsoleDependencies, guard: Guard) -> APIRouter:
    router = APIRouter()

    @router.get("/queue")
    async def get_queue(request: Request, visitor: Annotated[Visitor, Depends(guard)]) -> Json:
        """The list on the left."""
        async with dependencies.storage.begin(read_only=True) as unit:
            entries, staff = await unit.list_queue(), await unit.list_staff()
        views = Views(dependencies, visitor.member, to_language(request), staff=staff)
        return views.queue(entries, now=dependencies.now())

    @router.get("/conversations/{conversation_id}")
    async def get_conversation(
        conversation_id: ConversationId, request: Request, visitor: Annotated[Visitor, Depends(guard)], after: Seq = 0
    ) -> Json:
        """A conversation that staff may see, with its messages after `after`."""
        at = dependencies.now()
        async with dependencies.storage.begin(read_only=True) as unit:
            accessed = await access_conversation(unit, conversation_id)
            messages = await list_readable(unit, accessed, after=after)
            notes = await unit.list_notes(conversation_id)
            viewers = await unit.list_viewers(conversation_id, since=at - PRESENT_FOR)
            typing = await unit.find_typing(conversation_id)
            rated = await unit.list_rated_handoffs(conversation_id)
            staff = await unit.list_staff()
        views = Views(dependencies, visitor.member, to_language(request), staff=staff)
        typed_at = typing.citizen_at if accessed.is_current else None
        return {
            "conversation": {
                **views.conversation(accessed.conversation, accessed.ticket, accessed.handoff),
                **views.steps(accessed.conversation, accessed.ticket),
                "notes": [views.note(note) for note in notes],
                "viewers": [{"id": id_, "name": name} for id_, name in viewers if id_ != visitor.member.id],
                "citizen_is_typing": typed_at is not None and at - typed_at <= TYPING_FOR,
                "feedback": [views.feedback(each) for each in rated],
            },
            "messages": [views.message(message) for message in messages],
        }

    return router


def _figures_router(dependencies: ConsoleDependencies, guard: Guard) -> APIRouter:
    router = APIRouter()

    @router.get("/figures")
    async def get_figures(request: Request, visitor: Annotated[Visitor, Depends(guard)], days: Days = 30) -> Json:
        """Handoffs of the last days: of the own team, for an administrator of all."""
        language = to_language(request)
        async with dependencies.storage.begin(read_only=True) as unit:
            staff = await unit.list_staff()
            records = await unit.list_handoffs(since=dependencies.now() - timedelta(days=days))
        teams = Teams(tuple(staff), dependencies.knowledge.general_office.id)
        own = access_records(records, visitor.member, teams)
        figures = to_figures(own, staff, lambda id_: dependencies.name_of(id_, language))
        views = Views(dependencies, visitor.member, language)
        return {"days": days, **figures, "comments": [views.feedback(each) for each in last_comments(own)]}

    return router
