"""A citizen comes back with number and code of a ticket and opens its conversation again."""

import hmac

from bot.errors import TicketNotFound
from bot.ports import Storage
from bot.use_cases.access_code import make_access_code, to_access_code
from bot.use_cases.bearer_token import make_token, to_token_hash


async def reopen_conversation(number: str | None, access_code: str, *, storage: Storage) -> tuple[str, str]:
    """Give the conversation's id with a new token, which replaces the one before; raises TicketNotFound.

    The ticket may be closed. A wrong number and a wrong code are the same error and cost the same comparison.
    """
    token = make_token()
    async with storage.begin() as unit:
        ticket = await unit.find_ticket(number) if number else None
        expected = (ticket and ticket.access_code) or make_access_code()
        is_right = hmac.compare_digest(expected.encode(), to_access_code(access_code).encode())
        if ticket is None or ticket.access_code is None or not is_right:
            raise TicketNotFound("no ticket with this number and code")
        await unit.replace_token(ticket.conversation_id, to_token_hash(token))
        await unit.commit()
    return ticket.conversation_id, token
