"""The steps that change who answers a conversation, and the answers themselves."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from bot.console.access import access_current
from bot.console.dependencies import ConsoleDependencies
from bot.console.guard import Guard, Visitor
from bot.console.requests import AssignBody, ClaimBody, ConversationId, ReplyBody, ResolveBody, SnoozeBody, TransferBody
from bot.console.views import Json, Views
from bot.console.words import to_language
from bot.use_cases.assign_conversation import assign_conversation
from bot.use_cases.claim_conversation import claim_conversation
from bot.use_cases.release_conversation import release_conversation
from bot.use_cases.reply_as_staff import reply_as_staff
from bot.use_cases.resolve_conversation import resolve_conversation
from bot.use_cases.return_to_bot import return_to_bot
from bot.use_cases.snooze_conversation import snooze_conversation
from bot.use_cases.transfer_conversation import Destination, transfer_conversation

CheckRole = Callable[..., Awaitable[None]]


def steps_router(dependencies: ConsoleDependencies, guard: Guard, check_leads: CheckRole) -> APIRouter:
    """Claim, answer, end, give on; `check_leads` keeps out who may not give work to others."""
    router = APIRouter(prefix="/conversations/{conversation_id}")
    _add_answering(router, dependencies, guard)
    _add_ending(router, dependencies, guard)
    _add_passing_on(router, dependencies, guard, check_leads)
    return router


def _add_answering(router: APIRouter, dependencies: ConsoleDependencies, guard: Guard) -> None:
    storage, responses, now = dependencies.storage, dependencies.responses, dependencies.now

    @router.post("/claim", status_code=204)
    async def post_claim(
        conversation_id: ConversationId, body: ClaimBody, visitor: Annotated[Visitor, Depends(guard)]
    ) -> None:
        """Take it over; 409 where a colleague holds it."""
        async with storage.begin(read_only=True) as unit:
            await access_current(unit, conversation_id)
        await claim_conversation(
            conversation_id,
            staff=visitor.member,
            storage=storage,
            responses=responses,
            now=now,
            instead_of=body.instead_of,
        )

    @router.post("/replies", status_code=201)
    async def post_reply(
        conversation_id: ConversationId, body: ReplyBody, request: Request, visitor: Annotated[Visitor, Depends(guard)]
    ) -> Json:
        """Answer the citizen; the same `client_message_id` again gives the same message."""
        message = await reply_as_staff(
            conversation_id,
            body.text,
            staff=visitor.member,
            client_message_id=body.client_message_id,
            storage=storage,
            now=now,
        )
        return {"message": Views(dependencies, visitor.member, to_language(request)).message(message)}


def _add_ending(router: APIRouter, dependencies: ConsoleDependencies, guard: Guard) -> None:
    storage, responses, now = dependencies.storage, dependencies.responses, dependencies.now

    @router.post("/resolve", status_code=204)
    async def post_resolve(
        conversation_id: ConversationId, body: ResolveBody, visitor: Annotated[Visitor, Depends(guard)]
    ) -> None:
        """End it with a result."""
        await resolve_conversation(
            conversation_id, staff=visitor.member, result=body.result, storage=storage, responses=responses, now=now
        )

    @router.post("/return", status_code=204)
    async def post_return(conversation_id: ConversationId, visitor: Annotated[Visitor, Depends(guard)]) -> None:
        """Give it back to the bot."""
        await return_to_bot(conversation_id, staff=visitor.member, storage=storage, responses=responses, now=now)

    @router.post("/snooze", status_code=204)
    async def post_snooze(
        conversation_id: ConversationId, body: SnoozeBody, visitor: Annotated[Visitor, Depends(guard)]
    ) -> None:
        """Put it off."""
        await snooze_conversation(
            conversation_id,
            staff=visitor.member,
            until=body.until,
            storage=storage,
            responses=responses,
            promise=dependencies.promise,
            now=now,
        )


def _add_passing_on(router: APIRouter, dependencies: ConsoleDependencies, guard: Guard, check_leads: CheckRole) -> None:
    storage, responses, now = dependencies.storage, dependencies.responses, dependencies.now

    @router.post("/release", status_code=204)
    async def post_release(conversation_id: ConversationId, visitor: Annotated[Visitor, Depends(guard)]) -> None:
        """Back into the queue of the team, or a ticket where the office is closed."""
        await release_conversation(
            conversation_id,
            staff=visitor.member,
            storage=storage,
            responses=responses,
            knowledge=dependencies.knowledge,
            promise=dependencies.promise,
            now=now,
        )

    @router.post("/transfer", status_code=204)
    async def post_transfer(
        conversation_id: ConversationId, body: TransferBody, visitor: Annotated[Visitor, Depends(guard)]
    ) -> None:
        """To another office or a colleague."""
        await transfer_conversation(
            conversation_id,
            staff=visitor.member,
            to=Destination(office_id=body.office_id, staff_id=body.staff_id),
            note=body.note,
            storage=storage,
            responses=responses,
            knowledge=dependencies.knowledge,
            promise=dependencies.promise,
            now=now,
        )

    @router.post("/assign", status_code=204, dependencies=[Depends(check_leads)])
    async def post_assign(
        conversation_id: ConversationId, body: AssignBody, visitor: Annotated[Visitor, Depends(guard)]
    ) -> None:
        """Give it to a member."""
        async with storage.begin(read_only=True) as unit:
            await access_current(unit, conversation_id)
        await assign_conversation(
            conversation_id,
            lead=visitor.member,
            staff_id=body.staff_id,
            storage=storage,
            responses=responses,
            now=now,
        )
